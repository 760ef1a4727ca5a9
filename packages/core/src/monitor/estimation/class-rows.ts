import { DIRECTIONS } from '../../aggregates/outcome-aggregate.ts';
import { InvalidInputError } from '../../errors.ts';
import { effectiveSampleSize } from '../../metrics/effective-sample-size.ts';
import { requirePrediction } from '../../records/prediction.ts';
import type { ResolvedPrediction } from '../../types/outcome.ts';
import type { Direction, Prediction } from '../../types/prediction.ts';

/** Predictions as columns over the classes of a model. */
export interface ClassRows {
  readonly classes: readonly Direction[];
  /** Index of the predicted class, shape (n). */
  readonly predicted: Uint8Array;
  /** What the model said, in the order of `classes`, row by row. */
  readonly probabilities: readonly (readonly number[])[];
  /** How many rows without overlap of their labels would say as much: see {@link effectiveSampleSize}. */
  readonly effectiveRows: number;
  readonly modelVersionId: string;
  /** `predictedAt` of the earliest and the latest, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

const TWO_CLASSES: readonly Direction[] = ['up', 'down'];
const THREE_CLASSES: readonly Direction[] = ['up', 'down', 'flat'];

/** `up` and `down`, and `flat` when a prediction or an outcome has to do with it. */
export function classesOf(resolved: readonly ResolvedPrediction[]): readonly Direction[] {
  const knowsFlat = resolved.some(
    ({ direction, probabilities, outcome }) =>
      direction === 'flat' || outcome?.direction === 'flat' || probabilities?.flat !== undefined,
  );
  return knowsFlat ? THREE_CLASSES : TWO_CLASSES;
}

/**
 * Reads predictions, of one model version, as rows over its classes. Without `probabilities` two classes are assumed:
 * `confidence` for the direction taken, the rest for the other, nothing for `flat`.
 *
 * @param name - Names the predictions in messages.
 * @throws {@link InvalidInputError} `EMPTY_INPUT`; `INVALID_RECORD` for a malformed prediction, an id that comes twice,
 * two model versions, a class outside `classes`, or a `flat` prediction without probabilities.
 */
export function classRowsOf(
  predictions: readonly Prediction[],
  classes: readonly Direction[],
  name: string,
): ClassRows {
  const [first] = predictions;
  if (first === undefined) throw new InvalidInputError('EMPTY_INPUT', `${name} must hold at least 1 prediction; got 0`);
  const { modelVersionId } = first;
  const ids = new Set<string>();
  const predicted = new Uint8Array(predictions.length);
  const probabilities = predictions.map((given, i) => {
    const prediction = checked(given);
    const subject = `prediction '${prediction.id}'`;
    if (ids.has(prediction.id)) throw refused(`${subject} must come once in ${name}; it comes twice`);
    if (prediction.modelVersionId !== modelVersionId) {
      throw refused(
        `${subject} must be of version '${modelVersionId}', as the first of ${name}; got '${prediction.modelVersionId}'`,
      );
    }
    ids.add(prediction.id);
    predicted[i] = indexOf(prediction.direction, classes, subject);
    return rowOf(prediction, classes, subject);
  });
  const times = predictions.map(({ predictedAt }) => predictedAt);
  return {
    classes,
    predicted,
    probabilities,
    effectiveRows: effectiveRowsOf(predictions),
    modelVersionId,
    from: times.reduce((least, at) => Math.min(least, at)),
    to: times.reduce((most, at) => Math.max(most, at)),
  };
}

/** Index of the observed class of each row. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function observedOf(resolved: readonly ResolvedPrediction[], classes: readonly Direction[]): Uint8Array {
  return Uint8Array.from(resolved, ({ id, outcome }) => {
    if (DIRECTIONS.includes(outcome?.direction)) return indexOf(outcome.direction, classes, `outcome of '${id}'`);
    throw refused(`prediction '${id}' must have an outcome with a direction; got ${String(outcome?.direction)}`);
  });
}

/** What estimation reads of a prediction, through the checks that storing it would make. */
function checked(given: Prediction): Prediction {
  const { id, modelVersionId, symbol, predictedAt, direction, confidence } = given;
  return requirePrediction({
    ...{ id, modelVersionId, symbol, predictedAt, direction, confidence },
    ...(given.dueAt === undefined ? {} : { dueAt: given.dueAt }),
    ...(given.probabilities === undefined ? {} : { probabilities: given.probabilities }),
  });
}

function rowOf(prediction: Prediction, classes: readonly Direction[], subject: string): readonly number[] {
  const { direction, confidence, probabilities } = prediction;
  if (probabilities !== undefined) {
    if (probabilities.flat !== undefined) indexOf('flat', classes, subject);
    return classes.map((name) => probabilities[name] ?? 0);
  }
  if (direction === 'flat') throw refused(`${subject} must have probabilities, since it says 'flat'; got none`);
  return classes.map((name) => (name === direction ? confidence : name === 'flat' ? 0 : 1 - confidence));
}

/** Labels overlap from `predictedAt` to `dueAt`, within a symbol; without `dueAt` none does. */
function effectiveRowsOf(predictions: readonly Prediction[]): number {
  const bySymbol = Map.groupBy(predictions, ({ symbol }) => symbol);
  let rows = 0;
  for (const group of bySymbol.values()) {
    rows += effectiveSampleSize(
      group.map(({ predictedAt, dueAt = predictedAt }) => ({ from: predictedAt, to: dueAt })),
    );
  }
  return rows;
}

function indexOf(direction: Direction, classes: readonly Direction[], subject: string): number {
  const index = classes.indexOf(direction);
  if (index >= 0) return index;
  throw refused(`${subject} must be among the classes of the reference, ${classes.join(' and ')}; got '${direction}'`);
}

function refused(message: string): InvalidInputError {
  return new InvalidInputError('INVALID_RECORD', message);
}
