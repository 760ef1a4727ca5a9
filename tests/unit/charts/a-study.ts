import {
  boolean,
  categorical,
  defineSpace,
  float,
  int,
  type JsonObject,
  type StudyRecord,
  serializeSpace,
  type TrainingExperiment,
  when,
} from '@mlperf/core';

export const STARTED_AT = Date.UTC(2026, 2, 1, 9);

export const aStudy: StudyRecord = {
  studyId: 'hourly-direction',
  modelType: 'gradient-boosting',
  searchSpace: serializeSpace(
    defineSpace({
      booster: categorical(['tree', 'linear']),
      learningRate: float(1e-4, 1, { log: true }),
      maxDepth: when('booster', 'tree', int(2, 12)),
      early: boolean(),
    }),
  ),
  sampler: 'tpe',
  metric: 'accuracy',
  direction: 'maximize',
  seed: 'a-seed',
  dataVersion: 'data-1',
  parallelism: 4,
  createdAt: STARTED_AT,
};

export function anExperiment(trialNumber: number, changes: Partial<TrainingExperiment> = {}): TrainingExperiment {
  const booster = trialNumber % 3 === 2 ? 'linear' : 'tree';
  const hyperparameters: JsonObject = {
    booster,
    learningRate: 10 ** -(trialNumber % 5),
    ...(booster === 'tree' ? { maxDepth: 2 + (trialNumber % 11) } : {}),
    early: trialNumber % 2 === 0,
    fixed: 7,
  };
  return {
    experimentId: `hourly-direction/${String(trialNumber).padStart(6, '0')}`,
    studyId: 'hourly-direction',
    trialNumber,
    modelType: 'gradient-boosting',
    hyperparameters,
    cvScores: [],
    meanCvScore: 0.5 + ((trialNumber * 37) % 100) / 1_000,
    trainingTimeSeconds: 3,
    testMetrics: { holdout_accuracy: 0.51 },
    state: 'complete',
    createdAt: STARTED_AT + 2_000 * trialNumber,
    ...changes,
  };
}

/** A trial that ended early: what it has of a score are its reports. */
export function aPrunedExperiment(
  trialNumber: number,
  intermediateValues: Readonly<Record<string, number>>,
): TrainingExperiment {
  const { meanCvScore: _, ...rest } = anExperiment(trialNumber);
  return { ...rest, state: 'pruned', intermediateValues };
}

export function aFailedExperiment(trialNumber: number, notes = 'fold 2 of 5: SINGLE_CLASS'): TrainingExperiment {
  const { meanCvScore: _, ...rest } = anExperiment(trialNumber);
  return { ...rest, state: 'failed', notes };
}

/** Seven trials: five complete, one pruned, one failed. */
export const mixedExperiments: readonly TrainingExperiment[] = [
  anExperiment(0, { meanCvScore: 0.52, intermediateValues: { 0: 0.5, 1: 0.51, 2: 0.52 } }),
  anExperiment(1, { meanCvScore: 0.51 }),
  aPrunedExperiment(2, { 0: 0.47, 10: 0.49, 9: 0.48 }),
  anExperiment(3, { meanCvScore: 0.55, intermediateValues: { 0: 0.53, 1: 0.55 } }),
  aFailedExperiment(4),
  anExperiment(5, { meanCvScore: 0.53 }),
  anExperiment(6, { meanCvScore: 0.55 }),
];
