import {
  canonicalRecord,
  type Dataset,
  hashDataset,
  type JsonObject,
  type ModelFamily,
  type SearchSpace,
  type StorageStores,
  serializeSpace,
  type TrainingExperiment,
} from '@mlperf/core';
import type { Splitter } from '../cross-validation/splitter.ts';
import type { Sampler } from '../samplers/sampler.ts';
import { trialRandom } from '../samplers/trial-random.ts';
import { longestLookBack } from './longest-look-back.ts';
import { prepareFolds } from './prepared-fold.ts';
import { runTrials } from './run-trials.ts';
import { requireSameTrial, storedTrials } from './stored-trials.ts';
import { openStudy, type StudyContent, studyIdOf } from './study-identity.ts';
import { StudyProgress, type TypedTrial } from './study-progress.ts';
import type { StudyResult } from './study-result.ts';
import { mergeHyperparameters, trialRecord } from './trial-record.ts';
import type { TrialSetting } from './trial-run.ts';

/** How trials are run, whatever is searched. */
export interface StudySetting extends Omit<TrialSetting, 'signal' | 'folds' | 'trialDeadlineMs'> {
  readonly storage: Pick<StorageStores, 'studies' | 'trials'>;
  readonly splitter: Splitter;
  readonly baseParams: JsonObject;
  /** Says how far back the trials look. */
  readonly family: Pick<ModelFamily, 'lookBackOf'>;
  /** Written into the study; samplers that learn from results keep their distance by it. */
  readonly parallelism: number;
}

export interface StudyRequest<S extends SearchSpace> {
  readonly data: Dataset;
  readonly sampler: Sampler<S>;
  readonly plannedTrials: number;
  readonly studyId?: string;
  readonly signal?: AbortSignal;
  readonly trialDeadlineMs?: number;
  /** The stored trials are known; nothing has run yet. */
  readonly onOpened: (progress: StudyProgress<S>) => void;
  /** A trial has ended and is stored. */
  readonly onTrial: (experiment: TrainingExperiment, trialNumber: number, progress: StudyProgress<S>) => void;
}

/**
 * Runs a study to its end, or goes on with it: opens its row, takes over stored trials and runs the others.
 * @throws before anything is written for data that cannot be split; see {@link openStudy} and {@link runTrials}.
 */
export async function runStudy<S extends SearchSpace>(
  setting: StudySetting,
  request: StudyRequest<S>,
): Promise<StudyResult<S>> {
  const { storage, clock, metric, modelType } = setting;
  const { data, sampler, plannedTrials, signal, trialDeadlineMs } = request;
  const lookBack = longestLookBack(setting.family, setting.baseParams, sampler.space);
  const folds = prepareFolds(data, setting.splitter, lookBack);
  const dataVersion = hashDataset(data);
  const content = studyContent(setting, sampler, dataVersion);
  const studyId = request.studyId ?? studyIdOf(content);
  await openStudy(storage, studyId, content, clock.now());

  const suggested = (trialNumber: number) =>
    sampler.suggest({ trialNumber, history: [], running: [], random: trialRandom(setting.seed, trialNumber) });
  const progress = new StudyProgress<S>(studyId, metric.direction);
  const trialAt = (trialNumber: number): TypedTrial<S> => ({
    trialNumber,
    hyperparameters: mergeHyperparameters(setting.baseParams, suggested(trialNumber)),
  });
  for (const [trialNumber, experiment] of await storedTrials(storage, studyId)) {
    const trial = trialAt(trialNumber);
    requireSameTrial(experiment, trial.hyperparameters);
    progress.add(trial, experiment, true);
  }
  request.onOpened(progress);

  const pending = (function* () {
    for (let n = 0; n < plannedTrials; n++) if (!progress.has(n)) yield trialAt(n);
  })();
  const identity = { studyId, modelType, metric, folds: folds.length };
  const trialSetting = { ...setting, folds, signal, ...(trialDeadlineMs === undefined ? {} : { trialDeadlineMs }) };
  await runTrials(pending, trialSetting, async (finished) => {
    const experiment = trialRecord(identity, finished);
    await storage.trials.save(experiment);
    progress.add(finished.trial, experiment, false);
    request.onTrial(experiment, finished.trial.trialNumber, progress);
  });
  const unscoredRows = folds.reduce((sum, fold) => sum + fold.unscoredRows, 0);
  return { ...progress.result(dataVersion), ...(unscoredRows === 0 ? {} : { unscoredRows }) };
}

function studyContent(setting: StudySetting, sampler: Sampler, dataVersion: string): StudyContent {
  return canonicalRecord(
    {
      modelType: setting.modelType,
      searchSpace: serializeSpace(sampler.space),
      sampler: sampler.name,
      metric: setting.metric.name,
      direction: setting.metric.direction,
      seed: setting.seed,
      dataVersion,
      parallelism: setting.parallelism,
      settings: {
        sampler: sampler.settings,
        splitter: { name: setting.splitter.name, ...setting.splitter.settings },
        baseParams: setting.baseParams,
      },
    },
    'study',
  );
}
