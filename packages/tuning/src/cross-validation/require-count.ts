import { InvalidInputError } from '@mlperf/core';

/** @throws {@link InvalidInputError} `OUT_OF_RANGE` unless `value` is a whole number of at least `least`. */
export function requireCount(value: number, name: string, least = 1): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new InvalidInputError('OUT_OF_RANGE', `${name} must be a whole number, at least ${least}; got ${value}`);
  }
}
