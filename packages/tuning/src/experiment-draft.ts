import {
  ConflictError,
  canonicalRecord,
  type JsonObject,
  NotFoundError,
  type StorageStores,
  sameContent,
  type TrainingExperiment,
} from '@mlperf/core';
import type { CrossValidationResult } from './study/cross-validation-result.ts';

/** A single evaluation to be stored beside the trials of studies. */
export interface ExperimentDraft {
  /** Idempotency key, chosen by the host. */
  readonly experimentId: string;
  readonly hyperparameters: JsonObject;
  /** What `crossValidate` returned for them. */
  readonly result: CrossValidationResult;
  /** Figures on a holdout, by metric name. */
  readonly testMetrics?: Readonly<Record<string, number>>;
  /** SHA-256 of the trained model, as `ModelTrainer.saveModel` gave it. */
  readonly modelArtifact?: string;
  readonly notes?: string;
}

/**
 * Stores the experiment; repeating the call changes nothing and returns what is stored.
 * @param stamp - What the tuner knows: the model type, the time, and the mean score under its metric's name.
 * @throws {@link ConflictError} `CONFLICT` when the id is stored with other content; {@link NotFoundError} for a model that
 * is not stored.
 */
export async function storeExperiment(
  stores: Pick<StorageStores, 'trials' | 'artifacts'>,
  draft: ExperimentDraft,
  stamp: { readonly modelType: string; readonly createdAt: number; readonly scoredAs: string },
): Promise<TrainingExperiment> {
  const { experimentId, hyperparameters, result, testMetrics, modelArtifact, notes } = draft;
  if (modelArtifact !== undefined && (await stores.artifacts.get(modelArtifact)) === undefined) {
    throw new NotFoundError(
      `the model ${modelArtifact} of experiment '${experimentId}' must be stored first; it is not`,
    );
  }
  const stored = await stores.trials.get(experimentId);
  const record = canonicalRecord<TrainingExperiment>(
    {
      experimentId,
      modelType: stamp.modelType,
      hyperparameters,
      ...result,
      testMetrics: { ...testMetrics, [stamp.scoredAs]: result.meanCvScore },
      state: 'complete',
      createdAt: stored?.createdAt ?? stamp.createdAt,
      ...(modelArtifact === undefined ? {} : { modelArtifact }),
      ...(notes === undefined ? {} : { notes }),
    },
    `experiment '${experimentId}'`,
  );
  if (stored !== undefined && !sameContent(stored, record)) {
    throw new ConflictError(`experiment '${experimentId}' is stored with other content; give the new one its own id`);
  }
  await stores.trials.save(record);
  return record;
}
