import {
  ConflictError,
  type ErrorCode,
  InterruptedError,
  InvalidInputError,
  MlperfError,
  NotFoundError,
  StorageError,
} from '@mlperf/core';
import { messageOf } from './message-of.ts';

/** An error as plain data. Structured cloning alone loses class and code. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  /** Of an `MlperfError`. */
  readonly code?: ErrorCode;
  readonly stack?: string;
  readonly cause?: ErrorRecord;
}

/** Causes of causes beyond this are left out. */
const MAX_CAUSES = 4;

export function toErrorRecord(thrown: unknown, depth = 0): ErrorRecord {
  if (!(thrown instanceof Error)) return { name: 'Error', message: messageOf(thrown) };
  return {
    name: thrown.name,
    message: thrown.message,
    ...(MlperfError.is(thrown) ? { code: thrown.code } : {}),
    ...(thrown.stack === undefined ? {} : { stack: thrown.stack }),
    ...(thrown.cause === undefined || depth >= MAX_CAUSES ? {} : { cause: toErrorRecord(thrown.cause, depth + 1) }),
  };
}

/** The error again, of its class, with its code and the stack of the place where it was thrown. */
export function fromErrorRecord(record: ErrorRecord): Error {
  const options = record.cause === undefined ? {} : { cause: fromErrorRecord(record.cause) };
  const error = rebuild(record, options);
  if (record.stack !== undefined) error.stack = record.stack;
  return error;
}

function rebuild({ name, code, message }: ErrorRecord, options: { readonly cause?: unknown }): Error {
  if (code === undefined) return Object.assign(new Error(message, options), { name });
  switch (name) {
    case 'InvalidInputError':
      return new InvalidInputError(code, message, options);
    case 'NotFoundError':
      return new NotFoundError(message, options);
    case 'StorageError':
      return new StorageError(code, message, options);
    case 'ConflictError':
      if (code === 'CONFLICT' || code === 'LEASE_HELD' || code === 'FENCED') {
        return new ConflictError(message, { ...options, code });
      }
      break;
    case 'InterruptedError':
      if (code === 'ABORTED' || code === 'DEADLINE_EXCEEDED' || code === 'WORKER_FAILURE' || code === 'CLOSED') {
        return new InterruptedError(code, message, options);
      }
  }
  return new MlperfError(code, message, options);
}
