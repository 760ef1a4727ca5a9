import {
  canonicalJson,
  type Dataset,
  type JsonObject,
  MlperfError,
  type StoredModelVersion,
  type TuningResult,
} from '@mlperf/core';
import type { RunProgress } from '../run-progress.ts';

/** What tuning found, as it is stored with the retraining. */
export type TuningEvidence = {
  readonly studyId: string;
  readonly completeTrials: number;
  readonly score?: number;
  readonly evidence?: JsonObject;
  readonly suggestions?: readonly string[];
};

export interface TunedHyperparameters {
  readonly hyperparameters: JsonObject;
  /** Absent when nothing was tuned. */
  readonly evidence?: TuningEvidence;
}

/** Most earlier studies a search may begin with. */
const MOST_WARM_STARTS = 5;
/** Newest retrainings that are looked through for them. */
const MOST_HISTORY = 100;
/** Share of what is left of the deadline that tuning may take, when nothing else is said. */
const DEADLINE_SHARE = 0.5;

/**
 * The hyperparameters to train with: those given, or what the tuner finds on the training rows within `tuningTrials` and
 * `tuningDeadlineMs`. The champion's are tried first, those given next, and the studies of earlier retrainings of this
 * name are told to the tuner.
 */
export async function tuneHyperparameters(
  run: RunProgress,
  train: Dataset,
  champion: StoredModelVersion | undefined,
): Promise<TunedHyperparameters> {
  const { tuner, config, modelType, hyperparameters } = run.context;
  if (tuner === undefined) return { hyperparameters };
  const points = champion?.modelType === modelType ? [champion.hyperparameters, hyperparameters] : [hyperparameters];
  const enqueue = [...new Map(points.map((point) => [canonicalJson(point), point])).values()];
  const warmStartStudies = await earlierStudies(run);
  const found: TuningResult | undefined = await run.within('tuning', (signal, remainingMs) => {
    const deadlineMs = Math.min(config.tuningDeadlineMs ?? remainingMs * DEADLINE_SHARE, remainingMs);
    const seed = run.seedFor('tuning');
    const maxTrials = config.tuningTrials;
    return tuner.tune({ data: train, modelType, enqueue, warmStartStudies, seed, maxTrials, deadlineMs, signal });
  });
  // A tuner of the host may be JavaScript.
  if (typeof found?.hyperparameters !== 'object' || found.hyperparameters === null || !found.studyId) {
    const came = JSON.stringify(found)?.slice(0, 200);
    throw new MlperfError('TRAINING_FAILED', `the tuner must return hyperparameters and its study; got ${came}`);
  }
  const { studyId, completeTrials, score, evidence, suggestions } = found;
  return {
    hyperparameters: found.hyperparameters,
    evidence: {
      studyId,
      completeTrials,
      ...(score === undefined ? {} : { score }),
      ...(evidence === undefined ? {} : { evidence }),
      ...(suggestions === undefined ? {} : { suggestions: [...suggestions] }),
    },
  };
}

/** The studies of this name's retrainings, newest first. */
async function earlierStudies(run: RunProgress): Promise<readonly string[]> {
  const { storage, modelName } = run.context;
  const { items } = await storage.retrainings.history({ modelName }, { limit: MOST_HISTORY });
  const studies = items.flatMap(({ evidence }) => {
    const tuning = evidence?.tuning as Partial<TuningEvidence> | undefined;
    return typeof tuning?.studyId === 'string' ? [tuning.studyId] : [];
  });
  return [...new Set(studies)].slice(0, MOST_WARM_STARTS);
}
