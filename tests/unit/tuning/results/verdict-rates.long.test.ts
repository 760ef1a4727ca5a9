import { describe, expect, it } from 'vitest';
import { deployments, NOISE, SIGNAL } from '../../../bench/tuning/verdict-searches.ts';

const SEEDS = 25;
const TRIALS = 200;

/*
 * All 100 seeds are the benchmark `tuning`. Here, for other seeds than those written down, a tuner that deploys 5 % of the
 * searches of noise would fail a case with probability 3.4 %, and one that deploys 90 % of the searches of signal with
 * 3.3 %: binomial tails of more than 3, and more than 5, of 25.
 */
describe('the suggestion of a search through the tuner', () => {
  it.each(NOISE)('is not to deploy on pure noise: $name', async (search) => {
    expect(await deployments(search, SEEDS, TRIALS)).toBeLessThanOrEqual(3);
  });

  it.each(SIGNAL)('is to deploy on planted signal: $name', async (search) => {
    expect(await deployments(search, SEEDS, TRIALS)).toBeGreaterThanOrEqual(20);
  });
});
