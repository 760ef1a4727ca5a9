import {
  ConflictError,
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
import type { WorkerPolicy } from '../claims/worker-policy.ts';
import type { Splitter } from '../cross-validation/splitter.ts';
import { type EvidenceSetting, evidenceSettings, StudyEvidence } from '../results/study-evidence.ts';
import type { Sampler } from '../samplers/sampler.ts';
import { learnedOnce } from '../warm-start/learned-once.ts';
import { observedBefore, type WarmStart, type WarmStartOptions, warmStartSettings } from '../warm-start/warm-start.ts';
import { FitSlots } from './fit-slots.ts';
import { longestLookBack } from './longest-look-back.ts';
import { type BegunTrial, OpenStudy } from './open-study.ts';
import { type DuplicatePolicy, requirePoint, requireSomePoint } from './point-proposer.ts';
import { runTrials } from './run-trials.ts';
import type { StopConditions } from './stop-conditions.ts';
import { requireCallbacks, type TrialCallback } from './study-callback.ts';
import { openStudy, type StudyContent, studyIdOf } from './study-identity.ts';
import type { StudyProgress } from './study-progress.ts';
import type { StudyResult } from './study-result.ts';
import { trainingWindows } from './training-windows.ts';
import type { Pruning } from './trial-judge.ts';
import { TrialRun, type TrialSetting } from './trial-run.ts';

/** How trials are run, whatever is searched. */
export interface StudySetting extends Omit<TrialSetting, 'signal' | 'folds' | 'windows' | 'slots' | 'trialDeadlineMs'> {
  readonly storage: Pick<StorageStores, 'studies' | 'trials' | 'artifacts'>;
  readonly splitter: Splitter;
  readonly baseParams: JsonObject;
  /** Says how far back the trials look. */
  readonly family: Pick<ModelFamily, 'lookBackOf'>;
  /** W, written into the study: trial n begins when all trials up to n − W have ended, and sees how they ended. */
  readonly parallelism: number;
  /** This process as one of those that may run the study. */
  readonly worker: WorkerPolicy;
  /** What the results are measured by. */
  readonly evidence: EvidenceSetting;
  /** Earlier studies to learn from. */
  readonly warmStart?: WarmStartOptions;
}

export interface StudyRequest<S extends SearchSpace> {
  readonly data: Dataset;
  readonly sampler: Sampler<S>;
  readonly plannedTrials: number;
  readonly studyId?: string;
  readonly duplicates?: DuplicatePolicy;
  readonly pruning?: Pruning;
  /** Points for the first trials, in order. */
  readonly enqueue?: readonly Readonly<Record<string, unknown>>[];
  readonly signal?: AbortSignal;
  readonly trialDeadlineMs?: number;
  /** The stored trials are known; nothing has run yet. */
  readonly onOpened: (progress: StudyProgress<S>, plannedTrials: number) => void;
  readonly stop?: StopConditions;
  /** Told of each trial that has ended and is stored. */
  readonly callbacks: readonly TrialCallback[];
}

/**
 * Runs a study to its end, or goes on with it: opens its row, takes over stored trials and runs the others.
 * @throws before anything is written for data that cannot be split; see {@link openStudy} and {@link runTrials}.
 */
export async function runStudy<S extends SearchSpace>(
  setting: StudySetting,
  request: StudyRequest<S>,
): Promise<StudyResult<S>> {
  const { storage, clock, metric, modelType, seed, parallelism, baseParams } = setting;
  const { data, sampler, signal, trialDeadlineMs, duplicates = 'reuse', pruning, enqueue = [], callbacks } = request;
  requireCallbacks(callbacks);
  const lookBack = longestLookBack(setting.family, baseParams, sampler.space);
  const evidence = new StudyEvidence(setting, data, lookBack);
  const { folds } = evidence;
  const windows = pruning?.by === 'window' ? trainingWindows(folds[0]!.train, lookBack) : undefined;
  const dataVersion = hashDataset(data);
  const content = studyContent(setting, request, dataVersion);
  const studyId = request.studyId ?? studyIdOf(content);
  for (const point of enqueue) requirePoint(sampler.space, point);
  requireSomePoint(sampler, seed);
  const warmStart = await learned(setting, studyId, sampler.space, evidence);
  const stored = withWarmStart(content, setting.warmStart, warmStart);
  const { fromTrial } = await openStudy(storage, studyId, stored, clock.now(), (before) => {
    const lookedBack = longestLookBack(setting.family, baseParams, before);
    if (lookedBack === lookBack) return;
    throw new ConflictError(
      `study '${studyId}' must score the same rows to go on; it looked back ${lookedBack} rows, and would ${lookBack}`,
    );
  });
  const study = await OpenStudy.load({
    storage,
    clock,
    identity: { studyId, modelType, metric, folds: folds.length },
    direction: metric.direction,
    sampler,
    seed,
    parallelism,
    baseParams,
    duplicates,
    enqueue,
    worker: setting.worker,
    spaceFrom: fromTrial,
    ...(warmStart === undefined ? {} : { before: observedBefore(warmStart) }),
    ...(pruning === undefined ? {} : { pruning }),
  });
  const plannedTrials = study.plannedOf(request.plannedTrials);
  request.onOpened(study.progress, plannedTrials);

  const shared = {
    ...setting,
    folds,
    windows,
    slots: new FitSlots(setting.runner.concurrency),
    ...(trialDeadlineMs === undefined ? {} : { trialDeadlineMs }),
  };
  const evaluate = async (trial: BegunTrial<S>, ends: AbortSignal): Promise<TrainingExperiment> => {
    const lost = study.lostTrial(trial);
    if (lost !== undefined) return lost;
    // A trial that waits for no other takes its slot in this very turn, before another one is claimed.
    const waiting = study.reused(trial, ends);
    const reused = waiting === undefined ? undefined : await waiting;
    if (reused !== undefined) return reused;
    const run = new TrialRun({ ...shared, signal: ends }, trial);
    const { outcome, answers } = await evidence.keep(await run.run());
    return evidence.rated(study.recordOf(trial, { startedAt: run.startedAt, outcome }, answers));
  };
  const untilRoom = () => shared.slots.untilFree();
  const loop = { study, plannedTrials, evaluate, untilRoom, signal, stop: request.stop, callbacks, clock };
  const stoppedBy = await runTrials(loop).finally(() => study.claims.close());
  const unscoredRows = folds.reduce((sum, fold) => sum + fold.unscoredRows, 0);
  return {
    ...study.progress.result(dataVersion),
    report: await evidence.conclude(studyId, study.progress.experiments, { signal, trialDeadlineMs }),
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    ...(unscoredRows === 0 ? {} : { unscoredRows }),
  };
}

function learned(
  { storage, warmStart, modelType, metric, baseParams }: StudySetting,
  studyId: string,
  space: SearchSpace,
  { dataEndsAt, scored, noSkillScore }: StudyEvidence,
): Promise<WarmStart> | undefined {
  if (warmStart === undefined) return undefined;
  const { name, direction } = metric;
  return learnedOnce(storage, warmStart, {
    studyId,
    modelType,
    metric: name,
    direction,
    space,
    baseParams,
    dataEndsAt,
    scored,
    noSkillScore,
  });
}

/** What was learned belongs to the study; its id, where none is given, follows from what is asked for alone. */
function withWarmStart(
  content: StudyContent,
  options: WarmStartOptions | undefined,
  learnedFrom: WarmStart | undefined,
): StudyContent {
  if (options === undefined) return content;
  return { ...content, settings: { ...content.settings, warmStart: warmStartSettings(options, learnedFrom) } };
}

function studyContent<S extends SearchSpace>(
  setting: StudySetting,
  { sampler, duplicates = 'reuse', pruning }: StudyRequest<S>,
  dataVersion: string,
): StudyContent {
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
        ...evidenceSettings(setting.evidence),
        ...(setting.warmStart === undefined ? {} : { warmStart: warmStartSettings(setting.warmStart) }),
        ...(duplicates === 'reuse' ? {} : { duplicates }),
        ...(pruning === undefined
          ? {}
          : { pruner: { name: pruning.pruner.name, by: pruning.by, ...pruning.pruner.settings } }),
      },
    },
    'study',
  );
}
