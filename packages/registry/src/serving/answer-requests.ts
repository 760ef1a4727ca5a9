import { featureMatrix, precedingRowCount } from './feature-matrix.ts';
import { inTurns } from './in-turns.ts';
import type { PredictionRequest } from './prediction-request.ts';
import type { ServedAnswer, ServedVersion } from './served-version.ts';

/** One request and what the version said of it. */
export interface AnsweredRequest {
  readonly request: PredictionRequest;
  readonly answer: ServedAnswer;
  /** The features it was answered from; a missing value is no value and left out. */
  readonly features: Readonly<Record<string, number>>;
}

export interface BatchAnswers {
  /** Of each request, in order; absent when it came with too few preceding rows, or the model failed. */
  readonly answers: readonly (AnsweredRequest | undefined)[];
  /** What the model threw, or was refused for. */
  readonly failure?: unknown;
}

/** Requests of a large batch between two turns of the event loop. */
export const ROWS_PER_TURN = 250;
/** Of a model that looks back: a window costs as much as many rows. */
const WINDOWS_PER_TURN = 25;

/**
 * Asks one version for many answers.
 * @param rowOrder - The order of rows given without names; absent when rows must be given by name.
 * @throws {@link InvalidInputError} as `featureMatrix`, before anything is predicted.
 * @remarks The event loop has its turn every few milliseconds, between calls of the model.
 */
export async function answerRequests(
  served: ServedVersion,
  requests: readonly PredictionRequest[],
  rowOrder: readonly string[] | undefined,
): Promise<BatchAnswers> {
  const { featureNames, featureTypes, lookBack, missingValues } = served;
  const types = featureTypes === undefined ? {} : { featureTypes };
  const schema = { featureNames, ...types, lookBack, missingValues, rowOrder };
  const enough = requests.map((request) => precedingRowCount(request) >= lookBack);
  const answerable = requests.filter((_, i) => enough[i]);
  const matrices = await inTurns(answerable, ROWS_PER_TURN, (some) => some.map((one) => featureMatrix(one, schema)));
  let found: readonly ServedAnswer[];
  try {
    const size = lookBack === 0 ? ROWS_PER_TURN : WINDOWS_PER_TURN;
    found = await inTurns(matrices, size, (some) => served.predict(some));
  } catch (failure) {
    return { answers: requests.map(() => undefined), failure };
  }
  const answered = await inTurns(answerable, ROWS_PER_TURN, (some, from) =>
    some.map((request, i) => {
      const { values, rows, columns } = matrices[from + i]!;
      const features = presentFeatures(featureNames, values.subarray((rows - 1) * columns));
      return { request, answer: found[from + i]!, features };
    }),
  );
  let next = 0;
  return { answers: enough.map((is) => (is ? answered[next++] : undefined)) };
}

function presentFeatures(names: readonly string[], row: Float64Array): Record<string, number> {
  const present = names
    .map((name, column) => [name, row[column]!] as const)
    .filter(([, value]) => !Number.isNaN(value));
  return Object.fromEntries(present);
}
