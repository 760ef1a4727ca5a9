import { fillSpans } from '../stores/fill-spans.ts';
import type { SqlMigration } from './sql-migration.ts';

/** Sums of days and of longer spans beside the hourly ones, and lists by time in which every role is a range. */
export const rollupSpans: SqlMigration = {
  name: '0002-roll-up-spans',
  schemaVersion: 2,
  statements: ({ columnTypes: { text, integer }, tableOptions }) => [
    `create table outcome_spans (
      model_version_id ${text} not null,
      model_name ${text} not null,
      role ${text} not null,
      level ${integer} not null,
      span_start_at ${integer} not null,
      segment ${text} not null,
      predictions_count ${integer} not null,
      outcomes ${text} not null,
      primary key (model_version_id, role, level, span_start_at, segment, model_name)
    )${tableOptions}`,
    'create index outcome_spans_by_name on outcome_spans (model_name, role, level, span_start_at, segment)',
    'drop index predictions_by_time',
    'create index predictions_by_time on predictions (role, predicted_at)',
    'drop index predictions_by_version_time',
    'create index predictions_by_version_time on predictions (model_version_id, role, predicted_at)',
    'drop index predictions_by_name_time',
    `create index predictions_by_name_time on predictions (model_name, role, predicted_at)
      where model_name is not null`,
    'drop index predictions_by_symbol_time',
    'create index predictions_by_symbol_time on predictions (symbol, role, predicted_at)',
    'create index predictions_open_by_time on predictions (predicted_at) where sequence is null',
  ],
  fill: fillSpans,
};
