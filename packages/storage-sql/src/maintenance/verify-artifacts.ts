import { MlperfError } from '@mlperf/core';
import { ArtifactDirectory } from '../artifacts/artifact-directory.ts';
import { SqlArtifacts } from '../artifacts/sql-artifacts.ts';
import type { SqlSession } from '../sql-session.ts';
import { SqlArtifactStore } from '../stores/artifact-store.ts';
import type { ProblemLog } from './problem-log.ts';
import { readPages } from './read-pages.ts';

/** Hashes the bytes of every artifact again. @param directory - Where those are that the database knows by name only. */
export async function verifyArtifacts(
  session: SqlSession,
  directory: string | undefined,
  log: ProblemLog,
): Promise<void> {
  const files = directory === undefined ? undefined : await ArtifactDirectory.existing(directory);
  const artifacts = new SqlArtifacts(new SqlArtifactStore(session), files);
  for await (const rows of readPages(session, { table: 'artifacts', key: ['sha256'], columns: ['bytes'] })) {
    for (const { sha256 } of rows) {
      log.checked('artifacts');
      try {
        for await (const _ of (await artifacts.getStream(sha256)) ?? []) log.checked('artifacts', 0);
      } catch (error) {
        if (!MlperfError.is(error) || error.code === 'ABORTED') throw error;
        log.add('artifacts', sha256, error.message);
      }
    }
  }
}
