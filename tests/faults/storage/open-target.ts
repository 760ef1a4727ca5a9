import type { PerformanceStorage } from '@mlperf/core';

/** A store that a test and its child processes open alike; it crosses to a child as JSON. */
export type StorageTarget =
  | { readonly kind: 'sqlite'; readonly path: string; readonly artifactDirectory?: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema: string }
  | { readonly kind: 'pglite'; readonly directory: string };

/** Only the adapter that is needed is loaded: a child starts sooner. */
export async function openTarget(target: StorageTarget): Promise<PerformanceStorage> {
  if (target.kind === 'sqlite') {
    const { openSqliteStorage } = await import('@mlperf/storage-sqlite');
    const { path, kind: _, ...options } = target;
    return openSqliteStorage(path, options);
  }
  const { openPostgresStorage } = await import('@mlperf/storage-postgres');
  if (target.kind === 'pglite') return openPostgresStorage({ pglite: target.directory });
  return openPostgresStorage(target.url, { schema: target.schema });
}

/** Loads what {@link openTarget} will need. */
export async function loadAdapter(kind: StorageTarget['kind']): Promise<void> {
  await (kind === 'sqlite' ? import('@mlperf/storage-sqlite') : import('@mlperf/storage-postgres'));
}
