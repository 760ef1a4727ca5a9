import { InvalidInputError } from '@mlperf/core';

/** How far the clock a model was trained by may be ahead of this one, milliseconds: a day. */
export const CLOCK_TOLERANCE_MS = 86_400_000;

/**
 * A model from the future would stay young for as long as that is away.
 * @param now - Epoch milliseconds.
 * @throws {@link InvalidInputError} `INVALID_RECORD`.
 */
export function requireTrainedByNow(trainedAt: number, now: number): void {
  if (trainedAt <= now + CLOCK_TOLERANCE_MS) return;
  const message = `a model version: trainedAt must be at most a day after now, ${now}; got ${trainedAt}`;
  throw new InvalidInputError('INVALID_RECORD', message);
}
