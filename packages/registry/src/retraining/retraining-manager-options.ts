import type {
  Clock,
  Executor,
  JsonObject,
  ListenerErrorHandler,
  PerformanceStorage,
  RetrainingConfig,
  Trainer,
  Tuner,
} from '@mlperf/core';
import type { ModelRegistry } from '../model-registry.ts';
import type { Refusal } from './admission.ts';
import type { OpenCircuit } from './circuit.ts';
import type { GatherData, RunResult } from './run-context.ts';
import type { DriftSource } from './triggers/drift-trigger.ts';
import type { RetrainingCheck } from './triggers/host-trigger.ts';
import type { MonitorSource } from './triggers/trigger-board.ts';

export interface RetrainingManagerOptions {
  readonly registry: ModelRegistry;
  /** The registry's. */
  readonly storage: PerformanceStorage;
  /** Where challengers are trained and judged; it must know the families of challenger and champion. */
  readonly executor: Executor;
  readonly modelName: string;
  /** The family of the challengers. */
  readonly modelType: string;
  /** Trained with, or where the tuner starts. */
  readonly hyperparameters: JsonObject;
  /** Trains challengers; default: one fit of the executor. */
  readonly trainer?: Trainer;
  /** Searches hyperparameters before every training; without one, `hyperparameters` are trained with. */
  readonly tuner?: Tuner;
  /** The host's data up to now. The newest rows are held out for the comparison. */
  readonly gather: GatherData;
  /** Whose `model-degraded` starts a retraining, and whose calibration is compared with the validated one. */
  readonly monitor?: MonitorSource;
  /** Whose `drift-detected` starts a retraining; see {@link RetrainingManager.watchDrift} for later ones. */
  readonly drift?: DriftSource;
  /** The host's own reasons to retrain, asked at every check in this order. */
  readonly triggers?: readonly RetrainingCheck[];
  readonly config?: Partial<RetrainingConfig>;
  /** The return up to which a move counted as `flat` in the labels; default the champion's. Needed while there is none. */
  readonly flatBand?: number;
  /** Stamps entries and versions, and times age, cooldown and back-off; default the storage's clock. */
  readonly clock?: Clock;
  /** Measures `config.deadlineMs`; default the machine's clock, whatever `clock` is. */
  readonly deadlineClock?: Clock;
  /** Fixes every fit and every bootstrap, with the retraining's id. */
  readonly seed: string;
  /** Time to live of the lease, on the storage's clock, milliseconds; default 30,000. Longer than any block of the loop. */
  readonly leaseTtlMs?: number;
  /** How often `RetrainingManager.tick` runs by itself, on `clock`; default 60,000. `false`: the host calls it. */
  readonly checkEveryMs?: number | false;
  /** Default: a process warning. */
  readonly onListenerError?: ListenerErrorHandler;
}

/**
 * Nothing was started. `in-progress`: here; `lease-held`: by another manager; `error-budget`: the wrong promotions of the
 * year are spoken for.
 */
export interface SkippedRetraining {
  readonly status: 'skipped';
  readonly reason: 'in-progress' | 'lease-held' | 'error-budget' | Refusal['reason'];
  /** When it may be asked for again, epoch milliseconds, if that is known. */
  readonly retryAt?: number;
  /** Why nothing starts by itself, of `circuit-open`. */
  readonly circuit?: OpenCircuit;
}

export type RetrainingResult = RunResult | SkippedRetraining;
