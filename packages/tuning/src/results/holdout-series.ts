import { canonicalJson, type StorageStores, type StudyRecord, type TrainingExperiment } from '@mlperf/core';
import { RowsByTime } from '../overfitting/rows-by-time.ts';
import type { CompleteTrial } from './chosen-trial.ts';
import { loadAnswers, loadScoredRows } from './out-of-sample-store.ts';
import type { HoldoutFinding } from './study-report.ts';

export interface HoldoutRecords {
  /** What was stored when the holdout was looked at. */
  readonly record: TrainingExperiment | undefined;
  /** The incumbent on the same rows. */
  readonly reference: TrainingExperiment | undefined;
}

/** The one look at the holdout. */
export interface HoldoutSeries {
  readonly finding: HoldoutFinding;
  /** Whether it was the choice of now that was looked at. */
  readonly spentOnChoice: boolean;
  /** Per time, against the incumbent or no skill; absent when the incumbent has no score there. */
  readonly differences?: Float64Array;
}

/** Under which name a score on the holdout is stored. */
export function holdoutMetric(metric: string): string {
  return `holdout_${metric}`;
}

/** @returns `undefined` while nothing was looked at. @throws `ARTIFACT_CORRUPT`. */
export async function holdoutSeries(
  basis: {
    readonly stores: Pick<StorageStores, 'artifacts'>;
    readonly study: StudyRecord;
    readonly incumbent: { readonly wanted: boolean };
    readonly holdout: HoldoutRecords;
  },
  choice: CompleteTrial,
  complete: readonly CompleteTrial[],
): Promise<HoldoutSeries | undefined> {
  const { stores, study, incumbent } = basis;
  const { record, reference } = basis.holdout;
  if (record?.outOfSample === undefined) return undefined;
  const name = holdoutMetric(study.metric);
  const rows = await loadScoredRows(stores.artifacts, record.outOfSample);
  const { scores } = await loadAnswers(stores.artifacts, record.outOfSample, rows);
  const score = record.testMetrics[name];
  const incumbentScore = reference?.testMetrics[name];
  const looked = canonicalJson(record.hyperparameters);
  const spentOn = (trial: CompleteTrial) => canonicalJson(trial.hyperparameters) === looked;
  const trialNumber = (spentOn(choice) ? choice : complete.find(spentOn))?.trialNumber;
  const finding: HoldoutFinding = {
    ...(trialNumber === undefined ? {} : { trialNumber }),
    rows: rows.row.length,
    ...(score === undefined ? {} : { score }),
    ...(incumbentScore === undefined ? {} : { incumbentScore }),
  };
  const spentOnChoice = spentOn(choice);
  const byTime = new RowsByTime(rows.timestamp);
  if (!incumbent.wanted) {
    return { finding, spentOnChoice, differences: byTime.meanDifferences(scores, rows.noSkill) };
  }
  if (reference?.outOfSample?.rows !== record.outOfSample.rows) return { finding, spentOnChoice };
  const held = await loadAnswers(stores.artifacts, reference.outOfSample, rows);
  return { finding, spentOnChoice, differences: byTime.meanDifferences(scores, held.scores) };
}
