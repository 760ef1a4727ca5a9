import { InvalidInputError } from '../errors.ts';
import type { RecordedPrediction } from '../types/prediction.ts';
import { requireBatch } from './batch.ts';
import { describeValue, isObject } from './checker.ts';
import { requireOutcomeResolution } from './outcome.ts';
import { requireRecordedPrediction } from './prediction.ts';

/** Predictions and resolutions as a caller gives them, unchecked. */
export interface RequestedRecords<Resolution extends object> {
  readonly predictions: readonly RecordedPrediction[];
  readonly resolutions: readonly Resolution[];
}

/**
 * The canonical copy of a `RecordRequest`.
 * @throws {@link InvalidInputError} `INVALID_RECORD`; `TOO_LARGE` above 10,000 predictions or outcomes.
 */
export function requireRecordRequest<Resolution extends object>(
  request: RequestedRecords<Resolution>,
): RequestedRecords<Resolution> {
  if (!isObject(request)) {
    throw new InvalidInputError('INVALID_RECORD', `record request must be an object; got ${describeValue(request)}`);
  }
  return {
    predictions: requireBatch(request.predictions, 'predictions', requireRecordedPrediction),
    resolutions: requireBatch(request.resolutions, 'resolutions', requireOutcomeResolution<Resolution>),
  };
}
