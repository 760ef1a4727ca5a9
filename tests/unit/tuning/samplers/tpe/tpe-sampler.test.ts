import {
  boolean,
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
  TpeSampler,
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
    const seen = Math.max(0, trialNumber - lag + 1);
    const parameters: SampledPoint = sampler.suggest({
      trialNumber,
      history: done.slice(0, seen),
      running: done.slice(seen).map((trial) => trial.parameters),
      random: trialRandom(seed, trialNumber),
    });
    done.push({ trialNumber, state: 'complete', parameters, loss: lossOf(parameters) });
  }
  return done;
}

function bestOf(trials: readonly ObservedTrial[]): number {
  return Math.min(...trials.map(({ loss }) => loss!));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

const SEEDS = Array.from({ length: 15 }, (_, i) => `seed-${i}`);

const space = defineSpace({
  x: float(-5, 5),
  rate: float(1e-4, 1, { log: true }),
  depth: int(1, 12),
  kind: categorical(['a', 'b', 'c']),
  pruned: boolean(),
  fixed: int(3, 3),
  only: categorical(['one']),
});
const lossOf = (point: SampledPoint) =>
  (Number(point.x) - 2) ** 2 +
  (Math.log10(Number(point.rate)) + 2) ** 2 +
  (Number(point.depth) - 9) ** 2 / 10 +
  (point.kind === 'b' ? 0 : 2) +
  (point.pruned === true ? 0 : 1);

describe('TpeSampler', () => {
  it('gives trial n one point, whatever it was asked before', () => {
    const sampler = new TpeSampler(space);
    const trials = runStudy(sampler, lossOf, 40);
    for (const { parameters } of trials) validateParameters(space, parameters);
    const again = new TpeSampler(space).suggest({
      trialNumber: 33,
      history: trials.slice(0, 33),
      running: [],
      random: trialRandom('seed-1', 33),
    });
    expect(again).toEqual(trials[33]!.parameters);
    expect(runStudy(new TpeSampler(space), lossOf, 40)).toEqual(trials);
  });

  it('begins with ten random points, counting the trials it learned from', () => {
    const random = new RandomSampler(space);
    const trials = runStudy(new TpeSampler(space), lossOf, 12);
    const pointOf = (trialNumber: number) =>
      random.suggest({ trialNumber, random: trialRandom('seed-1', trialNumber) });
    for (let n = 0; n < 10; n++) expect(trials[n]!.parameters).toEqual(pointOf(n));
    expect(trials[10]!.parameters).not.toEqual(pointOf(10));
    const oneFailed = trials.slice(0, 10).map((trial, n) => (n === 4 ? { ...trial, state: 'failed' as const } : trial));
    const suggested = new TpeSampler(space).suggest({
      trialNumber: 10,
      history: oneFailed,
      running: [],
      random: trialRandom('seed-1', 10),
    });
    expect(suggested).toEqual(pointOf(10));
  });

  it('finds better points than random search does', () => {
    const tpe = SEEDS.map((seed) => bestOf(runStudy(new TpeSampler(space), lossOf, 60, { seed })));
    const random = SEEDS.map((seed) => bestOf(runStudy(new RandomSampler(space), lossOf, 60, { seed })));
    expect(median(tpe)).toBeLessThan(median(random) / 2);
    expect(SEEDS.filter((_, i) => tpe[i]! < random[i]!).length).toBeGreaterThanOrEqual(12);
  });

  it('keeps together what is good together', () => {
    // Only the diagonal is good: each coordinate alone says nothing.
    const square = defineSpace({ x: float(0, 1), y: float(0, 1) });
    const offDiagonal = (point: SampledPoint) => Math.abs(Number(point.x) - Number(point.y));
    const share = (sampler: Sampler<typeof square>) =>
      median(
        SEEDS.map((seed) => {
          const late = runStudy(sampler, offDiagonal, 100, { seed }).slice(60);
          return late.filter(({ loss }) => loss! < 0.1).length / late.length;
        }),
      );
    // A random point lies that near with probability 0.19.
    expect(share(new TpeSampler(square))).toBeGreaterThan(0.5);
  });

  it('keeps its distance from the points that are running', () => {
    const line = defineSpace({ x: float(0, 1) });
    const history: ObservedTrial[] = Array.from({ length: 40 }, (_, n) => {
      const x = (n + 0.5) / 40;
      return { trialNumber: n, state: 'complete', parameters: { x }, loss: Math.abs(x - 0.5) };
    });
    const near = (running: readonly SampledPoint[]) =>
      Array.from({ length: 200 }, (_, n) =>
        new TpeSampler(line).suggest({ trialNumber: 40, history, running, random: trialRandom('s', n) }),
      ).filter(({ x }) => Math.abs(x - 0.5) < 0.01).length;
    const crowd = Array.from({ length: 10 }, () => ({ x: 0.5 }));
    expect(near(crowd)).toBeLessThan(near([]) / 2);
  });

  it('searches conditional parameters in the branch they exist in', () => {
    const conditional = defineSpace({
      model: categorical(['tree', 'linear', 'none']),
      ...when('model', 'tree', { depth: int(1, 20), boosted: boolean() }),
      rate: when('boosted', true, float(1e-4, 1, { log: true })),
      shrinkage: when('model', 'linear', float(0, 1)),
    });
    const branchLoss = (point: SampledPoint) => {
      if (point.model === 'none') return 5;
      if (point.model === 'linear') return 2 + (Number(point.shrinkage) - 0.3) ** 2;
      const rate = point.boosted === true ? Math.abs(Math.log10(Number(point.rate)) + 2) : 1.5;
      return Math.abs(Number(point.depth) - 15) / 20 + rate;
    };
    const finals = SEEDS.map((seed) => {
      const trials = runStudy(new TpeSampler(conditional), branchLoss, 80, { seed });
      for (const { parameters } of trials) validateParameters(conditional, parameters);
      return bestOf(trials);
    });
    const random = SEEDS.map((seed) => bestOf(runStudy(new RandomSampler(conditional), branchLoss, 80, { seed })));
    expect(median(finals)).toBeLessThan(median(random) * 0.6);
  });

  it('gives only points that satisfy the constraints, and random ones when it finds none', () => {
    const crossing = defineSpace({ fast: int(2, 50), slow: int(10, 200) }, [ordered('fast', 'slow', 1)]);
    const trials = runStudy(
      new TpeSampler(crossing),
      ({ fast, slow }) => Math.abs(Number(slow) - Number(fast) - 3),
      50,
    );
    for (const { parameters } of trials) validateParameters(crossing, parameters);
    expect(bestOf(trials)).toBeLessThanOrEqual(1);
    // Across groups: the values good for `kind` "b" leave no room for `low`.
    const across = defineSpace(
      { kind: categorical(['a', 'b']), top: int(0, 1_000), low: when('kind', 'b', int(0, 1_000)) },
      [ordered('low', 'top', 1)],
    );
    for (const { parameters } of runStudy(new TpeSampler(across), ({ top }) => Number(top), 40)) {
      validateParameters(across, parameters);
    }
  });

  it('is the same study with the results that its lag lets it see', () => {
    const lagged = runStudy(new TpeSampler(space), lossOf, 30, { lag: 4 });
    const trials = runStudy(new TpeSampler(space), lossOf, 30, { lag: 4 });
    expect(lagged).toEqual(trials);
    expect(lagged).not.toEqual(runStudy(new TpeSampler(space), lossOf, 30));
  });

  it('follows an observation of little weight less', () => {
    const line = defineSpace({ x: float(0, 1) });
    // Ten good results near 0.2, ten better ones of an earlier study near 0.8, and many bad ones everywhere.
    const trials = (weight: number): readonly ObservedTrial[] =>
      Array.from({ length: 200 }, (_, i) => {
        const trial = { trialNumber: i - 10, state: 'complete' } as const;
        if (i < 10) return { ...trial, parameters: { x: 0.8 + i / 1_000 }, loss: -1, weight };
        if (i < 20) return { ...trial, parameters: { x: 0.2 + i / 1_000 }, loss: 0 };
        return { ...trial, parameters: { x: ((i * 37) % 180) / 180 }, loss: 5 };
      });
    const near = (weight: number) =>
      SEEDS.filter((seed) => {
        const request = { trialNumber: 190, history: trials(weight), running: [], random: trialRandom(seed, 190) };
        return new TpeSampler(line).suggest(request).x > 0.5;
      }).length;
    expect(near(1)).toBeGreaterThan(near(1e-6) + 3);
  });

  it('is not led astray by observations of hardly any weight, though the best place has moved', () => {
    const plane = defineSpace({ x: float(0, 1), y: float(0, 1) });
    const distance = ({ x, y }: SampledPoint, centre: number) => (Number(x) - centre) ** 2 + (Number(y) - centre) ** 2;
    const regret = (earlier: number) =>
      median(
        SEEDS.map((seed) => {
          const before: ObservedTrial[] = Array.from({ length: earlier }, (_, i) => {
            const draw = trialRandom(`before-${seed}`, i)('point');
            const parameters = { x: draw.next(), y: draw.next() };
            const loss = distance(parameters, 0.2);
            return { trialNumber: i - earlier, state: 'complete', parameters, loss, weight: 2 ** -10 };
          });
          const sampler = new TpeSampler(plane);
          const history = [...before];
          for (let trialNumber = 0; trialNumber < 40; trialNumber++) {
            const random = trialRandom(seed, trialNumber);
            const parameters: SampledPoint = sampler.suggest({ trialNumber, history, running: [], random });
            history.push({ trialNumber, state: 'complete', parameters, loss: distance(parameters, 0.8) });
          }
          return bestOf(history.slice(before.length));
        }),
      );
    const cold = regret(0);
    expect(cold).toBeLessThan(1e-3);
    expect(regret(250)).toBeLessThan(2 * cold);
  });
});
