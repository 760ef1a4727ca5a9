import type { OutcomeResolution } from '../../ports/prediction-store.ts';
import type { Outcome } from '../../types/outcome.ts';
import type { PerformanceWindow, StoredPerformanceWindow } from '../../types/performance.ts';
import type { RecordedPrediction } from '../../types/prediction.ts';
import type { DegradationVerdict } from '../degradation/degradation-verdict.ts';
import type { LedgerEntry } from './prediction-ledger.ts';
import type { VersionPosition, VersionSlot } from './version-slot.ts';

/** An outcome as the host handed it in. */
export interface ReportedOutcome {
  /** A prediction id, or else a decision id. */
  readonly key: string;
  readonly outcome: Outcome;
  readonly correct: boolean;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
}

/** One call of the host on its way to the store. Any part may be absent: without all, it only waits its turn. */
export interface Operation {
  readonly prediction?: RecordedPrediction;
  readonly outcome?: ReportedOutcome;
  /** Starts the figures of this version again. */
  readonly resetVersionId?: string;
  readonly done: PromiseWithResolvers<void>;
  /** True once the store contradicted memory: ids are then looked up before they are taken for new. */
  doubtful: boolean;
  /** Commits that failed for another reason than storage failure. */
  refusals: number;
  /** What it did to memory; absent before that. */
  effects?: OperationEffects;
}

export interface DegradationChange {
  readonly to: 'degraded' | 'recovered';
  readonly verdict: DegradationVerdict;
  /** True once its event is out, which storage failure may bring forward. */
  announced: boolean;
}

/** One prediction's outcome as an operation changed it. */
export interface OutcomeEffect {
  readonly entry: LedgerEntry;
  readonly slot: VersionSlot;
  readonly resolution: OutcomeResolution;
  readonly status: 'resolved' | 'corrected';
  readonly rollingAccuracy?: number;
  readonly completed?: PerformanceWindow;
  readonly change?: DegradationChange;
}

export interface OperationEffects {
  /** A prediction that is new. */
  readonly recorded?: RecordedPrediction;
  readonly outcomes: readonly OutcomeEffect[];
  readonly reset?: VersionSlot;
  /** Entries the operation rests on until it is durable. */
  readonly entries: readonly LedgerEntry[];
  /** Versions it has something to store for. */
  readonly touched: readonly VersionSlot[];
  /** Why it did nothing. */
  readonly refusal?: unknown;
}

/** What the store made of one batch. */
export interface BatchReceipt {
  readonly windows: ReadonlyMap<OutcomeEffect, StoredPerformanceWindow>;
  /** Sequence numbers to remember, by version. */
  readonly positions: ReadonlyMap<VersionSlot, VersionPosition>;
}
