import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from '@mlperf/core';

const BUSY = 5;

/**
 * Holds a directory against other processes, and against this one's second try.
 *
 * The lock is the write lock of an empty SQLite file beside the directory: the operating system frees it when its
 * process dies, however that comes about, and no number of a process is mistaken for another's.
 */
export class DirectoryLock {
  readonly #file: DatabaseSync;

  /** @throws {@link StorageError} `STORAGE_FAILURE` while another holds it. */
  static hold(directory: string): DirectoryLock {
    let path = `${resolve(directory)}.lock`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      path = `${realName(resolve(directory))}.lock`;
      const file = new DatabaseSync(path);
      try {
        file.exec('pragma busy_timeout = 0; pragma journal_mode = memory; begin exclusive');
        return new DirectoryLock(file);
      } catch (error) {
        file.close();
        throw error;
      }
    } catch (error) {
      const busy = error instanceof Error && 'errcode' in error && error.errcode === BUSY;
      throw new StorageError(
        'STORAGE_FAILURE',
        busy
          ? `'${directory}' must be open once at a time, since PGlite loses writes of a second process; it is open already`
          : `'${path}' cannot be written to lock the directory: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }

  private constructor(file: DatabaseSync) {
    this.#file = file;
  }

  release(): void {
    this.#file.close();
  }
}

/** The same for every link to it, whether it is there already or not. Its parent is. */
function realName(directory: string): string {
  if (existsSync(directory)) return realpathSync(directory);
  return join(realpathSync(dirname(directory)), basename(directory));
}
