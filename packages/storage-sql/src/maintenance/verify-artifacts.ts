import { MlperfError } from '@mlperf/core';
import type { SqlSession } from '../sql-session.ts';
import { SqlArtifactStore } from '../stores/artifact-store.ts';
import type { ProblemLog } from './problem-log.ts';
import { readPages } from './read-pages.ts';

/** Hashes the bytes of every artifact again. */
export async function verifyArtifacts(session: SqlSession, log: ProblemLog): Promise<void> {
  const store = new SqlArtifactStore(session);
  for await (const rows of readPages(session, { table: 'artifacts', key: ['sha256'], columns: ['bytes'] })) {
    for (const { sha256 } of rows) {
      log.checked('artifacts');
      try {
        await store.get(sha256);
      } catch (error) {
        if (!MlperfError.is(error)) throw error;
        log.add('artifacts', sha256, error.message);
      }
    }
  }
}
