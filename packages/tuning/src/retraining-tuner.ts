import {
  type Clock,
  InterruptedError,
  type JsonObject,
  MlperfError,
  type ModelFamily,
  type SearchSpace,
  type StorageStores,
  type Tuner,
  type TuningRequest,
  type TuningResult,
} from '@mlperf/core';
import type { Splitter } from './cross-validation/splitter.ts';
import { HyperparameterTuner } from './hyperparameter-tuner.ts';
import { pointFrom } from './optimizer/point-from.ts';
import type { HoldoutOptions } from './results/holdout.ts';
import type { StudyReport } from './results/study-report.ts';
import { accuracyScoring } from './scoring/accuracy-scoring.ts';
import type { ScoringMetric } from './scoring/scoring-metric.ts';
import type { BayesianSamplerName } from './search-sampler.ts';
import type { FitRunner } from './study/family-runner.ts';

const DAY_MS = 86_400_000;

export interface RetrainingTunerOptions {
  /** Those whose hyperparameters may be searched. */
  readonly families: readonly ModelFamily[];
  readonly storage: Pick<StorageStores, 'studies' | 'trials' | 'artifacts'>;
  /** Where fits run; without it, one at a time in this thread, which then stands still. */
  readonly executor?: FitRunner;
  /** What to search of a family, by model type; default the family's own space. */
  readonly searchSpaces?: Readonly<Record<string, SearchSpace>>;
  /** Default {@link accuracyScoring}; regressions must be given their own. */
  readonly metric?: ScoringMetric;
  /** Default purged walk-forward. */
  readonly splitter?: Splitter;
  /** Default `auto`. */
  readonly sampler?: BayesianSamplerName;
  readonly holdout?: HoldoutOptions;
  /** After how much older data a result of an earlier study counts half; default 90 days. */
  readonly halfLifeMs?: number;
  readonly clock?: Clock;
}

/**
 * A search for hyperparameters as a retraining asks for it: the champion's point first, what earlier searches of the name
 * found as a start, within its trials and its time.
 *
 * @example
 * const tuner = retrainingTuner({ families: [randomForestFamily], storage, executor });
 * await RetrainingManager.open({ …, tuner });
 */
export function retrainingTuner(options: RetrainingTunerOptions): Tuner {
  return { tune: (request) => tune(options, request) };
}

async function tune(options: RetrainingTunerOptions, request: TuningRequest): Promise<TuningResult> {
  const { data, modelType, enqueue, seed, maxTrials, deadlineMs, signal } = request;
  if (signal.aborted) throw new InterruptedError('ABORTED', 'tuning was aborted', { cause: signal.reason });
  const family = options.families.find((one) => one.modelType === modelType);
  if (family === undefined) {
    const known = options.families.map((one) => one.modelType).join(', ') || 'none';
    throw new MlperfError(
      'UNKNOWN_MODEL_TYPE',
      `modelType must be one of the families given (${known}); got '${modelType}'`,
    );
  }
  const space = options.searchSpaces?.[modelType] ?? family.searchSpace;
  const [champion] = enqueue;
  const baseParams = outside(space, champion ?? {});
  const fallback = { ...family.defaults };
  // Of a champion outside of the space the search begins with what of it is inside; it is compared with all of it.
  const points = enqueue.map((given) => pointFrom(space, given, fallback)).filter((point) => point !== undefined);
  const studies = await usableStudies(options, request);
  const { halfLifeMs = 90 * DAY_MS } = options;
  const { metric, splitter, executor, holdout, clock, sampler } = options;
  const tuner = new HyperparameterTuner({
    ...{ family, searchSpace: space, baseParams, storage: options.storage, seed },
    ...(metric === undefined ? {} : { metric }),
    ...(splitter === undefined ? {} : { splitter }),
    ...(executor === undefined ? {} : { executor }),
    ...(holdout === undefined ? {} : { holdout }),
    ...(clock === undefined ? {} : { clock }),
    ...(studies.length === 0 ? {} : { warmStart: { studies, halfLifeMs } }),
    ...(champion === undefined ? {} : { incumbent: champion, enqueueIncumbent: false }),
  });
  const { report, studyId, completeTrials, best } = await tuner.bayesianOptimization(data, {
    ...{ nTrials: maxTrials, timeoutMs: deadlineMs, trialDeadlineMs: deadlineMs, signal },
    enqueue: points,
    ...(sampler === undefined ? {} : { sampler }),
  });
  if (best === undefined) {
    throw new MlperfError('TRAINING_FAILED', `study '${studyId}' must have a trial that is complete; it has none`);
  }
  return {
    hyperparameters: report.choice?.hyperparameters ?? best.experiment.hyperparameters,
    studyId,
    completeTrials,
    score: report.choice?.score ?? best.score,
    evidence: evidenceOf(report),
    suggestions: report.reasons,
  };
}

/** What of the champion's hyperparameters is not searched stays as it is. */
function outside(space: SearchSpace, hyperparameters: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(hyperparameters).filter(([name]) => !Object.hasOwn(space, name)));
}

/** Earlier studies that are still stored and of the same kind. */
async function usableStudies(
  { storage, metric = accuracyScoring }: RetrainingTunerOptions,
  { warmStartStudies = [], modelType }: TuningRequest,
): Promise<readonly string[]> {
  const stored = await Promise.all(warmStartStudies.map((studyId) => storage.studies.get(studyId)));
  return stored.flatMap((study) =>
    study?.modelType === modelType && study.metric === metric.name ? [study.studyId] : [],
  );
}

function evidenceOf({ suggest, against, referenceScore, trials, deflated, holdout }: StudyReport): JsonObject {
  return {
    ...{ suggest, against, tried: trials.tried },
    ...(referenceScore === undefined ? {} : { referenceScore }),
    ...(deflated === undefined ? {} : { deflatedConfidence: deflated.deflatedConfidence }),
    ...(holdout?.score === undefined ? {} : { holdoutScore: holdout.score }),
  };
}
