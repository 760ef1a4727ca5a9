import { createHash } from 'node:crypto';
import {
  type ClassCalibrator,
  canonicalJson,
  canonicalRecord,
  InvalidInputError,
  type JsonObject,
  type ModelVersionDraft,
  requireModelVersionDraft,
  type TrainedModel,
} from '@mlperf/core';
import type { FeatureTypes } from '../bundle/feature-types.ts';
import { BUNDLE_FORMAT, BUNDLE_FORMAT_VERSION, encodeBundle } from '../bundle/model-bundle.ts';
import { trainingEnvironment } from '../bundle/training-environment.ts';
import { type ModelLineage, requireLineage } from './model-lineage.ts';
import { requireTrainedByNow } from './training-time.ts';

/** A trained model as data: what `Executor.fit` gives back, with the names it was trained on. */
export interface SerializedModel {
  readonly modelType: string;
  readonly classes: readonly string[];
  readonly featureNames: readonly string[];
  readonly lookBack: number;
  /** `TrainedModel.serialize()`. */
  readonly bytes: Uint8Array;
}

export interface RegisterModelRequest {
  /** 1 to 200 characters; data, never a path. */
  readonly modelName: string;
  readonly model: TrainedModel | SerializedModel;
  /** The return, ≥ 0, up to which a move counted as `flat` in the training labels; 0 for two classes. */
  readonly flatBand: number;
  /** What the values of its features are, by name; those not named are numbers. Serving refuses others. */
  readonly featureTypes?: FeatureTypes;
  /** What its probabilities are put through before they are served or judged; of the model's classes, in their order. */
  readonly calibration?: ClassCalibrator;
  /** Of each class, in (0, 1]; decides in serving and in the gate as `classDecider` says. */
  readonly thresholds?: Readonly<Record<string, number>>;
  /** How long after `trainedAt` it may predict, milliseconds, > 0; default for ever. */
  readonly maxAgeMs?: number;
  readonly hyperparameters: JsonObject;
  /** Out-of-sample figures; `accuracy` is the validated baseline a monitor may use as floor. */
  readonly trainingMetrics: Readonly<Record<string, number>>;
  /** `hashDataset` of the training data. */
  readonly dataVersion: string;
  /**
   * Anything else worth keeping. `trainedThrough` (epoch ms of the last label end trained on) tells a later gate which
   * rows this model has seen; without it `trainedAt` is taken. `flatBand` is added, for whoever judges outcomes.
   */
  readonly metadata?: JsonObject;
  /** Where it comes from, kept as `metadata.lineage`. The study and the parent make `ModelRegistry.getLineage`. */
  readonly lineage?: ModelLineage;
  /** Epoch milliseconds, at most a day after now; default now. */
  readonly trainedAt?: number;
  /**
   * Default: `mv-` and 32 hex digits of the SHA-256 of name, bundle, data version, hyperparameters, `trainedAt` and
   * metadata, so that the same registration again is the same version. `trainedAt` tells trainings apart: without one it
   * is the time of the call, and a repeated call is another version. Give it, or an id, to whatever may be repeated.
   */
  readonly versionId?: string;
  /** Default: this machine, see `trainingEnvironment`. */
  readonly environment?: JsonObject;
}

/** A version ready to be stored: its row and its one artifact. */
export interface PreparedVersion {
  readonly draft: ModelVersionDraft;
  readonly bundle: Uint8Array;
}

/**
 * Encodes the bundle and completes the draft; stores nothing.
 * @param now - Default of `trainedAt`, epoch milliseconds.
 * @throws {@link InvalidInputError} `INVALID_RECORD` (a regression, which cannot be served, too) | `MODEL_FORMAT` | `TOO_LARGE`, naming the field.
 */
export function prepareVersion(request: RegisterModelRequest, now: number): PreparedVersion {
  const { modelName, model, featureTypes, calibration, thresholds, maxAgeMs } = request;
  requireClassifier(model);
  requireTrainedByNow(request.trainedAt ?? now, now);
  const bundle = encodeBundle({
    header: {
      modelType: model.modelType,
      featureNames: model.featureNames,
      ...(featureTypes !== undefined && { featureTypes }),
      classes: model.classes,
      lookBack: model.lookBack,
      flatBand: request.flatBand,
      ...(calibration !== undefined && { calibration: calibration.toJSON() }),
      ...(thresholds !== undefined && { thresholds }),
      ...(maxAgeMs !== undefined && { maxAgeMs }),
      environment: request.environment ?? trainingEnvironment(),
    },
    model: 'bytes' in model ? model.bytes : model.serialize(),
  });
  const draft = {
    modelName,
    modelType: model.modelType,
    artifact: {
      sha256: createHash('sha256').update(bundle).digest('hex'),
      bytes: bundle.length,
      format: BUNDLE_FORMAT,
      formatVersion: BUNDLE_FORMAT_VERSION,
    },
    hyperparameters: request.hyperparameters,
    trainingMetrics: request.trainingMetrics,
    trainedAt: request.trainedAt ?? now,
    status: 'candidate' as const,
    dataVersion: request.dataVersion,
    featureNames: [...model.featureNames],
    metadata: { ...request.metadata, ...lineageMetadata(request.lineage), flatBand: request.flatBand },
  };
  const versionId = request.versionId ?? defaultVersionId(draft);
  return { draft: requireModelVersionDraft({ versionId, ...draft }), bundle };
}

function lineageMetadata(lineage: ModelLineage | undefined): JsonObject {
  return lineage === undefined ? {} : { lineage: { ...requireLineage(lineage) } };
}

/** A version is there to be served and judged by the direction it tells; a value has neither band nor confidence. */
function requireClassifier({ modelType, classes }: RegisterModelRequest['model']): void {
  if (classes.length > 0) return;
  throw new InvalidInputError(
    'INVALID_RECORD',
    `a model must have classes to be registered: predictions are served as directions with a confidence; got the regression '${modelType}'`,
  );
}

/** The id that follows from what is registered. */
export function defaultVersionId(draft: Omit<ModelVersionDraft, 'versionId'>): string {
  const identity = canonicalRecord(
    [draft.modelName, draft.artifact.sha256, draft.dataVersion, draft.hyperparameters, draft.trainedAt, draft.metadata],
    'model version',
  );
  return `mv-${createHash('sha256').update(canonicalJson(identity)).digest('hex').slice(0, 32)}`;
}
