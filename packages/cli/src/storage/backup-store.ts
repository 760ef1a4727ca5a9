import { parse, resolve } from 'node:path';
import { type Clock, InvalidInputError, systemClock } from '@mlperf/core';
import { backupSqlite, type SqliteBackup } from '@mlperf/storage-sqlite';
import { isPostgresUrl, requireFilePath } from './open-maintenance.ts';

/**
 * @param to - The new file; left out, `<store>-<time>.<extension>` beside the store.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a Postgres server, whose own tool makes consistent copies.
 */
export async function backupStore(
  store: string,
  to: string | undefined,
  clock: Clock = systemClock,
): Promise<SqliteBackup> {
  if (isPostgresUrl(store)) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      'a store on Postgres is copied by its own tool: pg_dump --format=custom --schema=mlperf --file=<file> <url>',
    );
  }
  const path = requireFilePath(store);
  return backupSqlite(path, to ?? besideStore(path, clock.now()));
}

function besideStore(path: string, at: number): string {
  const { dir, name, ext } = parse(resolve(path));
  const time = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
  return resolve(dir, `${name}-${time}${ext}`);
}
