import {
  ConflictError,
  InterruptedError,
  InvalidInputError,
  MlperfError,
  NotFoundError,
  StorageError,
} from '@mlperf/core';
import { describe, expect, it, vi } from 'vitest';

const path = '../../../packages/core/src/errors.ts';

describe('MlperfError', () => {
  it.each([
    [new MlperfError('IO_FAILURE', 'm'), 'MlperfError', 'IO_FAILURE'],
    [new InvalidInputError('OUT_OF_RANGE', 'm'), 'InvalidInputError', 'OUT_OF_RANGE'],
    [new NotFoundError('m'), 'NotFoundError', 'NOT_FOUND'],
    [new ConflictError('m'), 'ConflictError', 'CONFLICT'],
    [new ConflictError('m', { code: 'FENCED' }), 'ConflictError', 'FENCED'],
    [new StorageError('STORAGE_CORRUPT', 'm'), 'StorageError', 'STORAGE_CORRUPT'],
    [new InterruptedError('DEADLINE_EXCEEDED', 'm'), 'InterruptedError', 'DEADLINE_EXCEEDED'],
  ])('%s carries its name and code', (error, name, code) => {
    expect([error.name, error.code, error.message]).toEqual([name, code, 'm']);
    expect(error).toBeInstanceOf(MlperfError);
    expect(error).toBeInstanceOf(Error);
    expect(MlperfError.is(error)).toBe(true);
    expect(error.stack).toContain('errors.test.ts');
  });

  it('keeps its cause', () => {
    const cause = new Error('disk full');
    expect(new StorageError('STORAGE_FAILURE', 'm', { cause }).cause).toBe(cause);
    expect(new NotFoundError('m', { cause }).cause).toBe(cause);
    expect(new NotFoundError('m')).not.toHaveProperty('cause');
  });

  it('is known across copies of the package, where instanceof is not', async () => {
    vi.resetModules();
    const copy = (await import(path)) as {
      MlperfError: typeof MlperfError;
      InvalidInputError: typeof InvalidInputError;
    };
    expect(copy.MlperfError).not.toBe(MlperfError);
    const foreign = new copy.InvalidInputError('EMPTY_INPUT', 'from another copy');
    expect(foreign).not.toBeInstanceOf(MlperfError);
    expect(MlperfError.is(foreign)).toBe(true);
    expect(copy.MlperfError.is(new NotFoundError('m'))).toBe(true);
  });

  it.each([
    undefined,
    null,
    'NOT_FOUND',
    42,
    {},
    new Error('plain'),
    { code: 'NOT_FOUND', name: 'MlperfError', message: 'look-alike' },
  ])('does not know %s', (value) => {
    expect(MlperfError.is(value)).toBe(false);
  });
});
