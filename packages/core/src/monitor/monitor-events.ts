import type { MlperfError } from '../errors.ts';
import type { JudgedOutcome } from '../types/outcome.ts';
import type { StoredPerformanceWindow } from '../types/performance.ts';
import type { PredictionRole, RecordedPrediction } from '../types/prediction.ts';
import type { DegradationVerdict } from './degradation/degradation-verdict.ts';

/** A prediction is stored. Not repeated for one that was stored before. */
export interface PredictionRecordedEvent {
  /** Epoch milliseconds, by the monitor's clock; so in every event. */
  readonly at: number;
  readonly prediction: RecordedPrediction;
}

/** An outcome is stored with its prediction. Shadow and member predictions have theirs too; see `role`. */
export interface OutcomeTrackedEvent {
  readonly at: number;
  readonly modelVersionId: string;
  readonly modelName?: string;
  readonly predictionId: string;
  readonly decisionId: string;
  readonly symbol: string;
  readonly role: PredictionRole;
  readonly status: 'resolved' | 'corrected';
  readonly outcome: JudgedOutcome;
  /** Accuracy of the version's rolling window right after this outcome; absent for roles that live figures leave out. */
  readonly rollingAccuracy?: number;
}

/** As many live outcomes as a window holds have arrived since the last one, and the window is stored. */
export interface WindowCompletedEvent {
  readonly at: number;
  readonly window: StoredPerformanceWindow;
}

/** The degradation rule changed its mind about a version. */
export interface DegradationEvent {
  readonly at: number;
  readonly modelName?: string;
  readonly modelVersionId: string;
  /** Whether this is the version the monitor follows; late outcomes may condemn one that no longer serves. */
  readonly current: boolean;
  /** False when storage did not take the outcome within a second; the event is not repeated once it does. */
  readonly durable: boolean;
  /** The evidence, as it was right after the outcome that decided. */
  readonly verdict: DegradationVerdict;
}

/** Storage refused or failed; memory goes on, and what waits is tried again unless `fatal`. */
export interface StorageFailedEvent {
  readonly at: number;
  readonly error: MlperfError;
  /** Operations accepted and not yet durable. */
  readonly waiting: number;
  /** True when nothing more will be stored: the lease or the store is lost, and waiting calls are rejected. */
  readonly fatal: boolean;
}

/** What a `PerformanceMonitor` reports. State is committed first; events come in the order of the outcomes. */
export interface MonitorEvents {
  'prediction-recorded': PredictionRecordedEvent;
  'outcome-tracked': OutcomeTrackedEvent;
  'window-completed': WindowCompletedEvent;
  'model-degraded': DegradationEvent;
  'model-recovered': DegradationEvent;
  /** Once per outage, and once more if it turns fatal. */
  'storage-failed': StorageFailedEvent;
}
