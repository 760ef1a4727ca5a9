import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidInputError } from '@mlperf/core';

/** An absolute path: a later change of directory must not move the database, nor a `file:` prefix mean anything. */
export function requireDatabasePath(path: string | URL): string {
  if (path === '' || String(path).includes('\u0000')) {
    throw new InvalidInputError('INVALID_TYPE', `path must name a file or be ':memory:'; got ${JSON.stringify(path)}`);
  }
  return path instanceof URL ? fileURLToPath(path) : resolve(path);
}
