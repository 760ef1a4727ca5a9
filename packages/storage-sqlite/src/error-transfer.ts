import {
  ConflictError,
  type ErrorCode,
  InterruptedError,
  InvalidInputError,
  MlperfError,
  NotFoundError,
  StorageError,
} from '@mlperf/core';
import { sqliteResultCode, toStorageError } from './sqlite-errors.ts';

/** An error as data: structured cloning would drop its class and code. */
export interface TransferredError {
  readonly name: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause: { readonly message: string; readonly errcode: number | undefined } | undefined;
}

export function packError(error: unknown): TransferredError {
  const { name, code, message, cause } = toStorageError(error);
  return {
    name,
    code,
    message,
    cause: cause instanceof Error ? { message: cause.message, errcode: sqliteResultCode(cause) } : undefined,
  };
}

/** The error as it was thrown on the other side, with a stack of this one. */
export function unpackError({ name, code, message, cause }: TransferredError): MlperfError {
  const options =
    cause === undefined ? {} : { cause: Object.assign(new Error(cause.message), { errcode: cause.errcode }) };
  switch (name) {
    case 'InvalidInputError':
      return new InvalidInputError(code, message, options);
    case 'NotFoundError':
      return new NotFoundError(message, options);
    case 'ConflictError':
      return new ConflictError(message, {
        ...options,
        ...(code === 'FENCED' || code === 'LEASE_HELD' ? { code } : {}),
      });
    case 'InterruptedError':
      if (code === 'DEADLINE_EXCEEDED') return new InterruptedError(code, message, options);
      break;
    case 'StorageError':
      return new StorageError(code, message, options);
  }
  return new MlperfError(code, message, options);
}
