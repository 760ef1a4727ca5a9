import type {
  Clock,
  ListenerErrorHandler,
  ModelFamily,
  ModelSource,
  PredictionRecorder,
  PredictionStore,
} from '@mlperf/core';
import type { defaultPredictionId } from './prediction-request.ts';
import type { ShadowOptions } from './shadow-runner.ts';

export interface ModelPredictorOptions {
  /** A `ModelRegistry`. */
  readonly source: ModelSource;
  readonly modelName: string;
  /** Loads the versions of this name; given in code. */
  readonly families: readonly ModelFamily[];
  /** The features the host feeds, in order. A version trained on others is refused, and rows may come without names. */
  readonly featureNames?: readonly string[];
  /** Stores each prediction before it is returned; a `PerformanceMonitor` is one. */
  readonly recorder?: PredictionRecorder;
  /** What {@link ModelPredictor.getPredictionHistory} and `getConfidenceCalibration` read. */
  readonly predictions?: Pick<PredictionStore, 'list' | 'recentOutcomes'>;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** How old the reading of the slot may be when a prediction is asked for, milliseconds; default 1,000. */
  readonly refreshIntervalMs?: number;
  /** How long after its training a version may predict, milliseconds, > 0; default what its bundle says, or for ever. */
  readonly maxAgeMs?: number;
  /**
   * Whether a promoted version may take over now, such as `() => position === 0`: asked before each prediction while one
   * waits, and counted as no when it throws. A rollback, a suspension and the expiry of the served version wait for
   * nobody. Default: always.
   */
  readonly swapWhen?: () => boolean;
  /** How long `swapWhen` may hold a promoted version back, milliseconds, ≥ 0; default for ever. */
  readonly maxHoldMs?: number;
  /**
   * Runs a challenger on the same inputs: by default the version the slot names as shadow. Its answers are recorded with
   * role `shadow` and the same decision; `false` runs none. Needs a recorder.
   */
  readonly shadow?: ShadowOptions | false;
  /** The id of a prediction that comes without one; default {@link defaultPredictionId}. */
  readonly predictionId?: (modelName: string, symbol: string, predictedAt: number) => string;
  /** Default: a process warning. */
  readonly onListenerError?: ListenerErrorHandler;
}
