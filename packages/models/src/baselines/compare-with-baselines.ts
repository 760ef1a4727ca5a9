import {
  CompensatedSum,
  type Dataset,
  type FitContext,
  InvalidInputError,
  lookBackWindows,
  MlperfError,
  predictRows,
  type RowPredictor,
  selectRows,
} from '@mlperf/core';
import { imputation } from '../preprocessing/imputation.ts';
import { standardScaling } from '../preprocessing/standard-scaling.ts';
import { withPreprocessing } from '../preprocessing/with-preprocessing.ts';
import { type LastSignParameters, lastSignFamily } from './last-sign.ts';
import { logisticRegressionFamily } from './logistic-regression.ts';
import { majorityClassFamily } from './majority-class.ts';
import { requireClasses } from './training-classes.ts';

/** What the shares of many trees may add up to beyond 1. */
const ROUNDING = 1e-9;

/** How well something answered the test rows. */
export interface TestScores {
  readonly name: string;
  /** Share of rows whose class was the most probable one (ties to the first class), in [0, 1]. */
  readonly accuracy: number;
  /** Mean −ln p of the class observed, nats, p kept in [2⁻⁵², 1 − 2⁻⁵²]; best 0. */
  readonly logLoss: number;
}

export interface ComparisonOptions {
  /** What last sign follows; without it, it is left out. */
  readonly lastSign?: LastSignParameters;
  /** Rows of the data set `test` was selected from, for models that look back. */
  readonly history?: Dataset;
  readonly signal?: AbortSignal;
}

/** The scores of models on the same test rows as those of the baselines. */
export interface BaselineComparison {
  /** Rows scored: those that all models can answer. */
  readonly rows: number;
  /** Test rows left out because they have too little before them for a model that looks back; absent when none. */
  readonly unscoredRows?: number;
  /**
   * What is known without any model: the share of the test rows' most frequent class, and the entropy of their classes.
   * It has seen the test labels: no constant answer does better.
   */
  readonly noSkill: TestScores;
  /** `majority-class`, `last-sign` where asked for, `logistic-regression` (features standardised,
   * missing ones imputed by the median with an indicator; defaults). */
  readonly baselines: readonly TestScores[];
  /** In the order given. */
  readonly models: readonly TestScores[];
}

/**
 * Trains the baselines on the training rows and puts them beside models on the test rows.
 *
 * @param train - What the models were trained on; classes.
 * @param test - The same features and classes; rows the models have not seen.
 * @param models - By name. Weights of the rows are not used in scores.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a regression; `INVALID_RECORD` when features or classes differ;
 * `INSUFFICIENT_DATA` when no test row has the rows a model looks back on, or a feature that no training row has a
 * value of; `PREDICTION_FAILED` for an answer that is no probability; what training throws.
 * @example
 * const { noSkill, baselines, models } = await compareWithBaselines(train, test, { forest }, {
 *   lastSign: { feature: 'return_1h' },
 * });
 */
export async function compareWithBaselines(
  train: Dataset,
  test: Dataset,
  models: Readonly<Record<string, RowPredictor>>,
  options: ComparisonOptions = {},
): Promise<BaselineComparison> {
  const classes = requireClasses(test, 'a baseline');
  requireSame('classes', classes, requireClasses(train, 'a baseline'));
  requireSame('features', test.featureNames, train.featureNames);
  const scored = answerableRows(test, Object.values(models), options.history);
  const context: FitContext = {
    seed: 'baselines',
    signal: options.signal ?? new AbortController().signal,
    report: async () => 'continue',
    onProgress() {},
  };
  const gaps = train.missingValues === 'allowed' || test.missingValues === 'allowed';
  const steps = gaps ? [imputation(), standardScaling()] : [standardScaling()];
  const logistic = withPreprocessing(logisticRegressionFamily, steps);
  const baselines = [
    ['majority-class', await majorityClassFamily.fit(train, {}, context)],
    ...(options.lastSign === undefined
      ? []
      : [['last-sign', await lastSignFamily.fit(train, options.lastSign, context)] as const]),
    ['logistic-regression', await logistic.fit(train, {}, context)],
  ] as const;
  const scores: TestScores[] = [];
  for (const [name, model] of baselines) {
    scores.push(await scoresOf(name, model, scored, classes, undefined));
    model.dispose();
  }
  const judged: TestScores[] = [];
  for (const [name, model] of Object.entries(models)) {
    judged.push(await scoresOf(name, model, scored, classes, options.history ?? test));
  }
  const unscoredRows = test.features.rows - scored.features.rows;
  return {
    rows: scored.features.rows,
    ...(unscoredRows === 0 ? {} : { unscoredRows }),
    noSkill: noSkillOf(scored, classes),
    baselines: scores,
    models: judged,
  };
}

/** The rows that the longest look-back can answer: everything is scored on the same rows. */
function answerableRows(test: Dataset, models: readonly RowPredictor[], history: Dataset | undefined): Dataset {
  const lookBack = models.reduce((longest, model) => Math.max(longest, model.lookBack), 0);
  if (lookBack === 0) return test;
  const { rows } = lookBackWindows(test, lookBack, history);
  if (rows.length === test.features.rows) return test;
  if (rows.length > 0) return selectRows(test, rows);
  throw new InvalidInputError(
    'INSUFFICIENT_DATA',
    `test must have a row with ${lookBack} rows before it in its series; got none in ${test.features.rows}`,
  );
}

async function scoresOf(
  name: string,
  model: RowPredictor,
  test: Dataset,
  classes: readonly string[],
  history: Dataset | undefined,
): Promise<TestScores> {
  const probabilities = await predictRows(model, test, history);
  const k = model.classes.length;
  const unknown = model.classes.find((label) => !classes.includes(label));
  if (unknown !== undefined) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `classes of '${name}' must be among ${classes.join(', ')}; got '${unknown}'`,
    );
  }
  const bad = probabilities.findIndex((p) => !(p >= 0 && p <= 1 + ROUNDING));
  if (bad >= 0) {
    throw new MlperfError(
      'PREDICTION_FAILED',
      `'${name}' must answer probabilities from 0 to 1; got ${probabilities[bad]} for test row ${Math.floor(bad / k)}`,
    );
  }
  const losses = new CompensatedSum();
  let right = 0;
  test.targets.forEach((target, row) => {
    const label = classes[target]!;
    let best = 0;
    for (let c = 1; c < k; c++) if (probabilities[row * k + c]! > probabilities[row * k + best]!) best = c;
    if (model.classes[best] === label) right++;
    const own = model.classes.indexOf(label);
    losses.add(surprise(own < 0 ? 0 : probabilities[row * k + own]!));
  });
  return { name, accuracy: right / test.targets.length, logLoss: losses.value / test.targets.length };
}

function noSkillOf({ targets }: Dataset, classes: readonly string[]): TestScores {
  const counts = new Float64Array(classes.length);
  for (const target of targets) counts[target]!++;
  const shares = counts.map((count) => count / targets.length);
  const logLoss = shares.reduce((sum, share) => sum + (share > 0 ? share * surprise(share) : 0), 0);
  return { name: 'no-skill', accuracy: Math.max(...shares), logLoss };
}

function surprise(p: number): number {
  return -Math.log(Math.min(Math.max(p, Number.EPSILON), 1 - Number.EPSILON));
}

function requireSame(subject: string, names: readonly string[], expected: readonly string[]): void {
  if (names.length === expected.length && names.every((name, i) => name === expected[i])) return;
  throw new InvalidInputError(
    'INVALID_RECORD',
    `${subject} of the test rows must be those of the training rows, ${expected.join(', ')}; got ${names.join(', ')}`,
  );
}
