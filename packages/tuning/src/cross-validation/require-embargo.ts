import { InvalidInputError } from '@mlperf/core';

/** @throws {@link InvalidInputError} `OUT_OF_RANGE` for an embargo that is negative or not finite. */
export function requireEmbargo(embargoMs: number | undefined): void {
  if (embargoMs !== undefined && !(embargoMs >= 0 && Number.isFinite(embargoMs))) {
    throw new InvalidInputError('OUT_OF_RANGE', `embargoMs must be finite and at least 0; got ${embargoMs}`);
  }
}
