import { ConflictError, type ErrorCode, MlperfError, StorageError } from '@mlperf/core';

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const CONSTRAINT = 19;
const NOT_A_DATABASE = 26;

const EXPLANATIONS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  [BUSY]: ['STORAGE_FAILURE', 'another connection held the write lock for longer than the busy timeout'],
  [LOCKED]: ['STORAGE_FAILURE', 'a table is locked by another statement of this connection'],
  [READ_ONLY]: ['STORAGE_FAILURE', 'the database is read-only'],
  [IO_ERROR]: ['STORAGE_FAILURE', 'the disk could not be read or written'],
  [CORRUPT]: ['STORAGE_CORRUPT', 'the database file is damaged'],
  [FULL]: ['STORAGE_FAILURE', 'the disk is full'],
  [CANNOT_OPEN]: ['STORAGE_FAILURE', 'the database file cannot be opened'],
  [NOT_A_DATABASE]: ['STORAGE_CORRUPT', 'the file is not a SQLite database'],
};

/** The primary result code of an error from SQLite; `undefined` for any other error. */
export function sqliteResultCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
}

export function isBusy(error: unknown): boolean {
  return sqliteResultCode(error) === BUSY;
}

/** Our own errors as they are; a driver's as a `StorageError` that keeps it as `cause`. */
export function toStorageError(error: unknown): MlperfError {
  if (MlperfError.is(error)) return error;
  const code = sqliteResultCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === CONSTRAINT)
    return new ConflictError(`the write contradicts what is stored: ${message}`, { cause: error });
  const [errorCode, explanation] = (code === undefined ? undefined : EXPLANATIONS[code]) ?? [
    'STORAGE_FAILURE',
    'the storage failed',
  ];
  return new StorageError(errorCode, `${explanation} (SQLite: ${message})`, { cause: error });
}
