import {
  boolean,
  CmaEsSampler,
  categorical,
  defineSpace,
  float,
  int,
  type ObservedTrial,
  ordered,
  RandomSampler,
  type SampledPoint,
  type Sampler,
  type SearchSpace,
  trialRandom,
  validateParameters,
  when,
} from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

interface StudyOptions {
  readonly seed?: string;
  readonly lag?: number;
  readonly before?: readonly ObservedTrial[];
}

/** Trials one after the other, each seeing all before it but the last `lag` − 1, and those of earlier studies. */
function runStudy<S extends SearchSpace>(
  sampler: Sampler<S>,
  lossOf: (point: SampledPoint) => number,
  trials: number,
  options: StudyOptions = {},
): readonly ObservedTrial[] {
  const done: ObservedTrial[] = [];
  for (let trialNumber = 0; trialNumber < trials; trialNumber++) {
    const parameters: SampledPoint = sampler.suggest(requestOf(done, trialNumber, options));
    done.push({ trialNumber, state: 'complete', parameters, loss: lossOf(parameters) });
  }
  return done;
}

function requestOf(
  done: readonly ObservedTrial[],
  trialNumber: number,
  { seed = 'seed-1', lag = 1, before = [] }: StudyOptions = {},
) {
  const seen = Math.max(0, trialNumber - lag + 1);
  return {
    trialNumber,
    history: [...before, ...done.slice(0, seen)],
    running: done.slice(seen, trialNumber).map((trial) => trial.parameters),
    random: trialRandom(seed, trialNumber),
  };
}

const bestOf = (trials: readonly ObservedTrial[]) => Math.min(...trials.map(({ loss }) => loss!));

const space = defineSpace({
  x: float(-5, 5),
  rate: float(1e-4, 1, { log: true }),
  depth: int(1, 40),
  units: int(1, 256, { log: true }),
  share: float(0, 1, { step: 0.25 }),
  fixed: int(3, 3),
});

const lossOf = (p: SampledPoint) =>
  (Number(p.x) - 4.99) ** 2 +
  (Math.log10(Number(p.rate)) + 2) ** 2 +
  ((Number(p.depth) - 31) / 10) ** 2 +
  (Math.log2(Number(p.units)) - 5) ** 2 / 4 +
  Math.abs(Number(p.share) - 0.75);

describe('CmaEsSampler', () => {
  it('gives trial n one point, whatever it was asked before', () => {
    const trials = runStudy(new CmaEsSampler(space), lossOf, 60, { lag: 4 });
    const one = new CmaEsSampler(space);
    runStudy(one, (p) => -lossOf(p), 30);
    for (const trialNumber of [59, 12, 33, 0, 58, 40]) {
      const request = requestOf(trials, trialNumber, { lag: 4 });
      expect(new CmaEsSampler(space).suggest(request)).toEqual(trials[trialNumber]!.parameters);
      expect(one.suggest(request)).toEqual(trials[trialNumber]!.parameters);
    }
  });

  it('goes to the best point of ranges and steps together, at the bounds too', () => {
    const trials = runStudy(new CmaEsSampler(space), lossOf, 400);
    for (const { parameters } of trials) validateParameters(space, parameters);
    expect(bestOf(trials)).toBeLessThan(0.01);
    expect(bestOf(runStudy(new RandomSampler(space), lossOf, 400))).toBeGreaterThan(0.1);
  });

  it('learns the shape of a narrow valley', () => {
    const plane = defineSpace({ a: float(-2, 2), b: float(-2, 2) });
    const valley = (p: SampledPoint) => 1e4 * (Number(p.a) - Number(p.b)) ** 2 + (Number(p.a) + Number(p.b) - 1.5) ** 2;
    expect(bestOf(runStudy(new CmaEsSampler(plane), valley, 600))).toBeLessThan(1e-6);
  });

  it('keeps trying the neighbours of a value that all others agree on', () => {
    const plane = defineSpace({ x: float(0, 1), switch: int(0, 1) });
    // Which value is better turns out only when x is nearly right.
    const loss = (p: SampledPoint) => {
      const off = Math.abs(Number(p.x) - 0.3);
      return off < 0.01 ? off - Number(p.switch) : off + Number(p.switch);
    };
    expect(bestOf(runStudy(new CmaEsSampler(plane), loss, 400))).toBeLessThan(-0.95);
  });

  it('begins again elsewhere when it has converged', () => {
    const line = defineSpace({ x: float(0, 1), y: float(0, 1) });
    const trials = runStudy(new CmaEsSampler(line), ({ x, y }) => (Number(x) - 0.3) ** 2 + (Number(y) - 0.3) ** 2, 700);
    const last = trials.slice(-60).map(({ parameters }) => Number(parameters.x));
    expect(bestOf(trials)).toBeLessThan(1e-15);
    expect(Math.max(...last) - Math.min(...last)).toBeGreaterThan(1e-6);
  });

  it('begins around the best of earlier studies, as far as they count', () => {
    const earlier = (weights: (i: number) => number): readonly ObservedTrial[] =>
      Array.from({ length: 100 }, (_, i) => ({
        trialNumber: i - 100,
        state: 'complete',
        parameters: { x: i % 2 === 0 ? 4 : -4, rate: 1e-3, depth: 10, units: 8, share: 0.5, fixed: 3 },
        loss: i,
        weight: weights(i),
      }));
    const mean = (known: readonly ObservedTrial[]) => {
      const sampler = new CmaEsSampler(space);
      const xs = Array.from({ length: 200 }, (_, n) => {
        const request = { history: known, running: [], random: trialRandom('s', n), trialNumber: n };
        return sampler.suggest(request).x;
      });
      return xs.reduce((sum, x) => sum + x, 0) / xs.length;
    };
    // The best tenth are at 4 and at −4 by turns.
    expect(Math.abs(mean(earlier(() => 1)))).toBeLessThan(1.2);
    expect(mean(earlier((i) => (i % 2 === 0 ? 1 : 0.01)))).toBeGreaterThan(3);
    expect(mean(earlier((i) => (i % 2 === 0 ? 0.01 : 1)))).toBeLessThan(-3);
  });

  it('ranks pruned trials behind complete ones, and leaves failed ones out', () => {
    const line = defineSpace({ x: float(0, 1), y: float(0, 1) });
    const first = runStudy(new CmaEsSampler(line), ({ x }) => Number(x), 12);
    const request = (history: readonly ObservedTrial[]) => ({ ...requestOf([], 12), history });
    const suggest = (history: readonly ObservedTrial[]) => new CmaEsSampler(line).suggest(request(history));
    const worst = first.toSorted((a, b) => b.loss! - a.loss!)[0]!.trialNumber;
    const replaced = (change: (trial: ObservedTrial) => ObservedTrial) =>
      first.map((trial) => (trial.trialNumber === worst ? change(trial) : trial));
    // The last of its generation either way, however good its last report was.
    const pruned = replaced(({ trialNumber, parameters }) => ({ trialNumber, parameters, state: 'pruned', loss: -9 }));
    expect(suggest(pruned)).toEqual(suggest(first));
    const failed: ObservedTrial = { trialNumber: 3.5, state: 'failed', parameters: { x: 0.5, y: 0.5 } };
    expect(suggest([...first.slice(0, 4), failed, ...first.slice(4)])).toEqual(suggest(first));
  });

  it('gives only points that satisfy the constraints', () => {
    const crossing = defineSpace({ fast: int(2, 50), slow: int(10, 200) }, [ordered('fast', 'slow', 1)]);
    const trials = runStudy(new CmaEsSampler(crossing), (p) => Number(p.slow) - Number(p.fast), 100);
    for (const { parameters } of trials) validateParameters(crossing, parameters);
    expect(bestOf(trials)).toBeLessThanOrEqual(3);
  });

  it('refuses categories, booleans and conditions, and warm trials that are no number', () => {
    expect(() => new CmaEsSampler(defineSpace({ k: categorical(['a', 'b']) }))).toThrow(/ranges.*'k'/);
    expect(() => new CmaEsSampler(defineSpace({ on: boolean() }))).toThrow(/ranges.*'on'/);
    const one = defineSpace({ k: categorical(['a']), x: when('k', 'a', float(0, 1)) });
    expect(new CmaEsSampler(one).suggest(requestOf([], 0)).k).toBe('a');
    expect(() => new CmaEsSampler(space, { warmTrials: -1 })).toThrow(/warmTrials.*-1/);
    expect(() => new CmaEsSampler(space, { warmTrials: 0.5 })).toThrow(/warmTrials.*0.5/);
  });
});
