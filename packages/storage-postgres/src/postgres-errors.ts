import { ConflictError, type ErrorCode, InvalidInputError, MlperfError, StorageError } from '@mlperf/core';
import { messageOf } from './message-of.ts';

/** What an SQLSTATE means for our caller; looked up whole, then by its class, the first two characters. */
const EXPLANATIONS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  '08': ['STORAGE_FAILURE', 'the connection to the server failed'],
  '25006': ['STORAGE_FAILURE', 'the database is read-only'],
  '25P03': ['STORAGE_FAILURE', 'the transaction was idle for too long, and the server ended it'],
  '28': ['STORAGE_FAILURE', 'the server refused the login'],
  '3D': ['STORAGE_FAILURE', 'the database does not exist'],
  '3F': ['STORAGE_FAILURE', 'the schema does not exist'],
  '40': ['STORAGE_FAILURE', 'the transaction was in the way of another and gave up'],
  '42501': ['STORAGE_FAILURE', 'the role lacks a privilege'],
  '42P01': ['STORAGE_CORRUPT', 'a table of the schema is missing'],
  '42703': ['STORAGE_CORRUPT', 'a column of the schema is missing'],
  '53100': ['STORAGE_FAILURE', "the server's disk is full"],
  '53200': ['STORAGE_FAILURE', 'the server is out of memory'],
  '53300': ['STORAGE_FAILURE', 'the server has too many connections'],
  '55P03': ['STORAGE_FAILURE', 'another writer held the lock for longer than the lock timeout'],
  '57014': ['STORAGE_FAILURE', 'the statement took longer than the statement timeout, or was cancelled'],
  '57P': ['STORAGE_FAILURE', 'the server is going down or coming up'],
  '58': ['STORAGE_FAILURE', "the server's disk could not be read or written"],
  XX001: ['STORAGE_CORRUPT', 'the database is damaged'],
  XX002: ['STORAGE_CORRUPT', 'an index of the database is damaged'],
};

/** Of a system whose connection breaks. */
const BROKEN = ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'];
const NETWORK_CODES = new Set([...BROKEN, 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT']);

/** What the driver says, without a code, when a connection breaks under a statement. */
const LOST =
  /^(?:Connection terminated|Query read timeout|Client was closed|Client has encountered a connection error|Client is closed)/;

/** The SQLSTATE of a server's error, or a system error's code; `undefined` for any other error. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && !MlperfError.is(error) ? code : undefined;
}

/** Whether a connection that was open is no more. A server that refuses new ones is another matter. */
export function isLostConnection(error: unknown): boolean {
  const code = sqlState(error);
  if (code === undefined) return error instanceof Error && !MlperfError.is(error) && LOST.test(error.message);
  return code.startsWith('08') || ['57P01', '57P02', '57P05', '25P03', '25P04', ...BROKEN].includes(code);
}

/** Whether a server did not answer in time. Another connection would only wait as long again. */
export function isSilence(error: unknown): boolean {
  return error instanceof Error && !MlperfError.is(error) && error.message.startsWith('Query read timeout');
}

/** Whether the same work may well succeed at once: a serialisation failure or a deadlock. */
export function isTransient(error: unknown): boolean {
  const code = sqlState(error);
  return code === '40001' || code === '40P01';
}

/** Whether an error is the one call's that met it, and others of its group need not share it. */
export function isRefusal(error: unknown): boolean {
  if (MlperfError.is(error)) return true;
  const code = sqlState(error);
  return code !== undefined && /^2[123]|^54/.test(code);
}

/** Our own errors as they are; a driver's as a `StorageError` that keeps it as `cause`. */
export function toStorageError(error: unknown): MlperfError {
  if (MlperfError.is(error)) return error;
  const code = sqlState(error);
  const message = messageOf(error);
  if (code?.startsWith('23')) {
    return new ConflictError(`the write contradicts what is stored: ${message}`, { cause: error });
  }
  if (code?.startsWith('54')) {
    // A server that works: whoever takes it for an outage repeats the write for ever.
    const text = `the record must fit into a row of the database, and its names into a page of an index: ${message}`;
    return new InvalidInputError('INVALID_RECORD', text, { cause: error });
  }
  const [errorCode, explanation] = explain(error, code);
  return new StorageError(errorCode, `${explanation} (Postgres: ${message || code})`, { cause: error });
}

/** For a transaction that the server has rolled back when it was told to commit. */
export function undoneCommit(command: string): StorageError {
  return new StorageError('STORAGE_FAILURE', `nothing is stored: the server answered 'commit' with ${command}`);
}

/** For an error of a commit whose connection broke. */
export function unknownCommit(error: unknown): StorageError {
  const { message } = toStorageError(error);
  return new StorageError(
    'STORAGE_FAILURE',
    `whether the write is stored is not known, since the connection broke as it was committed; ids make it safe to repeat: ${message}`,
    { cause: error },
  );
}

function explain(error: unknown, code: string | undefined): readonly [ErrorCode, string] {
  if (code !== undefined) {
    const known = EXPLANATIONS[code] ?? EXPLANATIONS[code.slice(0, 3)] ?? EXPLANATIONS[code.slice(0, 2)];
    if (known !== undefined) return known;
    if (NETWORK_CODES.has(code)) return ['STORAGE_FAILURE', 'the server cannot be reached'];
  }
  if (isLostConnection(error)) return ['STORAGE_FAILURE', 'the connection to the server was lost'];
  if (error instanceof Error && error.message.startsWith('timeout exceeded when trying to connect')) {
    return ['STORAGE_FAILURE', 'no connection was free within the connect timeout'];
  }
  return ['STORAGE_FAILURE', 'the storage failed'];
}
