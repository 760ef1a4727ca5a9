import type { SqlDialect } from '../sql-dialect.ts';
import type { SqlMigration } from './sql-migration.ts';

export const initialSchema: SqlMigration = {
  name: '0001-initial-schema',
  schemaVersion: 1,
  statements: (dialect) => [
    ...predictions(dialect),
    ...monitoring(dialect),
    ...tuning(dialect),
    ...registry(dialect),
    ...coordination(dialect),
  ],
};

function predictions({
  columnTypes: { text, integer, real },
  tableOptions,
  partitioned,
}: SqlDialect): readonly string[] {
  return [
    `create table predictions (
      id ${text} not null${partitioned ? '' : ' primary key'},
      decision_id ${text} not null,
      role ${text} not null,
      model_name ${text},
      model_version_id ${text} not null,
      symbol ${text} not null,
      predicted_at ${integer} not null,
      due_at ${integer},
      direction ${text} not null,
      confidence ${real} not null,
      probabilities ${text},
      reference_price ${real},
      predicted_price ${real},
      features ${text},
      recorded_at ${integer} not null,
      sequence ${integer},
      observed_at ${integer},
      outcome_price ${real},
      outcome_direction ${text},
      correct ${integer},
      market_return ${real},
      net_return ${real},
      outcome_recorded_at ${integer},
      corrected_at ${integer}${partitioned ? ', primary key (id, predicted_at)' : ''}
    )${tableOptions}${partitioned ? ' partition by range (predicted_at)' : ''}`,
    ...(partitioned ? monthsOfPredictions({ text, integer }) : []),
    // Most predictions are decisions of their own, found by the primary key: they take no room in this one.
    'create index predictions_by_decision on predictions (decision_id) where decision_id <> id',
    'create index predictions_by_time on predictions (predicted_at)',
    'create index predictions_by_version_time on predictions (model_version_id, predicted_at)',
    'create index predictions_by_name_time on predictions (model_name, predicted_at) where model_name is not null',
    'create index predictions_by_symbol_time on predictions (symbol, predicted_at)',
    'create index predictions_open on predictions (model_version_id, predicted_at) where sequence is null',
    // A unique index of a partitioned table must hold what it is cut by: there the counters alone keep it unique.
    `create ${partitioned ? '' : 'unique '}index predictions_by_sequence on predictions (model_version_id, role, sequence)
      where sequence is not null`,
    `create index predictions_by_symbol_sequence on predictions (model_version_id, role, symbol, sequence)
      where sequence is not null`,
  ];
}

/** Beside the months, which come and go: what belongs to none of them, and the ids of all. */
function monthsOfPredictions({
  text,
  integer,
}: {
  readonly text: string;
  readonly integer: string;
}): readonly string[] {
  return [
    'create table predictions_default partition of predictions default',
    `create table prediction_keys (
      id ${text} not null primary key,
      predicted_at ${integer} not null
    )`,
    // Rows come nearly in the order of time: block ranges suffice to find a month's, and cost next to nothing.
    'create index prediction_keys_by_time on prediction_keys using brin (predicted_at) with (pages_per_range = 16)',
  ];
}

function monitoring({ columnTypes: { text, integer }, tableOptions }: SqlDialect): readonly string[] {
  return [
    `create table outcome_rollups (
      model_version_id ${text} not null,
      model_name ${text} not null,
      segment ${text} not null,
      role ${text} not null,
      hour_start_at ${integer} not null,
      predictions_count ${integer} not null,
      outcomes ${text} not null,
      primary key (model_version_id, role, hour_start_at, segment, model_name)
    )${tableOptions}`,
    `create index outcome_rollups_by_segment on outcome_rollups (model_version_id, role, segment, hour_start_at)`,
    `create index outcome_rollups_by_name on outcome_rollups (model_name, role, hour_start_at)`,
    `create index outcome_rollups_by_name_segment on outcome_rollups (model_name, role, segment, hour_start_at)`,
    `create table performance_windows (
      model_version_id ${text} not null,
      segment ${text} not null,
      window_size ${integer} not null,
      last_sequence ${integer} not null,
      record ${text} not null,
      primary key (model_version_id, segment, window_size, last_sequence)
    )${tableOptions}`,
    `create index performance_windows_by_sequence
      on performance_windows (model_version_id, segment, last_sequence desc, window_size)`,
    `create table monitor_states (
      model_version_id ${text} not null primary key,
      sequence ${integer} not null,
      state ${text} not null,
      updated_at ${integer} not null
    )${tableOptions}`,
    `create table drift_references (
      model_version_id ${text} not null,
      name ${text} not null,
      reference ${text} not null,
      created_at ${integer} not null,
      primary key (model_version_id, name)
    )${tableOptions}`,
  ];
}

function tuning({ columnTypes: { text, integer, real }, tableOptions }: SqlDialect): readonly string[] {
  return [
    `create table studies (
      study_id ${text} not null primary key,
      model_type ${text} not null,
      created_at ${integer} not null,
      record ${text} not null
    )${tableOptions}`,
    'create index studies_by_time on studies (created_at, study_id)',
    'create index studies_by_type on studies (model_type, created_at, study_id)',
    `create table training_experiments (
      experiment_id ${text} not null primary key,
      study_id ${text},
      trial_number ${integer},
      model_type ${text} not null,
      state ${text} not null,
      created_at ${integer} not null,
      record ${text} not null,
      unique (study_id, trial_number)
    )${tableOptions}`,
    'create index training_experiments_by_time on training_experiments (created_at, experiment_id)',
    'create index training_experiments_by_study on training_experiments (study_id, created_at, experiment_id)',
    'create index training_experiments_by_type on training_experiments (model_type, created_at, experiment_id)',
    'create index training_experiments_by_state on training_experiments (state, created_at, experiment_id)',
    `create table experiment_metrics (
      experiment_id ${text} not null references training_experiments (experiment_id) on delete cascade,
      metric ${text} not null,
      value ${real} not null,
      model_type ${text} not null,
      study_id ${text},
      created_at ${integer} not null,
      primary key (experiment_id, metric)
    )${tableOptions}`,
    'create index experiment_metrics_by_value on experiment_metrics (metric, value)',
    'create index experiment_metrics_by_type on experiment_metrics (metric, model_type, value)',
    'create index experiment_metrics_by_study on experiment_metrics (metric, study_id, value)',
  ];
}

function registry({ columnTypes: { text, integer, bytes }, tableOptions }: SqlDialect): readonly string[] {
  return [
    `create table artifacts (
      sha256 ${text} not null primary key,
      bytes ${integer} not null,
      content ${bytes} not null
    )${tableOptions}`,
    `create table model_versions (
      version_id ${text} not null primary key,
      model_name ${text} not null,
      version ${integer} not null,
      model_type ${text} not null,
      status ${text} not null,
      trained_at ${integer} not null,
      artifact_sha256 ${text} not null references artifacts (sha256),
      record ${text} not null,
      unique (model_name, version)
    )${tableOptions}`,
    'create index model_versions_by_time on model_versions (trained_at)',
    'create index model_versions_by_name on model_versions (model_name, trained_at)',
    'create index model_versions_by_type on model_versions (model_type, trained_at)',
    'create index model_versions_by_status on model_versions (status, trained_at)',
    'create index model_versions_by_artifact on model_versions (artifact_sha256)',
    `create table barred_versions (
      version_id ${text} not null primary key,
      model_name ${text} not null,
      reason ${text} not null,
      at ${integer} not null
    )${tableOptions}`,
    'create index barred_versions_by_name on barred_versions (model_name, at, version_id)',
    `create table model_slots (
      model_name ${text} not null primary key,
      champion_version_id ${text} references model_versions (version_id),
      previous_version_id ${text} references model_versions (version_id),
      shadow_version_id ${text} references model_versions (version_id),
      pinned ${integer} not null,
      frozen_until ${integer},
      suspended ${integer} not null,
      probation_version_id ${text} references model_versions (version_id),
      probation_started_at ${integer},
      probation_ends_at ${integer},
      next_version ${integer} not null
    )${tableOptions}`,
    `create table promotions (
      model_name ${text} not null,
      sequence ${integer} not null,
      kind ${text} not null,
      version_id ${text} not null,
      previous_version_id ${text},
      at ${integer} not null,
      actor ${text} not null,
      reason ${text} not null,
      evidence ${text},
      primary key (model_name, sequence)
    )${tableOptions}`,
    'create index promotions_by_time on promotions (model_name, at, sequence)',
    `create table retraining_logs (
      retraining_id ${text} not null primary key,
      model_name ${text} not null,
      stage ${text} not null,
      finished ${integer} not null,
      requested_at ${integer} not null,
      created_record ${text} not null,
      record ${text} not null
    )${tableOptions}`,
    'create unique index retraining_logs_unfinished on retraining_logs (model_name) where finished = 0',
    'create index retraining_logs_by_time on retraining_logs (requested_at, retraining_id)',
    'create index retraining_logs_by_name on retraining_logs (model_name, requested_at, retraining_id)',
  ];
}

function coordination({ columnTypes: { text, integer }, tableOptions }: SqlDialect): readonly string[] {
  return [
    `create table leases (
      lease ${text} not null primary key,
      owner ${text} not null,
      token ${integer} not null,
      expires_at ${integer} not null
    )${tableOptions}`,
    `create table outbox (
      sequence ${integer} not null primary key,
      model_name ${text} not null,
      type ${text} not null,
      payload ${text} not null,
      at ${integer} not null
    )${tableOptions}`,
    `create table outbox_cursors (
      consumer ${text} not null primary key,
      sequence ${integer} not null
    )${tableOptions}`,
    `create table sequence_counters (
      name ${text} not null primary key,
      value ${integer} not null
    )${tableOptions}`,
  ];
}
