import {
  type Dataset,
  type Executor,
  type ExecutorRunOptions,
  InvalidInputError,
  type Matrix,
  selectRows,
} from '@mlperf/core';
import type { ModelBundle } from '../bundle/model-bundle.ts';
import { describeNameDifference } from '../serving/feature-names.ts';
import type { ModelAnswers } from './gate/row-scores.ts';

/**
 * What a stored bundle says of the evaluation rows, computed where the executor works.
 *
 * @param dataset - Holds the evaluation rows and, for a model that looks back, the rows before them.
 * @param rows - The evaluation rows, ascending.
 * @throws {@link InvalidInputError} `INVALID_RECORD` when the data's features are not the model's; `LENGTH_MISMATCH`
 * when a row has fewer rows before it than the model looks back on; what the executor throws.
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
  const request = { modelType: header.modelType, model };
  const classes = header.classes;
  if (header.lookBack === 0) {
    const features = [selectRows(dataset, rows).features];
    const { predictions } = await executor.predict({ ...request, features }, options);
    return { classes, probabilities: predictions[0]! };
  }
  const series = seriesOf(dataset, rows, header.lookBack);
  const features = series.map(({ matrix }) => matrix);
  const { predictions } = await executor.predict({ ...request, features }, options);
  const probabilities = new Float64Array(rows.length * classes.length);
  series.forEach(({ wanted }, s) => {
    for (const { from, to } of wanted) {
      const answer = predictions[s]!.subarray(from * classes.length, (from + 1) * classes.length);
      probabilities.set(answer, to * classes.length);
    }
  });
  return { classes, probabilities };
}

/** One group's rows from the first that is looked back on. */
interface Series {
  readonly matrix: Matrix;
  /** Which of its rows answer which evaluation row. */
  readonly wanted: readonly { readonly from: number; readonly to: number }[];
}

function seriesOf(dataset: Dataset, rows: Uint32Array, lookBack: number): readonly Series[] {
  const byGroup = new Map<number, number[]>();
  for (let row = 0; row < dataset.timestamps.length; row++) {
    const group = dataset.groups?.[row] ?? 0;
    const members = byGroup.get(group);
    if (members === undefined) byGroup.set(group, [row]);
    else members.push(row);
  }
  const place = new Map(Array.from(rows, (row, to) => [row, to]));
  return Array.from(byGroup.values()).flatMap((members) => {
    const first = members.findIndex((row) => place.has(row));
    if (first < 0) return [];
    if (first < lookBack) {
      throw new InvalidInputError(
        'LENGTH_MISMATCH',
        `an evaluation row must have the ${lookBack} rows before it that the model looks back on; got ${first}`,
      );
    }
    const kept = members.slice(first - lookBack);
    const wanted = kept.flatMap((row, from) => {
      const to = place.get(row);
      return to === undefined ? [] : [{ from, to }];
    });
    return [{ matrix: selectRows(dataset, kept).features, wanted }];
  });
}
