import { InvalidInputError, MlperfError } from '../errors.ts';
import type { Dataset, Matrix } from './dataset.ts';
import { rowSequences } from './row-sequences.ts';

/** What answers feature rows: a `TrainedModel` is one. */
export interface RowPredictor {
  readonly classes: readonly string[];
  readonly lookBack: number;
  predict(features: Matrix, out?: Float64Array): Float64Array | Promise<Float64Array>;
}

/**
 * A model's answer to every row of a dataset, whatever it looks back on.
 *
 * @param history - Rows of the same data set to look back on; see `lookBackWindows`.
 * @returns shape (rows × classes), row-major (regression: rows × 1); the caller's own.
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` for a row without the rows before it; `PREDICTION_FAILED` for
 * an answer of another length; what the model throws.
 */
export async function predictRows(model: RowPredictor, dataset: Dataset, history?: Dataset): Promise<Float64Array> {
  const { matrices, gather } = rowSequences(dataset, model.lookBack, history);
  const predictions: Float64Array[] = [];
  for (const matrix of matrices) predictions.push(await predictSequence(model, matrix));
  return gather(predictions, Math.max(1, model.classes.length));
}

/**
 * A model's answer to consecutive rows of one series, in an array of the caller's own.
 *
 * @returns shape ((rows − lookBack) × classes), row-major (regression: × 1).
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` for fewer than lookBack + 1 rows; `PREDICTION_FAILED` for an
 * answer of another length; what the model throws.
 */
export async function predictSequence(model: RowPredictor, features: Matrix): Promise<Float64Array> {
  if (features.rows <= model.lookBack) {
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `features must have at least ${model.lookBack + 1} rows for a model that looks back on ${model.lookBack}; got ${features.rows}`,
    );
  }
  // An array of our own: a family may reuse its own.
  const out = new Float64Array((features.rows - model.lookBack) * Math.max(1, model.classes.length));
  const predicted = await model.predict(features, out);
  if (predicted.length !== out.length) {
    throw new MlperfError('PREDICTION_FAILED', `predict must return ${out.length} values; got ${predicted.length}`);
  }
  if (predicted !== out) out.set(predicted);
  return out;
}
