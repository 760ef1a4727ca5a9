import type { JsonObject } from '@mlperf/core';
import type { PreparedFold } from '../study/prepared-fold.ts';
import { decodeColumns, encodeColumns, requireColumn, requireFormat } from './column-file.ts';
import { noSkillPredictions } from './no-skill.ts';
import type { RowScoring } from './row-scoring.ts';

const FORMAT = 'mlperf-scored-rows/1';

/**
 * The rows that every trial of a study is scored on, in the order of the folds: entry e is row `row[e]` of the data set,
 * as the model of fold `fold[e]` answers it.
 */
export interface ScoredRows {
  readonly classes: readonly string[];
  /** What a row's score is. */
  readonly rowMetric: { readonly name: string; readonly substitute: boolean };
  /** The newest time of the data set, epoch milliseconds: how old results on it are. */
  readonly dataEndsAt: number;
  /** Index in the data set. */
  readonly row: Uint32Array;
  readonly fold: Uint32Array;
  /** How many earlier folds test the row: each path holds a row at most once. All 0 unless folds share test rows. */
  readonly path: Uint32Array;
  readonly timestamp: Float64Array;
  readonly labelEndsAt: Float64Array;
  /** Class index or value. */
  readonly target: Float64Array;
  /**
   * Row scores of the best answer without features; see {@link noSkillPredictions}. As float32, like those of trials: a
   * trial that answers the same does not differ.
   */
  readonly noSkill: Float32Array;
  /** Mean over the folds of the metric itself, of that answer; absent where it has no value. */
  readonly noSkillScore?: number;
}

/** What a metric says of the best answer without features, fold by fold. */
export type FoldScore = (
  yTrue: Float64Array,
  predictions: Float64Array,
  classes: readonly string[],
) => number | undefined;

/**
 * The rows of prepared folds.
 * @param original - The row of the data set that each searched row is; absent when all are searched.
 * @throws `TRAINING_FAILED` when the metric's row scores are no scores of rows.
 */
export function scoredRowsOf(
  folds: readonly PreparedFold[],
  dataEndsAt: number,
  scoring: RowScoring,
  foldScore: FoldScore,
  original?: Uint32Array,
): ScoredRows {
  const classes = folds[0]?.train.classes ?? [];
  const tests = folds.map(({ test }) => test.dataset);
  const row = Uint32Array.from(folds.flatMap(({ testRows }) => Array.from(testRows, (r) => original?.[r] ?? r)));
  const fold = Uint32Array.from(folds.flatMap(({ testRows }, f) => Array<number>(testRows.length).fill(f)));
  const target = joined(tests.map(({ targets }) => targets));
  const answers = noSkillPredictions(target, classes, scoring);
  const noSkillScore = meanOverFolds(folds, target, answers, classes, foldScore);
  return {
    classes,
    rowMetric: { name: scoring.name, substitute: scoring.substitute },
    dataEndsAt,
    row,
    fold,
    path: pathsOf(row),
    timestamp: joined(tests.map(({ timestamps }) => timestamps)),
    labelEndsAt: joined(tests.map(({ labelEndsAt }) => labelEndsAt)),
    target,
    noSkill: Float32Array.from(scoring.score(target, answers, classes)),
    ...(noSkillScore === undefined ? {} : { noSkillScore }),
  };
}

export function encodeScoredRows(rows: ScoredRows): Uint8Array {
  const { classes, rowMetric, dataEndsAt, noSkillScore, ...columns } = rows;
  const header: JsonObject = {
    format: FORMAT,
    classes,
    rowMetric: rowMetric.name,
    substitute: rowMetric.substitute,
    dataEndsAt,
    ...(noSkillScore === undefined ? {} : { noSkillScore }),
  };
  return encodeColumns({ header, columns });
}

/** @throws {@link StorageError} `ARTIFACT_CORRUPT`. */
export function decodeScoredRows(bytes: Uint8Array): ScoredRows {
  const file = decodeColumns(bytes);
  requireFormat(file, FORMAT);
  const { classes, rowMetric, substitute, dataEndsAt, noSkillScore } = file.header;
  return {
    classes: Array.isArray(classes) ? classes.map(String) : [],
    rowMetric: { name: String(rowMetric), substitute: substitute === true },
    dataEndsAt: Number(dataEndsAt),
    ...(typeof noSkillScore === 'number' ? { noSkillScore } : {}),
    row: requireColumn(file, 'row', Uint32Array),
    fold: requireColumn(file, 'fold', Uint32Array),
    path: requireColumn(file, 'path', Uint32Array),
    timestamp: requireColumn(file, 'timestamp', Float64Array),
    labelEndsAt: requireColumn(file, 'labelEndsAt', Float64Array),
    target: requireColumn(file, 'target', Float64Array),
    noSkill: requireColumn(file, 'noSkill', Float32Array),
  };
}

function meanOverFolds(
  folds: readonly PreparedFold[],
  target: Float64Array,
  answers: Float64Array,
  classes: readonly string[],
  foldScore: FoldScore,
): number | undefined {
  const columns = Math.max(1, classes.length);
  let at = 0;
  let sum = 0;
  for (const { testRows } of folds) {
    const end = at + testRows.length;
    const score = foldScore(target.slice(at, end), answers.slice(at * columns, end * columns), classes);
    if (score === undefined || !Number.isFinite(score)) return undefined;
    sum += score;
    at = end;
  }
  return sum / folds.length;
}

function pathsOf(row: Uint32Array): Uint32Array {
  const seen = new Map<number, number>();
  return row.map((index) => {
    const path = seen.get(index) ?? 0;
    seen.set(index, path + 1);
    return path;
  });
}

export function joined(pieces: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
