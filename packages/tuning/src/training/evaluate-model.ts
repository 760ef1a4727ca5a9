import {
  type Dataset,
  InvalidInputError,
  lookBackWindows,
  MlperfError,
  predictRows,
  type RowPredictor,
  selectRows,
} from '@mlperf/core';
import { accuracyScoring } from '../scoring/accuracy-scoring.ts';
import { meanAbsoluteErrorScoring, rootMeanSquaredErrorScoring } from '../scoring/error-scoring.ts';
import { macroF1Scoring } from '../scoring/f1-scoring.ts';
import { logLossScoring } from '../scoring/log-loss-scoring.ts';
import type { ScoringMetric } from '../scoring/scoring-metric.ts';

/** What a trained model reaches on rows it was not trained on. */
export interface ModelEvaluation {
  /** By the metric asked for. */
  readonly score: number;
  /** By name: that metric, and those of its kind. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Rows scored. */
  readonly rows: number;
  /** Rows left out, because they have fewer rows before them in their series than the model looks back on. */
  readonly unscoredRows: number;
}

const CLASSIFICATION: readonly ScoringMetric[] = [accuracyScoring, macroF1Scoring, logLossScoring];
const REGRESSION: readonly ScoringMetric[] = [rootMeanSquaredErrorScoring, meanAbsoluteErrorScoring];

/**
 * Scores a trained model.
 *
 * @param data - Rows it was not trained on, with targets.
 * @param history - Rows of the same data set to look back on.
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when no row can be answered; `INVALID_TYPE` for a model of another
 * task, `INVALID_RECORD` for one with a class that the data does not have; `TRAINING_FAILED` when the metric has no value.
 */
export async function evaluateModel(
  model: RowPredictor,
  data: Dataset,
  metric: ScoringMetric,
  history?: Dataset,
): Promise<ModelEvaluation> {
  const classes = data.classes ?? [];
  if ((classes.length === 0) !== (model.classes.length === 0)) {
    const kind = (list: readonly string[]) => (list.length === 0 ? 'a regression' : 'a classification');
    throw new InvalidInputError('INVALID_TYPE', `the model is of ${kind(model.classes)}, the data of ${kind(classes)}`);
  }
  const { rows } = lookBackWindows(data, model.lookBack, history);
  if (rows.length === 0) {
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `data must have a row with ${model.lookBack} rows before it in its series; got none`,
    );
  }
  const total = data.timestamps.length;
  const scored = rows.length === total ? data : selectRows(data, rows);
  const answers = await predictRows(model, scored, history ?? data);
  const ordered = classes.length === 0 ? answers : inOrderOf(classes, model.classes, answers);
  const scoreOf = (by: ScoringMetric) => by.score(scored.targets, ordered, classes);
  const score = scoreOf(metric);
  if (score === undefined) throw new MlperfError('TRAINING_FAILED', `${metric.name} has no value on these rows`);
  const others = classes.length === 0 ? REGRESSION : CLASSIFICATION;
  const metrics = [...others, metric].flatMap((by) => {
    const value = scoreOf(by);
    return value === undefined ? [] : [[by.name, value] as const];
  });
  return { score, metrics: Object.fromEntries(metrics), rows: rows.length, unscoredRows: total - rows.length };
}

/** The columns in the data's order of classes; a class the model has never seen has probability 0. */
function inOrderOf(classes: readonly string[], known: readonly string[], answers: Float64Array): Float64Array {
  const columns = known.map((label) => classes.indexOf(label));
  const unknown = known.find((_, i) => columns[i] === -1);
  if (unknown !== undefined) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `model classes must be among ${classes.join(', ')}; got '${unknown}'`,
    );
  }
  const rows = answers.length / known.length;
  const ordered = new Float64Array(rows * classes.length);
  for (let row = 0; row < rows; row++) {
    columns.forEach((column, c) => {
      ordered[row * classes.length + column] = answers[row * known.length + c]!;
    });
  }
  return ordered;
}
