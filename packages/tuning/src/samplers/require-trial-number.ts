import { InvalidInputError } from '@mlperf/core';

/** @throws {@link InvalidInputError} `OUT_OF_RANGE` for anything but 0, 1, 2 … */
export function requireTrialNumber(trialNumber: number): void {
  if (!Number.isSafeInteger(trialNumber) || trialNumber < 0) {
    throw new InvalidInputError('OUT_OF_RANGE', `trialNumber must be a whole number from 0; got ${trialNumber}`);
  }
}
