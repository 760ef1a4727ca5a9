import {
  InvalidInputError,
  type PredictionRole,
  StorageError,
  type VerificationReport,
  type VerifyOptions,
} from '@mlperf/core';
import { readSchemaVersion } from '../migrations/migrate-schema.ts';
import { SCHEMA_VERSION } from '../migrations/migrations.ts';
import type { SqlSession } from '../sql-session.ts';
import { listVersions } from './list-versions.ts';
import { ProblemLog } from './problem-log.ts';
import { verifyArtifacts } from './verify-artifacts.ts';
import { verifyOutbox } from './verify-outbox.ts';
import { verifyOutcomeSequences } from './verify-outcome-sequences.ts';
import { verifyRecords } from './verify-records.ts';
import { verifyReferences } from './verify-references.ts';
import { verifyRollups } from './verify-rollups.ts';
import { verifySpans } from './verify-spans.ts';

const ROLES: readonly PredictionRole[] = ['live', 'shadow', 'member'];
const DEFAULT_MAX_PROBLEMS = 1_000;
const LARGEST_MAX_PROBLEMS = 100_000;

/**
 * Checks everything a store holds against everything else it holds.
 * @param session - Inside a transaction that sees one snapshot; nothing is written.
 * @param verifyDatabase - What the database knows of its own soundness; each problem it returns is one sentence.
 */
export async function verifyStorage(
  session: SqlSession,
  options: VerifyOptions,
  verifyDatabase: () => Promise<readonly string[]>,
): Promise<VerificationReport> {
  const { maxProblems = DEFAULT_MAX_PROBLEMS, signal } = options;
  if (!Number.isInteger(maxProblems) || maxProblems < 1 || maxProblems > LARGEST_MAX_PROBLEMS) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `maxProblems must be a whole number from 1 to ${LARGEST_MAX_PROBLEMS}; got ${maxProblems}`,
    );
  }
  const version = await readSchemaVersion(session.db);
  if (version !== SCHEMA_VERSION) {
    throw new StorageError(
      'STORAGE_FAILURE',
      `the store must have schema version ${SCHEMA_VERSION} to be verified; it has ${version}: migrate it first`,
    );
  }
  const log = new ProblemLog(maxProblems, signal);
  log.checked('database');
  for (const message of await verifyDatabase()) log.add('database', 'database', message);
  await verifyRecords(session, log);
  for (const version of await listVersions(session)) {
    for (const role of ROLES) {
      await verifyRollups(session, version, role, log);
      await verifySpans(session, version, role, log);
    }
  }
  await verifyOutcomeSequences(session, log);
  await verifyReferences(session, log);
  await verifyOutbox(session, log);
  await verifyArtifacts(session, options.artifactDirectory, log);
  return log.report();
}
