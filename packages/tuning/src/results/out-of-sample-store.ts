import { type Dataset, type OutOfSampleRefs, StorageError, type StorageStores } from '@mlperf/core';
import type { ScoringMetric } from '../scoring/scoring-metric.ts';
import type { PreparedFold } from '../study/prepared-fold.ts';
import { type RowScoring, rowScoringOf } from './row-scoring.ts';
import { decodeScoredRows, encodeScoredRows, joined, type ScoredRows, scoredRowsOf } from './scored-rows.ts';
import { decodeAnswers, encodeAnswers, type TrialAnswers } from './trial-answers.ts';

type Artifacts = Pick<StorageStores['artifacts'], 'get' | 'put'>;

/**
 * Stores what trials say of the rows that they were not trained on: one artifact per trial, and one for the rows that
 * all of them share. Safe to repeat and from several processes: equal content is one artifact.
 */
export class OutOfSampleStore {
  readonly rows: ScoredRows;
  readonly #artifacts: Artifacts;
  readonly #scoring: RowScoring;
  #stored: Promise<string> | undefined;

  /**
   * @param original - The row of the data set that each row of `data` is; absent when they are the same.
   * @throws `TRAINING_FAILED` when the metric's row scores are no scores of rows.
   */
  constructor(
    artifacts: Artifacts,
    data: Dataset,
    folds: readonly PreparedFold[],
    metric: ScoringMetric,
    original?: Uint32Array,
  ) {
    this.#artifacts = artifacts;
    this.#scoring = rowScoringOf(metric, data.classes === undefined ? 'regression' : 'classification');
    const dataEndsAt = data.timestamps.reduce((latest, at) => Math.max(latest, at), Number.NEGATIVE_INFINITY);
    this.rows = scoredRowsOf(
      folds,
      dataEndsAt,
      this.#scoring,
      (yTrue, predictions, classes) => scoreOrNone(metric, yTrue, predictions, classes),
      original,
    );
  }

  /**
   * Stores a trial's predictions and their row scores.
   * @param predictions - Per fold, in the order of the folds.
   * @returns where they are, for the trial's record.
   * @throws `TRAINING_FAILED` when the metric's row scores are no scores of rows; what the storage throws.
   */
  async store(predictions: readonly Float64Array[]): Promise<OutOfSampleRefs> {
    const all = joined(predictions);
    const { target, classes } = this.rows;
    const scores = Float32Array.from(this.#scoring.score(target, all, classes));
    const answers = encodeAnswers({ predictions: Float32Array.from(all), scores });
    this.#stored ??= this.#storeRows();
    const [{ sha256 }, rows] = await Promise.all([this.#artifacts.put(answers), this.#stored]);
    return { predictions: sha256, rows };
  }

  async #storeRows(): Promise<string> {
    try {
      return (await this.#artifacts.put(encodeScoredRows(this.rows))).sha256;
    } catch (error) {
      // The next trial tries again.
      this.#stored = undefined;
      throw error;
    }
  }
}

/** What the metric says, if it can: trials that it refuses fail by themselves, with the reason. */
function scoreOrNone(
  metric: ScoringMetric,
  ...answers: Parameters<ScoringMetric['score']>
): ReturnType<ScoringMetric['score']> {
  try {
    return metric.score(...answers);
  } catch {
    return undefined;
  }
}

/** @throws {@link StorageError} `ARTIFACT_CORRUPT` when the rows are not stored, or are none. */
export async function loadScoredRows(artifacts: Pick<Artifacts, 'get'>, refs: OutOfSampleRefs): Promise<ScoredRows> {
  return decodeScoredRows(await requireArtifact(artifacts, refs.rows));
}

/** @throws {@link StorageError} `ARTIFACT_CORRUPT` when the answers are not stored, or not of these rows. */
export async function loadAnswers(
  artifacts: Pick<Artifacts, 'get'>,
  refs: OutOfSampleRefs,
  rows: ScoredRows,
): Promise<TrialAnswers> {
  const answers = decodeAnswers(await requireArtifact(artifacts, refs.predictions));
  if (answers.scores.length === rows.row.length) return answers;
  throw new StorageError(
    'ARTIFACT_CORRUPT',
    `artifact ${refs.predictions} must score ${rows.row.length} rows; it scores ${answers.scores.length}`,
  );
}

async function requireArtifact(artifacts: Pick<Artifacts, 'get'>, sha256: string): Promise<Uint8Array> {
  const bytes = await artifacts.get(sha256);
  if (bytes !== undefined) return bytes;
  throw new StorageError('ARTIFACT_CORRUPT', `artifact ${sha256}, which a trial refers to, must be stored; it is not`);
}
