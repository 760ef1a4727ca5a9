import { InvalidInputError, StorageError } from '@mlperf/core';
import { DirectoryLock } from './directory-lock.ts';
import { messageOf } from './message-of.ts';
import { PGliteBackend } from './pglite-backend.ts';
import type { PGliteHandle } from './postgres-handles.ts';

/** Directories of the host's instances, locked once for all storages on one instance. */
const held = new WeakMap<PGliteHandle, { readonly lock: DirectoryLock; users: number }>();

/**
 * Transactions on the host's PGlite, or on one opened in that directory.
 * @throws {@link StorageError} `STORAGE_FAILURE` for a directory that is open already, in this process or another, and
 * where `@electric-sql/pglite` is not installed.
 */
export async function openPGlite(source: PGliteHandle | string, schema: string): Promise<PGliteBackend> {
  if (typeof source !== 'string') {
    await source.waitReady;
    const directory = directoryOf(source.dataDir);
    const free = directory === undefined ? () => undefined : share(source, directory);
    return new PGliteBackend(source, directory !== undefined, { schema, end: async () => free() });
  }
  const directory = directoryOf(source);
  if (directory === undefined || source.includes('\u0000')) {
    throw new InvalidInputError('INVALID_CONFIG', `pglite must name a directory; got ${JSON.stringify(source)}`);
  }
  const lock = DirectoryLock.hold(directory);
  try {
    const { PGlite } = await loadPGlite();
    const instance = await PGlite.create(directory);
    const end = async () => {
      await instance.close();
      lock.release();
    };
    return new PGliteBackend(instance, true, { schema, end });
  } catch (error) {
    lock.release();
    throw error instanceof StorageError
      ? error
      : new StorageError('STORAGE_FAILURE', `PGlite cannot open '${directory}': ${messageOf(error)}`, { cause: error });
  }
}

/** The directory of the file system that PGlite means; `undefined` for memory and for what only a browser has. */
function directoryOf(dataDir: string | undefined): string | undefined {
  if (dataDir === undefined || dataDir === '') return undefined;
  if (dataDir.startsWith('file://')) return dataDir.slice('file://'.length);
  return /^[a-z-]{2,}:\/\//.test(dataDir) ? undefined : dataDir;
}

function share(instance: PGliteHandle, directory: string): () => void {
  const holding = held.get(instance) ?? { lock: DirectoryLock.hold(directory), users: 0 };
  holding.users++;
  held.set(instance, holding);
  return () => {
    if (--holding.users > 0) return;
    held.delete(instance);
    holding.lock.release();
  };
}

async function loadPGlite(): Promise<typeof import('@electric-sql/pglite')> {
  try {
    return await import('@electric-sql/pglite');
  } catch (error) {
    const message = `storage in a directory needs @electric-sql/pglite to be installed: ${messageOf(error)}`;
    throw new StorageError('STORAGE_FAILURE', message, { cause: error });
  }
}
