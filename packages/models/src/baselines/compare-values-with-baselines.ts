import {
  type Dataset,
  InvalidInputError,
  MlperfError,
  meanAbsoluteError,
  predictRows,
  type RowPredictor,
  rootMeanSquaredError,
} from '@mlperf/core';

/** How far something was from the values of the test rows, in the unit of the targets. */
export interface ValueScores {
  readonly name: string;
  readonly rootMeanSquaredError: number;
  readonly meanAbsoluteError: number;
}

export interface ValueComparisonOptions {
  /** The feature that last value answers with, in the unit of the targets; without it, it is left out. */
  readonly lastValue?: string;
  /** Rows of the data set `test` was selected from, for models that look back. */
  readonly history?: Dataset;
}

/** The errors of regressions on the same test rows as those of the baselines. */
export interface ValueComparison {
  readonly rows: number;
  /** `training-mean` (weighted where rows are), `zero` (no return), and `last-value` where asked for. */
  readonly baselines: readonly ValueScores[];
  /** In the order given. */
  readonly models: readonly ValueScores[];
}

/**
 * Puts regressions beside what answers without a model, on the test rows.
 *
 * @param train - What the models were trained on; values. @param test - The same features; rows not seen.
 * @param models - By name. Weights of the test rows are not used in scores.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for classes; `INVALID_RECORD` when features differ; `NOT_FOUND` for
 * another `lastValue`; `NOT_FINITE` where that feature is missing in a test row; `PREDICTION_FAILED` for an answer that
 * is not finite; what a model throws.
 * @example await compareValuesWithBaselines(train, test, { forest }, { lastValue: 'return_1h' });
 */
export async function compareValuesWithBaselines(
  train: Dataset,
  test: Dataset,
  models: Readonly<Record<string, RowPredictor>>,
  options: ValueComparisonOptions = {},
): Promise<ValueComparison> {
  for (const { classes } of [train, test]) {
    if (classes === undefined) continue;
    throw new InvalidInputError('INVALID_TYPE', `targets must be values; got the classes ${classes.join(', ')}`);
  }
  const names = train.featureNames.join(', ');
  if (test.featureNames.join(', ') !== names) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `features of the test rows must be those of the training rows, ${names}; got ${test.featureNames.join(', ')}`,
    );
  }
  const { rows, columns, values } = test.features;
  const constant = (value: number) => new Float64Array(rows).fill(value);
  const baselines = [scoresOf('training-mean', test, constant(meanOf(train))), scoresOf('zero', test, constant(0))];
  if (options.lastValue !== undefined) {
    const column = train.featureNames.indexOf(options.lastValue);
    if (column < 0) {
      throw new InvalidInputError('NOT_FOUND', `lastValue must name one of ${names}; got '${options.lastValue}'`);
    }
    const last = constant(0).map((_, row) => values[row * columns + column]!);
    baselines.push(scoresOf('last-value', test, last));
  }
  const judged: ValueScores[] = [];
  for (const [name, model] of Object.entries(models)) {
    const answers = await predictRows(model, test, options.history);
    const bad = answers.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new MlperfError(
        'PREDICTION_FAILED',
        `'${name}' must answer finite values; got ${answers[bad]} for test row ${bad}`,
      );
    }
    judged.push(scoresOf(name, test, answers));
  }
  return { rows, baselines, models: judged };
}

function scoresOf(name: string, { targets }: Dataset, answers: Float64Array): ValueScores {
  return {
    name,
    rootMeanSquaredError: rootMeanSquaredError(targets, answers),
    meanAbsoluteError: meanAbsoluteError(targets, answers),
  };
}

function meanOf({ targets, weights }: Dataset): number {
  const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? targets.length;
  return targets.reduce((sum, target, row) => sum + (target * (weights?.[row] ?? 1)) / total, 0);
}
