import {
  type Dataset,
  type Executor,
  type ExecutorRunOptions,
  InvalidInputError,
  type Matrix,
  MlperfError,
  rowSequences,
  selectRows,
} from '@mlperf/core';
import { calibratedRows } from '../bundle/decision-rules.ts';
import type { ModelBundle } from '../bundle/model-bundle.ts';
import { describeNameDifference } from '../serving/feature-names.ts';
import type { ModelAnswers } from './gate/row-scores.ts';

/**
 * What a stored bundle says of the evaluation rows, computed where the executor works: calibrated as it is served.
 *
 * @param dataset - Holds the evaluation rows and, for a model that looks back, the rows before them.
 * @param rows - The evaluation rows, ascending.
 * @throws {@link InvalidInputError} `INVALID_RECORD` when the data's features are not the model's; `INSUFFICIENT_DATA`
 * when a row has fewer rows before it than the model looks back on; `PREDICTION_FAILED` for an answer of another
 * length; what the executor throws.
 */
export async function sampleAnswers(
  executor: Executor,
  bundle: ModelBundle,
  dataset: Dataset,
  rows: Uint32Array,
  options: ExecutorRunOptions,
): Promise<ModelAnswers> {
  const { header, model } = bundle;
  const difference = describeNameDifference('features', header.featureNames, dataset.featureNames);
  if (difference !== undefined) {
    throw new InvalidInputError('INVALID_RECORD', `the data cannot be judged by a stored model: ${difference}`);
  }
  const { classes, lookBack } = header;
  const { matrices, gather } = rowSequences(selectRows(dataset, rows), lookBack, dataset);
  const request = { modelType: header.modelType, model, features: matrices };
  const { predictions } = await executor.predict(request, options);
  const perRow = Math.max(1, classes.length);
  requireShapes(predictions, matrices, lookBack, perRow);
  const { thresholds } = header;
  return {
    classes,
    probabilities: calibratedRows(header, gather(predictions, perRow)),
    ...(thresholds === undefined ? {} : { thresholds }),
  };
}

function requireShapes(
  predictions: readonly Float64Array[],
  matrices: readonly Matrix[],
  lookBack: number,
  classes: number,
): void {
  matrices.forEach((matrix, m) => {
    const expected = (matrix.rows - lookBack) * classes;
    if (predictions[m]?.length === expected) return;
    throw new MlperfError(
      'PREDICTION_FAILED',
      `a model must answer ${matrix.rows} rows with ${expected} values; got ${predictions[m]?.length ?? 'none'}`,
    );
  });
}
