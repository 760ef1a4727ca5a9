import { precedingRowCount } from './feature-matrix.ts';
import type { PredictionRequest, UnavailablePrediction } from './prediction-request.ts';
import type { ServedVersion } from './served-version.ts';

/** No predictions of a name whose slot is suspended. */
export function suspended(modelName: string): UnavailablePrediction {
  return { status: 'unavailable', reason: 'suspended', message: `predictions of '${modelName}' are suspended` };
}

/** Nothing to serve: nothing was promoted, or what was cannot be loaded. */
export function nothingServed(
  modelName: string,
  failure: { readonly versionId: string; readonly error: unknown } | undefined,
): UnavailablePrediction {
  if (failure === undefined) {
    const message = `'${modelName}' has no active model: promote a version first`;
    return { status: 'unavailable', reason: 'no-active-model', message };
  }
  const { versionId, error } = failure;
  const message = `version '${versionId}' could not be loaded: ${messageOf(error)}`;
  return { status: 'unavailable', reason: 'failed', message, modelVersionId: versionId, error };
}

/** A rollback has left what is served, and the champion is not loaded. */
export function takenBack(
  { versionId }: ServedVersion,
  failure: { readonly versionId: string; readonly error: unknown } | undefined,
): UnavailablePrediction {
  const why =
    failure === undefined ? '' : `: version '${failure.versionId}' could not be loaded: ${messageOf(failure.error)}`;
  const message = `version '${versionId}' was rolled back and its successor does not serve yet${why}`;
  const error = failure === undefined ? {} : { error: failure.error };
  return { status: 'unavailable', reason: 'failed', message, modelVersionId: versionId, ...error };
}

/** @param now - Epoch milliseconds. */
export function expired({ versionId, trainedAt }: ServedVersion, limitMs: number, now: number): UnavailablePrediction {
  const message = `version '${versionId}' may predict for ${limitMs} ms after its training at ${trainedAt}; ${now - trainedAt} ms have passed`;
  return { status: 'unavailable', reason: 'expired', message, modelVersionId: versionId };
}

export function couldNotPredict({ versionId }: ServedVersion, error: unknown): UnavailablePrediction {
  const message = `version '${versionId}' could not predict: ${messageOf(error)}`;
  return { status: 'unavailable', reason: 'failed', message, modelVersionId: versionId, error };
}

export function tooFewRows({ versionId, lookBack }: ServedVersion, request: PredictionRequest): UnavailablePrediction {
  const message = `version '${versionId}' looks back on ${lookBack} rows; got ${precedingRowCount(request)} in precedingRows`;
  return { status: 'unavailable', reason: 'too-few-preceding-rows', message, modelVersionId: versionId };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
