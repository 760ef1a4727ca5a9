import { sql } from 'kysely';
import type { SqlMigration } from './sql-migration.ts';

/** Artifacts in pieces or in a directory beside those in a row, and when each was stored, so that orphans are known. */
export const streamedArtifacts: SqlMigration = {
  name: '0003-streamed-artifacts',
  schemaVersion: 3,
  statements: ({ columnTypes: { integer, bytes }, tableOptions }) => [
    `alter table artifacts add column stored_at ${integer} not null default 0`,
    `alter table artifacts add column upload ${integer}`,
    `alter table artifacts add column in_directory ${integer} not null default 0`,
    'create index artifacts_by_time on artifacts (stored_at, sha256)',
    `create table artifact_uploads (
      upload ${integer} not null primary key,
      started_at ${integer} not null,
      finished ${integer} not null
    )${tableOptions}`,
    'create index artifact_uploads_open on artifact_uploads (started_at) where finished = 0',
    `create table artifact_pieces (
      upload ${integer} not null references artifact_uploads (upload) on delete cascade,
      position ${integer} not null,
      content ${bytes} not null,
      primary key (upload, position)
    )${tableOptions}`,
  ],
  async fill(session) {
    // Whoever stored one may be about to register it.
    await sql`update artifacts set stored_at = ${await session.now()}`.execute(session.db);
  },
};
