import {
  canonicalRecord,
  type JsonObject,
  MlperfError,
  type OutOfSampleRefs,
  type TrainingExperiment,
} from '@mlperf/core';
import type { ScoringMetric } from '../scoring/scoring-metric.ts';
import type { FinishedTrial, PlannedTrial } from './run-trials.ts';

const MAX_NOTES_LENGTH = 1_000;

export interface TrialIdentity {
  readonly studyId: string;
  readonly modelType: string;
  readonly metric: ScoringMetric;
  readonly folds: number;
}

/** Padded, so that ids of one study sort as its trial numbers do. */
export function trialExperimentId(studyId: string, trialNumber: number): string {
  return `${studyId}/${String(trialNumber).padStart(6, '0')}`;
}

/** Under which name a mean score is found across studies: only trials of one metric share it. */
export function crossValidatedMetric(metric: ScoringMetric): string {
  return `cv_${metric.name}`;
}

/**
 * A finished trial as it is stored.
 * @param outOfSample - Where its answers are stored; of a complete trial.
 */
export function trialRecord(
  identity: TrialIdentity,
  finished: FinishedTrial<PlannedTrial>,
  outOfSample?: OutOfSampleRefs,
): TrainingExperiment {
  const { trial, startedAt, outcome } = finished;
  const shared = {
    experimentId: trialExperimentId(identity.studyId, trial.trialNumber),
    studyId: identity.studyId,
    trialNumber: trial.trialNumber,
    modelType: identity.modelType,
    hyperparameters: trial.hyperparameters,
    createdAt: startedAt,
  };
  const record: TrainingExperiment =
    outcome.state === 'complete'
      ? {
          ...shared,
          ...outcome.result,
          testMetrics: { [crossValidatedMetric(identity.metric)]: outcome.result.meanCvScore },
          ...(outOfSample === undefined ? {} : { outOfSample }),
          state: 'complete',
        }
      : {
          ...shared,
          cvScores: [],
          trainingTimeSeconds: outcome.trainingTimeSeconds,
          testMetrics: {},
          state: 'failed',
          notes: failureNotes(outcome.error, outcome.fold, identity.folds),
        };
  return canonicalRecord(record, `trial ${trial.trialNumber} of study '${identity.studyId}'`);
}

function failureNotes(error: unknown, fold: number, folds: number): string {
  const kind = MlperfError.is(error) ? error.code : error instanceof Error ? error.name : 'thrown';
  const message = error instanceof Error ? error.message : String(error);
  // A host's error may hold what no store takes; the reason must not be lost for that.
  const storable = message.toWellFormed().replaceAll('\u0000', '\ufffd');
  return `fold ${fold + 1} of ${folds}: ${kind}: ${storable}`.slice(0, MAX_NOTES_LENGTH).toWellFormed();
}

/** The trial's hyperparameters: what is fixed and what was sampled. */
export function mergeHyperparameters<P extends object>(baseParams: JsonObject, point: P): JsonObject & P {
  return { ...baseParams, ...point };
}
