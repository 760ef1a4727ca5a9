import { ConflictError } from '../errors.ts';
import type { OutOfSampleRefs, TrainingExperiment } from '../types/experiment.ts';
import { sameContent } from './canonical.ts';
import {
  type Checker,
  type FieldCheckers,
  listOf,
  mapOf,
  oneOf,
  optional,
  requireRecord,
  shape,
  subjectOf,
} from './checker.ts';
import { contentConflict, describeDifference } from './difference.ts';
import { jsonObject } from './json-object.ts';
import { finite, freeText, identifier, MAX_ENTRIES, notNegative, sha256, timestamp, whole } from './scalar-checkers.ts';

export const trialState: Checker = oneOf(['running', 'complete', 'pruned', 'failed']);

const figures: Checker = mapOf(finite, MAX_ENTRIES);

const outOfSampleFields: FieldCheckers<OutOfSampleRefs> = { predictions: sha256, rows: sha256 };

const fields: FieldCheckers<TrainingExperiment> = {
  experimentId: identifier,
  studyId: optional(identifier),
  trialNumber: optional(whole(0)),
  modelType: identifier,
  hyperparameters: jsonObject,
  cvScores: listOf(finite, MAX_ENTRIES),
  meanCvScore: optional(finite),
  stdCvScore: optional(notNegative),
  trainingTimeSeconds: notNegative,
  testMetrics: figures,
  featureImportance: optional(figures),
  state: trialState,
  intermediateValues: optional(figures),
  modelArtifact: optional(sha256),
  outOfSample: optional(shape(outOfSampleFields)),
  createdAt: timestamp,
  worker: optional(identifier),
  notes: optional(freeText),
};

const checker: Checker = shape(fields);

/** What a trial keeps from start to finish. */
const IDENTITY = ['studyId', 'trialNumber', 'modelType', 'hyperparameters', 'createdAt'] as const;

/** The canonical copy of an experiment. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireExperiment(record: TrainingExperiment): TrainingExperiment {
  return requireRecord(record, subjectOf('experiment', record, 'experimentId'), checker);
}

/**
 * What saving `next` over the stored experiment of that id does: nothing, or replace a running one by its finished
 * form, which has the same study, number, model type, hyperparameters and creation time.
 * @throws {@link ConflictError} `CONFLICT` otherwise.
 */
export function decideExperimentSave(stored: TrainingExperiment, next: TrainingExperiment): 'unchanged' | 'replace' {
  if (sameContent(stored, next)) return 'unchanged';
  if (stored.state !== 'running' || next.state === 'running') {
    throw contentConflict(`experiment '${stored.experimentId}', ${stored.state},`, stored, next);
  }
  for (const field of IDENTITY) {
    if (!sameContent([stored[field]], [next[field]])) {
      const difference = describeDifference({ [field]: stored[field] }, { [field]: next[field] });
      throw new ConflictError(`experiment '${stored.experimentId}' must stay what it was started as: ${difference}`);
    }
  }
  return 'replace';
}
