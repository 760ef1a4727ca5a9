import type {
  Executor,
  JsonObject,
  ModelFamily,
  PerformanceMonitoringConfig,
  PerformanceStorage,
  RetrainingConfig,
  StreamingDriftOptions,
  Trainer,
  Tuner,
} from '@mlperf/core';
import type { RetrainingSchedule } from '../schedule/cron-schedule.ts';
import type { RetrainingCheck } from '../triggers/host-trigger.ts';

/** What is compared by a replay: when to retrain, with what, and what a challenger must show. */
export interface ReplayPolicy {
  /** The family of the first model and of the challengers. */
  readonly modelType: string;
  readonly hyperparameters: JsonObject;
  /** Section `ml.retraining`. */
  readonly retraining?: Partial<RetrainingConfig>;
  /** Section `ml.performanceMonitoring`. */
  readonly monitoring?: Partial<PerformanceMonitoringConfig>;
  readonly triggers?: readonly RetrainingCheck[];
  /** Watches the features of the version that serves against the rows known when it first did; absent: nobody does. */
  readonly dataDrift?: StreamingDriftOptions;
  readonly schedules?: readonly { readonly schedule: RetrainingSchedule; readonly timezone?: string }[];
  readonly tuner?: Tuner;
  readonly trainer?: Trainer;
  /** Newest rows handed to each training; default all that are known by then. */
  readonly gatherRows?: number;
  /** How often the manager looks for something to do, milliseconds of the history; default 3,600,000, an hour. */
  readonly tickEveryMs?: number;
  /** The return up to which a move counted as `flat` in the labels; default 0. */
  readonly flatBand?: number;
  /** Fixes every fit and every bootstrap. */
  readonly seed: string;
}

/** Where a replay runs. */
export interface ReplaySetting {
  /** Holds nothing of the model name yet, such as `openMemoryStorage()`; on the machine's clock. Stays the caller's to close. */
  readonly storage: PerformanceStorage;
  /** Where models are trained and judged. */
  readonly executor: Executor;
  /** Loads the models that are served, in this thread. */
  readonly families: readonly ModelFamily[];
  /** Default `replay`. */
  readonly modelName?: string;
  /** The first model is trained on the rows whose labels are known when this many have come; whole, ≥ 20. */
  readonly warmUpRows: number;
  /** Ends the replay: `ABORTED`. */
  readonly signal?: AbortSignal;
  /** @param fraction - Share of the rows that have been replayed. */
  readonly onProgress?: (fraction: number) => void;
}
