import {
  AutoSampler,
  boolean,
  CmaEsSampler,
  categorical,
  defineSpace,
  float,
  GaussianProcessSampler,
  int,
  type ObservedTrial,
  RandomSampler,
  TpeSampler,
  trialRandom,
  when,
} from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

const ranges = defineSpace({ x: float(-1, 1), n: int(1, 9), only: categorical(['one']) });

function history(trials: number, failed = 0): readonly ObservedTrial[] {
  const random = new RandomSampler(ranges);
  return Array.from({ length: trials }, (_, i) => {
    const parameters = random.suggest({ trialNumber: i, random: trialRandom('history', i) });
    if (i < failed) return { trialNumber: i, state: 'failed', parameters };
    return { trialNumber: i, state: 'complete', parameters, loss: parameters.x ** 2 + parameters.n };
  });
}

const request = (seen: readonly ObservedTrial[]) => ({
  trialNumber: seen.length,
  history: seen,
  running: [],
  random: trialRandom('s', seen.length),
});

describe('AutoSampler', () => {
  it('is TPE where there is a category, a boolean or a condition', () => {
    for (const more of [
      { k: categorical(['a', 'b']) },
      { on: boolean() },
      { k: categorical(['a', 'b']), y: when('k', 'a', float(0, 1)) },
    ]) {
      const space = defineSpace({ x: float(-1, 1), ...more });
      expect(new AutoSampler(space).settings).toEqual({ sampler: 'tpe' });
      const random = new RandomSampler(space);
      const seen: readonly ObservedTrial[] = Array.from({ length: 20 }, (_, i) => ({
        trialNumber: i,
        state: 'complete',
        parameters: random.suggest({ trialNumber: i, random: trialRandom('h', i) }),
        loss: i,
      }));
      expect(new AutoSampler(space).suggest(request(seen))).toEqual(new TpeSampler(space).suggest(request(seen)));
    }
  });

  it('is a Gaussian process until 250 trials ended, and then CMA-ES that begins from them', () => {
    const early = history(40);
    const gp = new GaussianProcessSampler(ranges).suggest(request(early));
    expect(new AutoSampler(ranges).suggest(request(early))).toEqual(gp);
    const enough = history(254);
    const cma = new CmaEsSampler(ranges, { warmTrials: 250 }).suggest(request(enough));
    expect(new AutoSampler(ranges).suggest(request(enough))).toEqual(cma);
  });

  it('does not count the trials of earlier studies, nor failed ones', () => {
    const earlier = history(240).map((trial) => ({ ...trial, trialNumber: trial.trialNumber - 240, weight: 0.1 }));
    const seen = [...earlier, ...history(20, 5)];
    const expected = new GaussianProcessSampler(ranges).suggest(request(seen));
    expect(new AutoSampler(ranges).suggest(request(seen))).toEqual(expected);
  });
});
