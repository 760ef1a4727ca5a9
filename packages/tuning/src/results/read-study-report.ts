import {
  canonicalJson,
  NotFoundError,
  type StorageStores,
  type StudyRecord,
  type TrainingExperiment,
} from '@mlperf/core';
import { storedTrials } from '../study/stored-trials.ts';
import { triedBefore } from '../warm-start/trials-before.ts';
import { type CompleteTrial, chosenTrial, completeTrials } from './chosen-trial.ts';
import { loadCompanion } from './companion-records.ts';
import { earlierLooks } from './earlier-looks.ts';
import { rowEvidence } from './row-evidence.ts';
import type { MissingTrial, RefitRule, ScoredTrial, StudyReport } from './study-report.ts';
import { verdictOf } from './verdict-of.ts';

export type ReportStores = Pick<StorageStores, 'studies' | 'trials' | 'artifacts'>;

/** Why what the report needs could not be scored just now; not stored, so that it is tried again. */
export interface ReportFailures {
  readonly incumbent?: string;
  readonly holdout?: string;
}

/**
 * What a study found and what that is worth, from storage alone: of a study of any process, finished or under way.
 *
 * @param stores - Of any adapter. @param studyId - As `StudyResult.studyId`.
 * @throws `NOT_FOUND`; `ARTIFACT_CORRUPT` when the rows of a trial are gone or damaged.
 * @remarks O(trials · rows) time, and eight bytes of memory for each trial and distinct time.
 * @example formatStudyReport(await readStudyReport(storage, studyId));
 */
export async function readStudyReport(stores: ReportStores, studyId: string): Promise<StudyReport> {
  const study = await stores.studies.get(studyId);
  if (study === undefined) throw new NotFoundError(`study '${studyId}' must be stored; it is not`);
  const stored = await storedTrials(stores, studyId);
  const trials = [...stored].sort(([a], [b]) => a - b).map(([, trial]) => trial);
  return reportOn(stores, study, trials, {});
}

/** The same, of trials that are known: all that have ended, by number. */
export async function reportOn(
  stores: ReportStores,
  study: StudyRecord,
  trials: readonly TrainingExperiment[],
  failures: ReportFailures,
): Promise<StudyReport> {
  const { studyId } = study;
  const complete = completeTrials(trials);
  const rule = refitRuleOf(study);
  const best = chosenTrial(complete, study.direction, 'best');
  const choice = chosenTrial(complete, study.direction, rule);
  const incumbent = await incumbentOf(stores, study, complete);
  const evidence = await rowEvidence(stores, complete, incumbent?.outOfSample);
  const withRows = new Set(evidence?.trialNumbers ?? []);
  const missing = trials.flatMap((trial) => missingTrial(trial, withRows));
  const count = (state: TrainingExperiment['state']) => trials.filter((trial) => trial.state === state).length;
  const holdout = await loadCompanion(stores, studyId, 'holdout');
  const holdoutReference = await loadCompanion(stores, studyId, 'holdout-ref');
  const verdict = await verdictOf({
    stores,
    study,
    tried: trials.length,
    triedBefore: triedBefore(study),
    complete,
    choice,
    evidence,
    incumbent: { wanted: study.settings?.incumbent !== undefined, record: incumbent, failure: failures.incumbent },
    holdout: {
      wanted: study.settings?.holdout !== undefined,
      record: holdout,
      reference: holdoutReference,
      earlierLooks: await earlierLooks(stores, study, holdout),
      failure: failures.holdout,
    },
  });
  const referenceScore = incumbent?.meanCvScore ?? evidence?.rows.noSkillScore;
  return {
    studyId,
    modelType: study.modelType,
    metric: study.metric,
    direction: study.direction,
    trials: {
      tried: trials.length,
      complete: count('complete'),
      pruned: count('pruned'),
      failed: count('failed'),
      missing: missing.length,
    },
    missing,
    ...(best === undefined ? {} : { best: scored(best) }),
    ...(choice === undefined ? {} : { choice: { ...scored(choice), rule } }),
    against: evidence?.against ?? (incumbent === undefined ? 'no skill' : 'incumbent'),
    ...(referenceScore === undefined ? {} : { referenceScore }),
    ...verdict,
  };
}

/** As the study was created with; it decides nothing that trials depend on. */
export function refitRuleOf({ settings }: Pick<StudyRecord, 'settings'>): RefitRule {
  return settings?.refit === 'one-standard-error' ? 'one-standard-error' : 'best';
}

/** The incumbent's own record; a trial that evaluated it serves as well. */
export async function incumbentOf(
  stores: Pick<StorageStores, 'trials'>,
  { studyId, settings }: Pick<StudyRecord, 'studyId' | 'settings'>,
  complete: readonly CompleteTrial[],
): Promise<TrainingExperiment | undefined> {
  const incumbent = settings?.incumbent;
  if (incumbent === undefined) return undefined;
  const wanted = canonicalJson(incumbent);
  const trial = complete.find(
    ({ hyperparameters, outOfSample }) => outOfSample !== undefined && canonicalJson(hyperparameters) === wanted,
  );
  return trial ?? loadCompanion(stores, studyId, 'incumbent');
}

function missingTrial(trial: TrainingExperiment, withRows: ReadonlySet<number>): readonly MissingTrial[] {
  const { trialNumber, state, notes } = trial;
  if (trialNumber === undefined || state === 'running' || withRows.has(trialNumber)) return [];
  const reason = notes ?? (state === 'complete' ? 'its answers are not stored' : state);
  return [{ trialNumber, state, reason }];
}

function scored({ trialNumber, hyperparameters, meanCvScore }: CompleteTrial): ScoredTrial {
  return { trialNumber, hyperparameters, score: meanCvScore };
}
