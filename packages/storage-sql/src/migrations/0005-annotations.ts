import type { SqlMigration } from './sql-migration.ts';

/** Tags and notes of a version, and the spans in which a slot takes no automatic promotion. */
export const annotations: SqlMigration = {
  name: '0005-annotations',
  schemaVersion: 5,
  statements: ({ columnTypes: { text } }) => [
    `alter table model_versions add column annotations ${text}`,
    `alter table model_slots add column freeze_windows ${text}`,
  ],
};
