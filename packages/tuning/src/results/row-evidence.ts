import { setImmediate } from 'node:timers/promises';
import type { OutOfSampleRefs, StorageStores } from '@mlperf/core';
import { RowsByTime } from '../overfitting/rows-by-time.ts';
import type { CompleteTrial } from './chosen-trial.ts';
import { loadAnswers, loadScoredRows } from './out-of-sample-store.ts';
import type { ScoredRows } from './scored-rows.ts';

/** The trials of a study, row by row. */
export interface RowEvidence {
  readonly rows: ScoredRows;
  readonly against: 'incumbent' | 'no skill';
  readonly byTime: RowsByTime;
  /** Of the trials that have rows, ascending. */
  readonly trialNumbers: readonly number[];
  /** Per trial that has rows: its mean difference from the reference at each time. */
  readonly differences: readonly Float64Array[];
}

/**
 * Score differences of all trials that are scored on the same rows, those of the first trial that has any.
 * @param incumbent - Where the incumbent's answers are; absent: no skill is what trials are compared with.
 * @returns `undefined` when no trial has rows.
 * @throws `ARTIFACT_CORRUPT`.
 */
export async function rowEvidence(
  stores: Pick<StorageStores, 'artifacts'>,
  trials: readonly CompleteTrial[],
  incumbent: OutOfSampleRefs | undefined,
): Promise<RowEvidence | undefined> {
  const shared = trials.find(({ outOfSample }) => outOfSample !== undefined)?.outOfSample;
  if (shared === undefined) return undefined;
  const rows = await loadScoredRows(stores.artifacts, shared);
  const against = incumbent?.rows === shared.rows ? 'incumbent' : 'no skill';
  const reference =
    against === 'incumbent' ? (await loadAnswers(stores.artifacts, incumbent!, rows)).scores : rows.noSkill;
  const byTime = new RowsByTime(rows.timestamp);
  const trialNumbers: number[] = [];
  const differences: Float64Array[] = [];
  for (const { trialNumber, outOfSample } of trials) {
    if (outOfSample?.rows !== shared.rows) continue;
    const { scores } = await loadAnswers(stores.artifacts, outOfSample, rows);
    trialNumbers.push(trialNumber);
    differences.push(byTime.meanDifferences(scores, reference));
    // An embedded database answers without a turn of the event loop.
    await setImmediate();
  }
  return { rows, against, byTime, trialNumbers, differences };
}
