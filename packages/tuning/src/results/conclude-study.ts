import {
  canonicalJson,
  canonicalRecord,
  type Dataset,
  type JsonObject,
  type StorageStores,
  type StudyRecord,
  type TrainingExperiment,
} from '@mlperf/core';
import type { Fold } from '../cross-validation/splitter.ts';
import { type PreparedFold, prepareFolds } from '../study/prepared-fold.ts';
import { scoreOnce } from '../study/score-once.ts';
import type { TrialSetting } from '../study/trial-run.ts';
import { type CompleteTrial, chosenTrial, completeTrials } from './chosen-trial.ts';
import { type Companion, companionId, loadCompanion, saveCompanion } from './companion-records.ts';
import { holdoutSplitter } from './holdout.ts';
import { holdoutMetric } from './holdout-series.ts';
import { OutOfSampleStore } from './out-of-sample-store.ts';
import { incumbentOf, refitRuleOf, reportOn } from './read-study-report.ts';
import type { StudyReport } from './study-report.ts';

/** A study whose trials have ended, and how its models are fitted. */
export interface EndedStudy {
  readonly storage: Pick<StorageStores, 'studies' | 'trials' | 'artifacts'>;
  readonly study: StudyRecord;
  /** All that have ended, by number. */
  readonly trials: readonly TrainingExperiment[];
  /** The rows of the search, on which the incumbent is scored as every trial was. */
  readonly folds: readonly PreparedFold[];
  readonly answers: OutOfSampleStore;
  /** All rows, and which of them are held out; absent without a holdout. */
  readonly holdout?: { readonly data: Dataset; readonly fold: Fold; readonly lookBack: number };
  readonly setting: Omit<TrialSetting, 'signal' | 'slots' | 'folds'>;
  readonly signal: AbortSignal | undefined;
}

/**
 * What is due once the trials of a study have ended: the incumbent is scored on the rows of the trials, the choice is
 * refitted on the searched rows and scored on the holdout, once per study, and the report is made of what is stored.
 *
 * A companion that fails is not stored: it is tried again when the study goes on, and the report says why it is missing.
 * @throws `ABORTED`; an error that no other hyperparameters would cure; storage errors.
 */
export async function concludeStudy(ended: EndedStudy): Promise<StudyReport> {
  const { storage, study, trials } = ended;
  const complete = completeTrials(trials);
  const choice = chosenTrial(complete, study.direction, refitRuleOf(study));
  const failures: { incumbent?: string; holdout?: string } = {};
  if (choice !== undefined) {
    const incumbent = await scoreIncumbent(ended, complete);
    if (incumbent !== undefined) failures.incumbent = incumbent;
    const holdout = await lookAtHoldout(ended, choice);
    if (holdout !== undefined) failures.holdout = holdout;
  }
  return reportOn(storage, study, trials, failures);
}

/** @returns why it has no score; `undefined` when it has one, or there is no incumbent. */
async function scoreIncumbent(ended: EndedStudy, complete: readonly CompleteTrial[]): Promise<string | undefined> {
  const hyperparameters = incumbentParams(ended.study);
  if (hyperparameters === undefined) return undefined;
  if ((await incumbentOf(ended.storage, ended.study, complete)) !== undefined) return undefined;
  return scoreCompanion(ended, 'incumbent', hyperparameters, ended.folds, ended.answers);
}

/** @returns why there is no score; `undefined` when there is one, or nothing is held out. */
async function lookAtHoldout(ended: EndedStudy, choice: CompleteTrial): Promise<string | undefined> {
  const { storage, study, holdout, setting } = ended;
  if (holdout === undefined) return undefined;
  const looked = await loadCompanion(storage, study.studyId, 'holdout');
  const hyperparameters = incumbentParams(study);
  const reference =
    hyperparameters === undefined ? undefined : await loadCompanion(storage, study.studyId, 'holdout-ref');
  if (looked !== undefined && (hyperparameters === undefined || reference !== undefined)) return undefined;
  const folds = prepareFolds(holdout.data, holdoutSplitter(holdout.fold), holdout.lookBack);
  const answers = new OutOfSampleStore(storage.artifacts, holdout.data, folds, setting.metric);
  if (looked === undefined) {
    const failure = await scoreCompanion(ended, 'holdout', choice.hyperparameters, folds, answers);
    if (failure !== undefined) return failure;
  }
  if (hyperparameters === undefined) return undefined;
  return scoreCompanion(ended, 'holdout-ref', hyperparameters, folds, answers);
}

function incumbentParams({ settings }: StudyRecord): JsonObject | undefined {
  const incumbent = settings?.incumbent;
  return incumbent === undefined ? undefined : (JSON.parse(canonicalJson(incumbent)) as JsonObject);
}

async function scoreCompanion(
  { storage, study, setting, signal }: EndedStudy,
  companion: Companion,
  hyperparameters: JsonObject,
  folds: readonly PreparedFold[],
  answers: OutOfSampleStore,
): Promise<string | undefined> {
  const createdAt = setting.clock.now();
  const outcome = await scoreOnce({ ...setting, folds }, { hyperparameters }, signal);
  if (outcome.state !== 'complete') {
    const error = outcome.state === 'failed' ? outcome.error : 'it was pruned';
    return error instanceof Error ? error.message : String(error);
  }
  const { meanCvScore, ...result } = outcome.result;
  const held = companion !== 'incumbent';
  const record: TrainingExperiment = {
    experimentId: companionId(study.studyId, companion),
    modelType: study.modelType,
    hyperparameters,
    ...result,
    // One fold of the newest rows is no cross-validation: it must not be found as one.
    ...(held ? { cvScores: [] } : { meanCvScore }),
    testMetrics: held ? { [holdoutMetric(study.metric)]: meanCvScore } : {},
    state: 'complete',
    outOfSample: await answers.store(outcome.predictions),
    createdAt,
  };
  await saveCompanion(storage, canonicalRecord(record, `${companion} of study '${study.studyId}'`));
  return undefined;
}
