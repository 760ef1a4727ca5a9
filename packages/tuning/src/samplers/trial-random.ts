import { keyedRandom } from '@mlperf/core';
import type { SuggestRequest } from './sampler.ts';

/**
 * The random streams of one trial: what {@link Sampler.suggest} is to be given.
 * @example sampler.suggest({ trialNumber: 7, history: [], running: [], random: trialRandom('seed-1', 7) });
 */
export function trialRandom(seed: string, trialNumber: number): SuggestRequest['random'] {
  return (...keys) => keyedRandom(seed, 'trial', trialNumber, ...keys);
}
