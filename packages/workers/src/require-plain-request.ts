import { canonicalRecord, type FitRequest, InvalidInputError } from '@mlperf/core';

/**
 * What any executor, near or far, can carry.
 * @throws {@link InvalidInputError} `INVALID_RECORD` for hyperparameters that are no plain data; `INVALID_TYPE`.
 */
export function requirePlainRequest(request: FitRequest): void {
  if (typeof request.seed !== 'string') {
    throw new InvalidInputError('INVALID_TYPE', `seed must be a text; got ${typeof request.seed}`);
  }
  canonicalRecord(request.hyperparameters, 'hyperparameters');
}
