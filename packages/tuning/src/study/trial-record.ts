import { canonicalRecord, type JsonObject, type OutOfSampleRefs, type TrainingExperiment } from '@mlperf/core';
import type { ScoringMetric } from '../scoring/scoring-metric.ts';
import { reasonText } from './reason-text.ts';
import type { TrialOutcome } from './trial-run.ts';

const MAX_NOTES_LENGTH = 1_000;

export interface TrialIdentity {
  readonly studyId: string;
  readonly modelType: string;
  readonly metric: Pick<ScoringMetric, 'name'>;
  /** Absent: a trial is evaluated in one piece. */
  readonly folds?: number;
}

/** Padded, so that ids of one study sort as its trial numbers do. */
export function trialExperimentId(studyId: string, trialNumber: number): string {
  return `${studyId}/${String(trialNumber).padStart(6, '0')}`;
}

/** Under which name a mean score is found across studies: only trials of one metric share it. */
export function crossValidatedMetric(metric: Pick<ScoringMetric, 'name'>): string {
  return `cv_${metric.name}`;
}

/** A trial that has ended. */
export interface FinishedTrial {
  readonly trialNumber: number;
  readonly hyperparameters: JsonObject;
  /** The process that ran it. */
  readonly worker: string;
  /** When its first fold started. */
  readonly startedAt: number;
  readonly outcome: TrialOutcome;
  /** What it reported to a pruner. */
  readonly intermediateValues?: Readonly<Record<string, number>>;
}

/**
 * A finished trial as it is stored.
 * @param outOfSample - Where its answers are stored; of a complete trial.
 */
export function trialRecord(
  identity: TrialIdentity,
  finished: FinishedTrial,
  outOfSample?: OutOfSampleRefs,
): TrainingExperiment {
  const { trialNumber, hyperparameters, worker, startedAt, outcome, intermediateValues } = finished;
  const shared = {
    experimentId: trialExperimentId(identity.studyId, trialNumber),
    studyId: identity.studyId,
    trialNumber,
    modelType: identity.modelType,
    hyperparameters,
    ...(intermediateValues === undefined ? {} : { intermediateValues }),
    createdAt: startedAt,
    worker,
  };
  return canonicalRecord<TrainingExperiment>(
    { ...shared, ...endOf(identity, outcome, outOfSample) },
    `trial ${trialNumber} of study '${identity.studyId}'`,
  );
}

type End = Pick<TrainingExperiment, 'state' | 'cvScores' | 'trainingTimeSeconds' | 'testMetrics'> &
  Partial<TrainingExperiment>;

function endOf(identity: TrialIdentity, outcome: TrialOutcome, outOfSample: OutOfSampleRefs | undefined): End {
  switch (outcome.state) {
    case 'complete':
      return {
        ...outcome.result,
        testMetrics: { [crossValidatedMetric(identity.metric)]: outcome.result.meanCvScore },
        ...(outOfSample === undefined ? {} : { outOfSample }),
        state: 'complete',
      };
    case 'pruned': {
      const { cvScores, trainingTimeSeconds } = outcome;
      return { cvScores, trainingTimeSeconds, testMetrics: {}, state: 'pruned' };
    }
    case 'failed':
      return {
        cvScores: [],
        trainingTimeSeconds: outcome.trainingTimeSeconds,
        testMetrics: {},
        state: 'failed',
        notes: failureNotes(outcome.error, outcome.fold, identity.folds),
      };
  }
}

function failureNotes(error: unknown, fold: number | undefined, folds: number | undefined): string {
  // A host's error may hold what no store takes; the reason must not be lost for that.
  const storable = reasonText(error).toWellFormed().replaceAll('\u0000', '\ufffd');
  const where = fold === undefined || folds === undefined ? '' : `fold ${fold + 1} of ${folds}: `;
  return `${where}${storable}`.slice(0, MAX_NOTES_LENGTH).toWellFormed();
}

/** The trial's hyperparameters: what is fixed and what was sampled. */
export function mergeHyperparameters<P extends object>(baseParams: JsonObject, point: P): JsonObject & P {
  return { ...baseParams, ...point };
}
