import type { StorageStores, TrainingExperiment } from '@mlperf/core';
import { loadAnswers, loadScoredRows } from './out-of-sample-store.ts';
import type { ScoredRows } from './scored-rows.ts';
import type { TrialAnswers } from './trial-answers.ts';

/** A trial's answers, and the rows they belong to. */
export interface AnsweredRows extends TrialAnswers {
  readonly rows: ScoredRows;
}

/**
 * What a trial said of every row that it was not trained on, keyed by row, fold and path.
 *
 * @returns `undefined` for an experiment whose answers are not kept: a pruned or failed trial, a single run.
 * @throws `ARTIFACT_CORRUPT` when they are gone or damaged.
 * @example
 * const answered = await readTrialAnswers(storage, result.best!.experiment);
 * answered?.predictions; // rows × classes, in the order of answered.rows
 */
export async function readTrialAnswers(
  stores: Pick<StorageStores, 'artifacts'>,
  { outOfSample }: Pick<TrainingExperiment, 'outOfSample'>,
): Promise<AnsweredRows | undefined> {
  if (outOfSample === undefined) return undefined;
  const rows = await loadScoredRows(stores.artifacts, outOfSample);
  return { rows, ...(await loadAnswers(stores.artifacts, outOfSample, rows)) };
}
