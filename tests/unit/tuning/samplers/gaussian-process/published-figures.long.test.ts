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

  // The second best minimum, −3.203, holds a third of the searches; a fresh one beside finds the best.
  it('finds −3.299 of Hartmann-6 in the mean of 8 studies of 200 calls', { timeout: 180_000 }, () => {
    const found = Array.from({ length: 8 }, (_, seed) => bestOf('hartmann6', `seed-${seed}`, 200));
    expect(found.reduce((sum, value) => sum + value, 0) / found.length).toBeLessThan(-3.299);
  });
});
