import {
  boolean,
  categorical,
  defineSpace,
  float,
  GaussianProcessSampler,
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

/** Trials one after the other, each seeing all before it but the last `lag` − 1. */
function runStudy<S extends SearchSpace>(
  sampler: Sampler<S>,
  lossOf: (point: SampledPoint) => number,
  trials: number,
  { seed = 'seed-1', lag = 1 } = {},
): readonly ObservedTrial[] {
  const done: ObservedTrial[] = [];
  for (let trialNumber = 0; trialNumber < trials; trialNumber++) {
    const parameters: SampledPoint = sampler.suggest(requestOf(done, trialNumber, { seed, lag }));
    done.push({ trialNumber, state: 'complete', parameters, loss: lossOf(parameters) });
  }
  return done;
}

function requestOf(done: readonly ObservedTrial[], trialNumber: number, { seed = 'seed-1', lag = 1 } = {}) {
  const seen = Math.max(0, trialNumber - lag + 1);
  return {
    trialNumber,
    history: done.slice(0, seen),
    running: done.slice(seen, trialNumber).map((trial) => trial.parameters),
    random: trialRandom(seed, trialNumber),
  };
}

const bestOf = (trials: readonly ObservedTrial[]) => Math.min(...trials.map(({ loss }) => loss!));

const space = defineSpace({
  x: float(-5, 5),
  rate: float(1e-4, 1, { log: true }),
  depth: int(1, 40),
  kind: categorical(['a', 'b', 'c']),
  pruned: boolean(),
  fixed: int(3, 3),
  only: categorical(['one']),
});

const lossOf = (p: SampledPoint) =>
  (Number(p.x) - 2) ** 2 +
  (Math.log10(Number(p.rate)) + 2) ** 2 +
  ((Number(p.depth) - 31) / 10) ** 2 +
  (p.kind === 'b' ? 0 : 1) +
  (p.pruned === true ? 0.5 : 0);

describe('GaussianProcessSampler', () => {
  it('gives trial n one point, whatever it was asked before', () => {
    const trials = runStudy(new GaussianProcessSampler(space), lossOf, 30, { lag: 3 });
    for (const trialNumber of [29, 12, 20, 12]) {
      const fresh = new GaussianProcessSampler(space);
      expect(fresh.suggest(requestOf(trials, trialNumber, { lag: 3 }))).toEqual(trials[trialNumber]!.parameters);
    }
    // One sampler, asked out of order and for another study between.
    const one = new GaussianProcessSampler(space);
    runStudy(one, (p) => -lossOf(p), 14);
    for (const trialNumber of [25, 13, 29, 18]) {
      expect(one.suggest(requestOf(trials, trialNumber, { lag: 3 }))).toEqual(trials[trialNumber]!.parameters);
    }
  });

  it('begins with ten random points', () => {
    const random = new RandomSampler(space);
    const trials = runStudy(new GaussianProcessSampler(space), lossOf, 11);
    for (const trial of trials.slice(0, 10)) {
      expect(trial.parameters).toEqual(random.suggest(requestOf([], trial.trialNumber)));
    }
    expect(trials[10]!.parameters).not.toEqual(random.suggest(requestOf([], 10)));
  });

  it('finds the best of ranges, steps and choices together, where random search is far from it', () => {
    const best = bestOf(runStudy(new GaussianProcessSampler(space), lossOf, 45));
    expect(best).toBeLessThan(0.01);
    expect(bestOf(runStudy(new RandomSampler(space), lossOf, 45))).toBeGreaterThan(10 * best);
  });

  it('gives only points of the space, none of them twice', () => {
    const small = defineSpace({ a: int(1, 4), b: categorical(['x', 'y', 'z']), c: boolean() });
    const trials = runStudy(new GaussianProcessSampler(small), (p) => Number(p.a), 24);
    for (const { parameters } of trials) validateParameters(small, parameters);
    const modelled = trials.slice(10).map(({ parameters }) => JSON.stringify(parameters));
    const before = new Set(trials.slice(0, 10).map(({ parameters }) => JSON.stringify(parameters)));
    expect(new Set(modelled).size).toBe(modelled.length);
    expect(modelled.some((each) => before.has(each))).toBe(false);
  });

  it('still answers when every point was tried, and when all losses are alike', () => {
    const two = defineSpace({ a: boolean() });
    for (const { parameters } of runStudy(new GaussianProcessSampler(two), () => 7, 14)) {
      validateParameters(two, parameters);
    }
  });

  it('keeps its distance from the points that are running', () => {
    const line = defineSpace({ x: float(0, 1) });
    const trials = runStudy(new GaussianProcessSampler(line), ({ x }) => (Number(x) - 0.3) ** 2, 12);
    const random = trialRandom('seed-1', 12);
    const sampler = new GaussianProcessSampler(line);
    const alone = sampler.suggest({ trialNumber: 12, history: trials, running: [], random });
    const beside = sampler.suggest({ trialNumber: 12, history: trials, running: [alone], random });
    expect(beside.x).not.toBe(alone.x);
    // A failed trial is one whose outcome is not known either.
    const failed: ObservedTrial = { trialNumber: 12, state: 'failed', parameters: alone };
    expect(sampler.suggest({ trialNumber: 12, history: [...trials, failed], running: [], random })).toEqual(beside);
  });

  it('takes a pruned trial for no better than the median', () => {
    const line = defineSpace({ x: float(0, 1) });
    const history: ObservedTrial[] = Array.from({ length: 11 }, (_, i) => ({
      trialNumber: i,
      state: 'complete',
      parameters: { x: i / 10 },
      loss: Math.abs(i / 10 - 0.6),
    }));
    const pruned = { trialNumber: 11, state: 'pruned', parameters: { x: 0.61 } } as const;
    const suggest = (trials: readonly ObservedTrial[]) =>
      new GaussianProcessSampler(line).suggest({
        trialNumber: 20,
        history: trials,
        running: [],
        random: trialRandom('s', 20),
      }).x;
    // Its last value is too good to be one of a whole trial.
    const early = suggest([...history, { ...pruned, loss: -5 }]);
    expect(early).toBe(suggest([...history, { ...pruned }]));
    expect(early).toBe(
      suggest([...history, { trialNumber: 11, state: 'complete', parameters: { x: 0.61 }, loss: 0.3 }]),
    );
  });

  it('believes an observation of little weight less', () => {
    const line = defineSpace({ x: float(0, 1) });
    const lossAt = (x: number) => (x - 0.3) ** 2;
    const suggest = (weight: number) => {
      const history: ObservedTrial[] = Array.from({ length: 16 }, (_, i) => ({
        trialNumber: i,
        state: 'complete',
        parameters: { x: i / 15 },
        loss: lossAt(i / 15),
      }));
      // Three results say that 0.8 is the best place of all.
      for (const i of [11, 12, 13]) history[i] = { ...history[i]!, loss: 10 * (i / 15 - 0.8) ** 2 - 0.3, weight };
      const sampler = new GaussianProcessSampler(line);
      return sampler.suggest({ trialNumber: 16, history, running: [], random: trialRandom('s', 16) }).x;
    };
    expect(Math.abs(suggest(1) - 0.8)).toBeLessThan(0.1);
    expect(Math.abs(suggest(1e-6) - 0.3)).toBeLessThan(0.1);
  });

  it('is hardly led astray by observations of hardly any weight, though the best place has moved', () => {
    const plane = defineSpace({ x: float(0, 1), y: float(0, 1) });
    const distance = ({ x, y }: SampledPoint, centre: number) => (Number(x) - centre) ** 2 + (Number(y) - centre) ** 2;
    const regret = (weight: number | undefined, seed: string) => {
      const before: ObservedTrial[] = Array.from({ length: weight === undefined ? 0 : 50 }, (_, i) => {
        const draw = trialRandom(`before-${seed}`, i)('point');
        const parameters = { x: draw.next(), y: draw.next() };
        return { trialNumber: i - 50, state: 'complete', parameters, loss: distance(parameters, 0.2), weight: weight! };
      });
      const sampler = new GaussianProcessSampler(plane);
      const history = [...before];
      for (let trialNumber = 0; trialNumber < 25; trialNumber++) {
        const random = trialRandom(seed, trialNumber);
        const parameters: SampledPoint = sampler.suggest({ trialNumber, history, running: [], random });
        history.push({ trialNumber, state: 'complete', parameters, loss: distance(parameters, 0.8) });
      }
      return bestOf(history.slice(before.length));
    };
    for (const seed of ['a', 'b', 'c']) {
      expect(regret(undefined, seed)).toBeLessThan(1e-3);
      expect(regret(2 ** -10, seed)).toBeLessThan(1e-3);
    }
  });

  it('searches conditional parameters in the branch they exist in', () => {
    const branches = defineSpace({
      kind: categorical(['tree', 'net']),
      ...when('kind', 'tree', { depth: int(1, 20) }),
      rate: when('kind', 'net', float(1e-4, 1, { log: true })),
    });
    const loss = (p: SampledPoint) =>
      p.kind === 'tree' ? 1 + (Number(p.depth) - 12) ** 2 / 30 : (Math.log10(Number(p.rate)) + 1) ** 2;
    const trials = runStudy(new GaussianProcessSampler(branches), loss, 40);
    for (const { parameters } of trials) validateParameters(branches, parameters);
    expect(bestOf(trials)).toBeLessThan(1e-3);
  });

  it('gives only points that satisfy the constraints', () => {
    const crossing = defineSpace({ fast: int(2, 50), slow: int(10, 200), x: float(0, 50) }, [
      ordered('fast', 'slow', 1),
      ordered('x', 'fast'),
    ]);
    // The best point without the constraints breaks both.
    const loss = (p: SampledPoint) => Number(p.slow) - Number(p.fast) - Number(p.x);
    const trials = runStudy(new GaussianProcessSampler(crossing), loss, 30);
    for (const { parameters } of trials) validateParameters(crossing, parameters);
    expect(bestOf(trials)).toBeLessThanOrEqual(-45);
  });
});
