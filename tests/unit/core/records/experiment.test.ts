import { decideExperimentSave, type TrainingExperiment } from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const running: TrainingExperiment = Object.freeze({
  experimentId: 'e',
  modelType: 'lstm',
  hyperparameters: { units: 32 },
  cvScores: [],
  trainingTimeSeconds: 0,
  testMetrics: {},
  state: 'running',
  createdAt: 1,
});
const complete: TrainingExperiment = Object.freeze({ ...running, state: 'complete', cvScores: [0.5] });

describe('decideExperimentSave', () => {
  it('lets a running experiment finish once, and the same be saved again', () => {
    expect(decideExperimentSave(running, running)).toBe('unchanged');
    expect(decideExperimentSave(running, complete)).toBe('replace');
    expect(decideExperimentSave(complete, complete)).toBe('unchanged');
  });

  it('refuses to change a finished one, naming state, field and both values', () => {
    expect(() => decideExperimentSave(complete, { ...complete, cvScores: [0.6] })).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message: "experiment 'e', complete, is stored with other content: cvScores[0] is 0.5; got 0.6",
      }),
    );
  });

  it('refuses to finish one as what it was not started as, naming field and both values', () => {
    expect(() => decideExperimentSave(running, { ...complete, hyperparameters: { units: 64 } })).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message: "experiment 'e' must stay what it was started as: hyperparameters.units is 32; got 64",
      }),
    );
  });
});
