import { ConflictError, InvalidInputError, NotFoundError } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import {
  isLostConnection,
  isRefusal,
  isTransient,
  toStorageError,
} from '../../../packages/storage-postgres/src/postgres-errors.ts';

/** As `pg` throws it. */
function serverError(code: string, message = 'words of the server'): Error {
  return Object.assign(new Error(message), { code });
}

describe("errors of the driver and the server, in this library's words", () => {
  it.each([
    ['25006', 'STORAGE_FAILURE', 'read-only'],
    ['28P01', 'STORAGE_FAILURE', 'login'],
    ['3D000', 'STORAGE_FAILURE', 'database does not exist'],
    ['40001', 'STORAGE_FAILURE', 'in the way of another'],
    ['40P01', 'STORAGE_FAILURE', 'in the way of another'],
    ['42501', 'STORAGE_FAILURE', 'privilege'],
    ['42P01', 'STORAGE_CORRUPT', 'table of the schema is missing'],
    ['53100', 'STORAGE_FAILURE', 'disk is full'],
    ['53300', 'STORAGE_FAILURE', 'too many connections'],
    ['55P03', 'STORAGE_FAILURE', 'lock timeout'],
    ['57014', 'STORAGE_FAILURE', 'statement timeout'],
    ['57P03', 'STORAGE_FAILURE', 'going down or coming up'],
    ['XX001', 'STORAGE_CORRUPT', 'damaged'],
    ['ECONNREFUSED', 'STORAGE_FAILURE', 'cannot be reached'],
    ['99999', 'STORAGE_FAILURE', 'the storage failed'],
  ])('%s is %s and says: %s', (state, code, words) => {
    const cause = serverError(state);
    const error = toStorageError(cause);
    expect(error).toMatchObject({ name: 'StorageError', code, cause });
    expect(error.message).toContain(words);
    expect(error.message).toContain('words of the server');
  });

  it('a broken constraint is a CONFLICT', () => {
    expect(toStorageError(serverError('23505'))).toBeInstanceOf(ConflictError);
  });

  it('a record beyond a limit of the server is INVALID_RECORD, which nobody takes for an outage', () => {
    const cause = serverError('54000', 'index row size 2840 exceeds maximum 2704');
    const error = toStorageError(cause);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({ code: 'INVALID_RECORD', cause, message: expect.stringContaining('2840') });
    expect(isRefusal(cause)).toBe(true);
  });

  it('what is thrown and is no error is told all the same', () => {
    expect(toStorageError({ name: 'ErrnoError', errno: 44 }).message).toContain('ErrnoError, errno 44');
    expect(toStorageError({ message: 'gone' }).message).toContain('gone');
    expect(toStorageError('gone').message).toContain('gone');
  });

  it('our own errors stay as they are', () => {
    const own = new NotFoundError('x');
    expect(toStorageError(own)).toBe(own);
  });

  it('what breaks a connection is told from what a server refuses, and from what may be tried again', () => {
    for (const lost of [serverError('57P01'), serverError('08006'), new Error('Connection terminated unexpectedly')]) {
      expect([isLostConnection(lost), isTransient(lost), isRefusal(lost)]).toEqual([true, false, false]);
    }
    for (const code of ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']) {
      expect([isLostConnection(serverError(code)), isRefusal(serverError(code))]).toEqual([true, false]);
      expect(toStorageError(serverError(code)).message).toContain('cannot be reached');
    }
    for (const refused of [serverError('23503'), serverError('22P02'), new NotFoundError('x')]) {
      expect([isLostConnection(refused), isTransient(refused), isRefusal(refused)]).toEqual([false, false, true]);
    }
    expect([isTransient(serverError('40P01')), isTransient(serverError('40001'))]).toEqual([true, true]);
    expect([isLostConnection(serverError('ECONNREFUSED')), isRefusal(serverError('53100'))]).toEqual([false, false]);
  });
});
