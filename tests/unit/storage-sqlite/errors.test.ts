import { DatabaseSync } from 'node:sqlite';
import {
  ConflictError,
  InterruptedError,
  InvalidInputError,
  MlperfError,
  NotFoundError,
  StorageError,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { packError, unpackError } from '../../../packages/storage-sqlite/src/error-transfer.ts';
import { toStorageError } from '../../../packages/storage-sqlite/src/sqlite-errors.ts';

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('errors of SQLite', () => {
  it('are typed by their result code, extended codes included, and kept as cause', () => {
    const codes: readonly (readonly [number, string])[] = [
      [5, 'STORAGE_FAILURE'],
      [261, 'STORAGE_FAILURE'],
      [8, 'STORAGE_FAILURE'],
      [10, 'STORAGE_FAILURE'],
      [266, 'STORAGE_FAILURE'],
      [11, 'STORAGE_CORRUPT'],
      [13, 'STORAGE_FAILURE'],
      [14, 'STORAGE_FAILURE'],
      [26, 'STORAGE_CORRUPT'],
      [1, 'STORAGE_FAILURE'],
    ];
    for (const [errcode, code] of codes) {
      const cause = Object.assign(new Error('text of SQLite'), { errcode });
      const error = toStorageError(cause);
      expect(error).toMatchObject({ name: 'StorageError', code, cause });
      expect(error.message).toContain('text of SQLite');
    }
  });

  it('a broken constraint is a conflict with what is stored', () => {
    const handle = new DatabaseSync(':memory:');
    handle.exec("create table item (id text primary key); insert into item values ('a')");
    const cause = thrownBy(() => handle.exec("insert into item values ('a')"));
    expect(toStorageError(cause)).toMatchObject({ name: 'ConflictError', code: 'CONFLICT', cause });
  });

  it('any other error is a STORAGE_FAILURE, and our own stays what it is', () => {
    expect(toStorageError(new TypeError('oops'))).toMatchObject({
      code: 'STORAGE_FAILURE',
      cause: expect.any(TypeError),
    });
    expect(toStorageError('oops')).toMatchObject({ code: 'STORAGE_FAILURE', cause: 'oops' });
    const own = new NotFoundError('none');
    expect(toStorageError(own)).toBe(own);
  });
});

describe('errors that cross a thread border', () => {
  const cause = Object.assign(new Error('disk I/O error'), { errcode: 10 });
  const errors: readonly MlperfError[] = [
    new InvalidInputError('INVALID_RECORD', 'bad'),
    new NotFoundError('none'),
    new ConflictError('other'),
    new ConflictError('late', { code: 'FENCED' }),
    new ConflictError('held', { code: 'LEASE_HELD' }),
    new InterruptedError('DEADLINE_EXCEEDED', 'slow'),
    new StorageError('STORAGE_FAILURE', 'broken', { cause }),
    new MlperfError('IO_FAILURE', 'base'),
  ];

  for (const error of errors) {
    it(`${error.name} ${error.code} arrives as what it was`, () => {
      const arrived = unpackError(structuredClone(packError(error)));
      expect(arrived).toBeInstanceOf(error.constructor);
      expect(MlperfError.is(arrived)).toBe(true);
      expect([arrived.name, arrived.code, arrived.message]).toEqual([error.name, error.code, error.message]);
      if (error.cause !== undefined) expect(arrived.cause).toMatchObject({ message: 'disk I/O error', errcode: 10 });
    });
  }
});
