import type {
  Clock,
  Dataset,
  Executor,
  JsonObject,
  PerformanceStorage,
  RetrainingConfig,
  RetrainingLogEntry,
  RetrainingTrigger,
  StoredModelVersion,
  Trainer,
  Tuner,
} from '@mlperf/core';
import type { ModelRegistry } from '../model-registry.ts';
import type { ChallengeVerdict } from './gate/challenge-evidence.ts';
import type { ShadowEvidence, ShadowProgress, ShadowWatch } from './gate/shadow-watch.ts';
import type { FallbackTakenEvent, RejectionReason } from './retraining-events.ts';

export interface GatherRequest {
  /** Aborts at the deadline, when the lease is lost, and when the manager closes. */
  readonly signal: AbortSignal;
  readonly trigger: RetrainingTrigger;
  /** Absent while nothing is served. */
  readonly champion: StoredModelVersion | undefined;
}

/** The host's data: rows up to now, or `undefined` while there are not enough. */
export type GatherData = (request: GatherRequest) => Promise<Dataset | undefined>;

/** What one retraining works with. */
export interface RunContext {
  readonly registry: ModelRegistry;
  readonly storage: PerformanceStorage;
  readonly executor: Executor;
  readonly modelName: string;
  readonly modelType: string;
  readonly hyperparameters: JsonObject;
  readonly trainer: Trainer | undefined;
  readonly tuner: Tuner | undefined;
  /** When the champion began to degrade, as far as anybody knows, epoch milliseconds. */
  readonly changedAt: (championVersionId: string | undefined) => number | undefined;
  readonly gather: GatherData;
  readonly config: RetrainingConfig;
  readonly flatBand: number | undefined;
  readonly seed: string;
  /** Stamps entries, versions and promotions. */
  readonly clock: Clock;
  /** Measures the deadline. */
  readonly deadlineClock: Clock;
  /** Aborts when the manager closes. */
  readonly closing: AbortSignal;
  /** Looks at challengers beside the champion. */
  readonly shadowWatch: ShadowWatch;
}

export type RunResult =
  | {
      readonly status: 'promoted';
      readonly entry: RetrainingLogEntry;
      readonly verdict: ChallengeVerdict;
      /** What was seen of it beside the champion. */
      readonly shadow?: ShadowEvidence;
    }
  | {
      readonly status: 'rejected';
      readonly entry: RetrainingLogEntry;
      readonly reason: RejectionReason;
      readonly verdict?: ChallengeVerdict;
      readonly shadow?: ShadowEvidence;
      /** What was done about a degraded champion. */
      readonly fallback?: FallbackTakenEvent;
    }
  | { readonly status: 'failed'; readonly entry: RetrainingLogEntry; readonly error: unknown }
  /** Not enough data yet, or in shadow: the entry stays in its stage, without a lease. */
  | { readonly status: 'waiting'; readonly entry: RetrainingLogEntry; readonly shadow?: ShadowProgress }
  /** Left as it is stored, for whoever takes it up: the lease was lost, or the manager closed. */
  | { readonly status: 'left'; readonly entry: RetrainingLogEntry; readonly error: unknown };
