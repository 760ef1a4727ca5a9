import { initialSchema } from './0001-initial-schema.ts';
import { rollupSpans } from './0002-roll-up-spans.ts';
import { streamedArtifacts } from './0003-streamed-artifacts.ts';
import { packedAggregates } from './0004-packed-aggregates.ts';
import { annotations } from './0005-annotations.ts';
import { trialClaims } from './0006-trial-claims.ts';
import type { SqlMigration } from './sql-migration.ts';

/** Every migration, oldest first. */
export const MIGRATIONS: readonly SqlMigration[] = [
  initialSchema,
  rollupSpans,
  streamedArtifacts,
  packedAggregates,
  annotations,
  trialClaims,
];

/** The newest schema this code knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;
