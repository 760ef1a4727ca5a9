import type { OutcomeResolution, RecordedPrediction } from '@mlperf/core';

export function samplePrediction(id: string, changes: Partial<RecordedPrediction> = {}): RecordedPrediction {
  return {
    id,
    decisionId: id,
    role: 'live',
    modelVersionId: 'v1',
    symbol: 'BTC-USD',
    predictedAt: 1_704_067_200_000,
    direction: 'up',
    confidence: 0.6,
    recordedAt: 1_704_067_200_001,
    ...changes,
  };
}

export function sampleOutcome(predictionId: string): OutcomeResolution {
  return {
    predictionId,
    outcome: { observedAt: 1_704_070_800_000, direction: 'up', correct: true },
    recordedAt: 1_704_070_800_001,
  };
}
