/**
 * The tables, as Kysely sees them. Names are snake case; times are epoch milliseconds; flags are 0 or 1; a column
 * named `record` or typed as JSON text holds the canonical record, of which the other columns repeat what is queried
 * or constrained. SQL NULL is an absent property.
 */
export interface Database {
  readonly predictions: PredictionTable;
  readonly prediction_keys: PredictionKeyTable;
  readonly outcome_rollups: OutcomeRollupTable;
  readonly outcome_spans: OutcomeSpanTable;
  readonly performance_windows: PerformanceWindowTable;
  readonly monitor_states: MonitorStateTable;
  readonly drift_references: DriftReferenceTable;
  readonly studies: StudyTable;
  readonly training_experiments: TrainingExperimentTable;
  readonly experiment_metrics: ExperimentMetricTable;
  readonly trial_claims: TrialClaimTable;
  readonly queued_points: QueuedPointTable;
  readonly model_versions: ModelVersionTable;
  readonly barred_versions: BarredVersionTable;
  readonly model_slots: ModelSlotTable;
  readonly promotions: PromotionTable;
  readonly retraining_logs: RetrainingLogTable;
  readonly artifacts: ArtifactTable;
  readonly artifact_uploads: ArtifactUploadTable;
  readonly artifact_pieces: ArtifactPieceTable;
  readonly leases: LeaseTable;
  readonly outbox: OutboxTable;
  readonly outbox_cursors: OutboxCursorTable;
  readonly sequence_counters: SequenceCounterTable;
  readonly schema_migrations: SchemaMigrationTable;
}

export interface PredictionTable {
  readonly id: string;
  readonly decision_id: string;
  readonly role: string;
  readonly model_name: string | null;
  readonly model_version_id: string;
  readonly symbol: string;
  readonly predicted_at: number;
  readonly due_at: number | null;
  readonly direction: string;
  readonly confidence: number;
  /** JSON text. */
  readonly probabilities: string | null;
  readonly reference_price: number | null;
  readonly predicted_price: number | null;
  /** JSON text. */
  readonly features: string | null;
  readonly recorded_at: number;
  /** NULL until the outcome arrives; so are the columns below. */
  readonly sequence: number | null;
  readonly observed_at: number | null;
  readonly outcome_price: number | null;
  readonly outcome_direction: string | null;
  readonly correct: number | null;
  readonly market_return: number | null;
  readonly net_return: number | null;
  readonly outcome_recorded_at: number | null;
  readonly corrected_at: number | null;
}

/** Where `predictions` is cut by month: which month holds an id. Absent elsewhere. */
export interface PredictionKeyTable {
  readonly id: string;
  readonly predicted_at: number;
}

export interface OutcomeRollupTable {
  readonly model_version_id: string;
  /** Empty: predictions made without a model name. */
  readonly model_name: string;
  readonly segment: string;
  readonly role: string;
  readonly hour_start_at: number;
  readonly predictions_count: number;
  /** What `encodeAggregate` gives; in rows not changed since schema 3, JSON text of an `OutcomeAggregateState`. */
  readonly outcomes: string;
}

/** Sums of the hourly roll-ups over longer spans; see `SPAN_LEVELS`. */
export interface OutcomeSpanTable {
  readonly model_version_id: string;
  /** Empty: predictions made without a model name. */
  readonly model_name: string;
  readonly role: string;
  readonly level: number;
  readonly span_start_at: number;
  /** Empty at a level that covers all symbols. */
  readonly segment: string;
  readonly predictions_count: number;
  /** What `encodeAggregate` gives; in rows not changed since schema 3, JSON text of an `OutcomeAggregateState`. */
  readonly outcomes: string;
}

export interface PerformanceWindowTable {
  readonly model_version_id: string;
  /** Empty: the window covers the whole version. */
  readonly segment: string;
  readonly window_size: number;
  readonly last_sequence: number;
  readonly record: string;
}

export interface MonitorStateTable {
  readonly model_version_id: string;
  readonly sequence: number;
  readonly state: string;
  readonly updated_at: number;
}

export interface DriftReferenceTable {
  readonly model_version_id: string;
  readonly name: string;
  readonly reference: string;
  readonly created_at: number;
}

export interface StudyTable {
  readonly study_id: string;
  readonly model_type: string;
  readonly created_at: number;
  readonly record: string;
}

export interface TrainingExperimentTable {
  readonly experiment_id: string;
  readonly study_id: string | null;
  readonly trial_number: number | null;
  readonly model_type: string;
  readonly state: string;
  readonly created_at: number;
  readonly record: string;
}

/** The figures of complete experiments, one a row, so that the best by any metric is an index range. */
export interface ExperimentMetricTable {
  readonly experiment_id: string;
  readonly metric: string;
  readonly value: number;
  readonly model_type: string;
  readonly study_id: string | null;
  readonly created_at: number;
}

/** The last claim on each trial that was given to a worker; the row stays when the trial has ended. */
export interface TrialClaimTable {
  readonly study_id: string;
  readonly trial_number: number;
  readonly owner: string;
  readonly token: number;
  readonly losses: number;
  /** 0: released. */
  readonly expires_at: number;
  readonly ended: number;
}

export interface QueuedPointTable {
  readonly study_id: string;
  readonly trial_number: number;
  /** SHA-256 of `parameters`, hex. */
  readonly digest: string;
  /** Canonical JSON. */
  readonly parameters: string;
}

export interface ModelVersionTable {
  readonly version_id: string;
  readonly model_name: string;
  readonly version: number;
  readonly model_type: string;
  readonly status: string;
  readonly trained_at: number;
  readonly artifact_sha256: string;
  /** The draft as registered; the status in force is the column's. */
  readonly record: string;
  /** Tags and notes, JSON; NULL without any. */
  readonly annotations: string | null;
}

export interface BarredVersionTable {
  readonly version_id: string;
  readonly model_name: string;
  readonly reason: string;
  readonly at: number;
}

export interface ModelSlotTable {
  readonly model_name: string;
  readonly champion_version_id: string | null;
  readonly previous_version_id: string | null;
  readonly shadow_version_id: string | null;
  readonly pinned: number;
  readonly frozen_until: number | null;
  /** JSON; NULL without any. */
  readonly freeze_windows: string | null;
  readonly suspended: number;
  readonly probation_version_id: string | null;
  readonly probation_started_at: number | null;
  readonly probation_ends_at: number | null;
  readonly next_version: number;
}

export interface PromotionTable {
  readonly model_name: string;
  readonly sequence: number;
  readonly kind: string;
  readonly version_id: string;
  readonly previous_version_id: string | null;
  readonly at: number;
  readonly actor: string;
  readonly reason: string;
  readonly evidence: string | null;
}

export interface RetrainingLogTable {
  readonly retraining_id: string;
  readonly model_name: string;
  readonly stage: string;
  /** 1 once promoted, rejected or failed. */
  readonly finished: number;
  readonly requested_at: number;
  /** The entry as created: what a repeated `create` is compared with. */
  readonly created_record: string;
  readonly record: string;
}

export interface ArtifactTable {
  readonly sha256: string;
  readonly bytes: number;
  /** Empty for one whose bytes are elsewhere. */
  readonly content: Uint8Array;
  /** The last time it was put, epoch milliseconds. */
  readonly stored_at: number;
  /** Holds its bytes in pieces. */
  readonly upload: number | null;
  /** 1: its bytes are a file of the artifact directory. */
  readonly in_directory: number;
}

/** Pieces under way to an artifact, or those of one. */
export interface ArtifactUploadTable {
  readonly upload: number;
  readonly started_at: number;
  /** 1 once an artifact refers to it. */
  readonly finished: number;
}

export interface ArtifactPieceTable {
  readonly upload: number;
  readonly position: number;
  readonly content: Uint8Array;
}

/** A released lease keeps its row, with `expires_at` 0. */
export interface LeaseTable {
  readonly lease: string;
  readonly owner: string;
  readonly token: number;
  readonly expires_at: number;
}

export interface OutboxTable {
  readonly sequence: number;
  readonly model_name: string;
  readonly type: string;
  readonly payload: string;
  readonly at: number;
}

export interface OutboxCursorTable {
  readonly consumer: string;
  readonly sequence: number;
}

/** The last number given out under a name. */
export interface SequenceCounterTable {
  readonly name: string;
  readonly value: number;
}

export interface SchemaMigrationTable {
  readonly name: string;
  readonly schema_version: number;
  readonly applied_at: number;
}
