import type { ArtifactDescriptor, BarredVersion, ModelStatus, ModelVersionDraft } from '../types/model.ts';
import {
  type Checker,
  type FieldCheckers,
  listOf,
  mapOf,
  oneOf,
  problem,
  refuseProblem,
  requireRecord,
  shape,
  subjectOf,
} from './checker.ts';
import { jsonObject } from './json-object.ts';
import { finite, identifier, MAX_ENTRIES, nonEmptyText, sha256, text, timestamp, whole } from './scalar-checkers.ts';

/** Longest model name, in UTF-16 code units. */
export const MAX_MODEL_NAME_LENGTH = 200;

const modelNameText: Checker = text(1, MAX_MODEL_NAME_LENGTH);

/** A name is data, never a path: `BTC/USDT` and `../x` are names like any other. Control characters are refused. */
export const modelName: Checker = (value) =>
  modelNameText(value) ??
  (/\p{Cc}/u.test(String(value)) ? problem('a name without control characters', value) : undefined);

export const modelStatus: Checker = oneOf(['training', 'candidate', 'active', 'degraded', 'archived', 'failed']);

const artifactFields: FieldCheckers<ArtifactDescriptor> = {
  sha256,
  bytes: whole(0),
  format: identifier,
  formatVersion: whole(0),
};

const draftFields: FieldCheckers<ModelVersionDraft> = {
  versionId: identifier,
  modelName,
  modelType: identifier,
  artifact: shape(artifactFields),
  hyperparameters: jsonObject,
  trainingMetrics: mapOf(finite, MAX_ENTRIES),
  trainedAt: timestamp,
  status: modelStatus,
  dataVersion: identifier,
  featureNames: listOf(identifier, MAX_ENTRIES),
  metadata: jsonObject,
};

const barredFields: FieldCheckers<BarredVersion> = {
  versionId: identifier,
  modelName,
  reason: nonEmptyText,
  at: timestamp,
};

const draft: Checker = shape(draftFields);
const barred: Checker = shape(barredFields);

/** The canonical copy of a version to register. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireModelVersionDraft(record: ModelVersionDraft): ModelVersionDraft {
  return requireRecord(record, subjectOf('model version', record, 'versionId'), draft);
}

/**
 * A name as every store takes it: 1 to {@link MAX_MODEL_NAME_LENGTH} characters, none of them a control character or a
 * lone surrogate.
 * @throws {@link InvalidInputError} `INVALID_RECORD`.
 * @example requireModelName('BTC-USD/1h/direction');
 */
export function requireModelName(name: string): string {
  refuseProblem(modelName(name), 'modelName', 'INVALID_RECORD');
  return name;
}

/** @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireModelStatus(status: ModelStatus): ModelStatus {
  refuseProblem(modelStatus(status), 'model status', 'INVALID_RECORD');
  return status;
}

/** The canonical copy of a bar on a version. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireBarredVersion(record: BarredVersion): BarredVersion {
  return requireRecord(record, subjectOf('barred version', record, 'versionId'), barred);
}
