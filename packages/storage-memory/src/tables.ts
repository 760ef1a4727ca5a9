import type {
  ArtifactRef,
  BarredVersion,
  DriftReference,
  Lease,
  ModelSlot,
  ModelVersionDraft,
  MonitorStateRecord,
  OutboxEvent,
  OutcomeRollup,
  PromotionRecord,
  QueuedPoint,
  RecordedPrediction,
  RetrainingLogEntry,
  StoredModelVersion,
  StoredPerformanceWindow,
  StudyRecord,
  TrackedOutcome,
  TrainingExperiment,
  TrialClaim,
} from '@mlperf/core';
import { AppendOnlyLists } from './append-only-lists.ts';
import { Journal } from './journal.ts';
import { Table } from './table.ts';

export interface StoredArtifact extends ArtifactRef {
  readonly content: Uint8Array;
  /** The last time it was put, epoch milliseconds. */
  readonly storedAt: number;
}

/** A version, and the draft it was registered with: what a repeated registration is compared to. */
export interface VersionRow {
  readonly draft: ModelVersionDraft;
  readonly stored: StoredModelVersion;
}

/** An entry, and the form it was created in: what a repeated creation is compared to. */
export interface RetrainingRow {
  readonly created: RetrainingLogEntry;
  readonly entry: RetrainingLogEntry;
}

/** An outcome's place in arrival order. */
export interface OutcomePlace {
  readonly sequence: number;
  readonly predictionId: string;
}

/** Everything a memory storage holds. Rows are frozen. */
export class Tables {
  readonly journal = new Journal();

  readonly predictions = new Table<RecordedPrediction>(this.journal);
  readonly outcomes = new Table<TrackedOutcome>(this.journal);
  readonly predictionIdsByDecision = new AppendOnlyLists<string>(this.journal);
  /** By version and role, and by version, role and symbol: see `outcomeListKey`. */
  readonly outcomePlaces = new AppendOnlyLists<OutcomePlace>(this.journal);
  /** Under one key: predictions made before this may have been removed. */
  readonly removalHorizon = new Table<number>(this.journal);
  readonly lastOutcomeSequences = new Table<number>(this.journal);
  readonly rollups = new Table<OutcomeRollup>(this.journal);
  readonly rollupKeys = new AppendOnlyLists<string>(this.journal);

  readonly windows = new Table<StoredPerformanceWindow>(this.journal);
  readonly windowKeysByVersion = new AppendOnlyLists<string>(this.journal);
  readonly monitorStates = new Table<MonitorStateRecord>(this.journal);
  readonly references = new Table<DriftReference>(this.journal);

  readonly studies = new Table<StudyRecord>(this.journal);
  readonly experiments = new Table<TrainingExperiment>(this.journal);
  readonly experimentIdsByTrial = new Table<string>(this.journal);
  /** The last claim on each trial, ended or not: a trial that was given has a row for ever. */
  readonly trialClaims = new Table<TrialClaim>(this.journal);
  /** By study: the numbers of claimed trials that have not ended, rising. */
  readonly openTrials = new Table<readonly number[]>(this.journal);
  /** By study: the highest number that was given. */
  readonly lastClaimedTrials = new Table<number>(this.journal);
  readonly queuedPoints = new AppendOnlyLists<QueuedPoint>(this.journal);
  readonly queuedByContent = new Table<QueuedPoint>(this.journal);

  readonly versions = new Table<VersionRow>(this.journal);
  readonly versionIdsByNumber = new Table<string>(this.journal);
  readonly barred = new Table<BarredVersion>(this.journal);
  readonly slots = new Table<ModelSlot>(this.journal);
  readonly promotions = new AppendOnlyLists<PromotionRecord>(this.journal);
  readonly retrainings = new Table<RetrainingRow>(this.journal);
  readonly unfinishedRetrainings = new Table<string>(this.journal);

  readonly artifacts = new Table<StoredArtifact>(this.journal);
  /** A released lease keeps its row, expired, so that its token is never given again. */
  readonly leases = new Table<Lease>(this.journal);
  readonly outboxEvents = new AppendOnlyLists<OutboxEvent>(this.journal);
  /** Under one key: the newest event's sequence, whether it is still there or not. */
  readonly newestOutboxSequence = new Table<number>(this.journal);
  readonly outboxCursors = new Table<number>(this.journal);
}

/** One key made of several parts, told apart whatever they hold. */
export function keyOf(...parts: readonly (string | number | null)[]): string {
  return JSON.stringify(parts);
}
