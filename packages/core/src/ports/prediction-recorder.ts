import type { Prediction } from '../types/prediction.ts';

/** Where a predictor leaves what it predicted; a `PerformanceMonitor` is one. */
export interface PredictionRecorder {
  /** Resolves when the prediction is durable. */
  recordPrediction(prediction: Prediction): Promise<void>;
}
