import { GaussianProcessSampler, type ObservedTrial, trialRandom } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { TEST_FUNCTIONS } from '../../../../bench/samplers/functions.ts';

function bestOf(name: string, seed: string, trials: number): number {
  const fn = TEST_FUNCTIONS.find((each) => each.name === name)!;
  const sampler = new GaussianProcessSampler(fn.space);
  const history: ObservedTrial[] = [];
  for (let trialNumber = 0; trialNumber < trials; trialNumber++) {
    const random = trialRandom(seed, trialNumber);
    const parameters = sampler.suggest({ trialNumber, history, running: [], random });
    history.push({ trialNumber, state: 'complete', parameters, loss: fn.valueAt(parameters) });
  }
  return Math.min(...history.map(({ loss }) => loss!));
}

describe("GaussianProcessSampler beside scikit-optimize's published figures", () => {
  // 200 calls there; half of them are enough here.
  it('finds 0.398 of Branin', { timeout: 120_000 }, () => {
    for (const seed of ['seed-1', 'seed-2', 'seed-3']) expect(bestOf('branin', seed, 100)).toBeLessThan(0.3985);
  });

  // A third of the studies end at the second best minimum, −3.203: the mean of many is what the benchmark shows.
  it('finds −3.299 of Hartmann-6 where it does not end at the second best minimum', { timeout: 120_000 }, () => {
    for (const seed of ['seed-1', 'seed-2']) expect(bestOf('hartmann6', seed, 100)).toBeLessThan(-3.299);
  });
});
