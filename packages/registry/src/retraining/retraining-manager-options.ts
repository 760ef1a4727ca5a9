import type {
  Clock,
  Executor,
  JsonObject,
  ListenerErrorHandler,
  PerformanceStorage,
  RetrainingConfig,
} from '@mlperf/core';
import type { ModelRegistry } from '../model-registry.ts';
import type { Refusal } from './admission.ts';
import type { GatherData, RunResult } from './run-context.ts';
import type { DegradationSource } from './triggers/degradation-trigger.ts';

export interface RetrainingManagerOptions {
  readonly registry: ModelRegistry;
  /** The registry's. */
  readonly storage: PerformanceStorage;
  /** Where challengers are trained and judged; it must know the families of challenger and champion. */
  readonly executor: Executor;
  readonly modelName: string;
  /** The family of the challengers. */
  readonly modelType: string;
  readonly hyperparameters: JsonObject;
  /** The host's data up to now. The newest rows are held out for the comparison. */
  readonly gather: GatherData;
  /** Whose `model-degraded` starts a retraining. */
  readonly monitor?: DegradationSource;
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

/** Nothing was started. `in-progress`: here; `lease-held`: by another manager. */
export interface SkippedRetraining {
  readonly status: 'skipped';
  readonly reason: 'in-progress' | 'lease-held' | Refusal['reason'];
  /** When it may be asked for again, epoch milliseconds, if that is known. */
  readonly retryAt?: number;
}

export type RetrainingResult = RunResult | SkippedRetraining;
