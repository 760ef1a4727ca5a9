const MARKER = Symbol.for('@mlperf/error');

/** What went wrong, for callers to branch on. People read the message. */
export type ErrorCode =
  // the caller's input
  | 'EMPTY_INPUT'
  | 'LENGTH_MISMATCH'
  | 'NOT_FINITE'
  | 'OUT_OF_RANGE'
  | 'INVALID_TYPE'
  | 'INVALID_RECORD'
  | 'INVALID_CONFIG'
  | 'INVALID_QUERY'
  | 'SINGLE_CLASS'
  | 'INSUFFICIENT_DATA'
  | 'UNSORTED'
  // identity and concurrency
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'LEASE_HELD'
  | 'FENCED'
  | 'IN_TRANSACTION'
  | 'CLOSED'
  // storage and artifacts
  | 'STORAGE_FAILURE'
  | 'STORAGE_CORRUPT'
  | 'SCHEMA_TOO_NEW'
  | 'ARTIFACT_CORRUPT'
  | 'MODEL_FORMAT'
  | 'TOO_LARGE'
  // work
  | 'UNKNOWN_MODEL_TYPE'
  | 'TRAINING_FAILED'
  | 'PREDICTION_FAILED'
  | 'WORKER_FAILURE'
  | 'ABORTED'
  | 'DEADLINE_EXCEEDED'
  | 'IO_FAILURE';

export interface ErrorOptionsWithCause {
  readonly cause?: unknown;
}

/** Base of every error this library throws on purpose. */
export class MlperfError extends Error {
  readonly [MARKER] = true;
  override readonly name: string = 'MlperfError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: ErrorOptionsWithCause = {}) {
    super(message, options);
    this.code = code;
  }

  /** Also true for an error made by another loaded copy of this package, where `instanceof` is false. */
  static is(value: unknown): value is MlperfError {
    return typeof value === 'object' && value !== null && MARKER in value;
  }
}

/** The caller's input breaks the stated contract; nothing was changed. */
export class InvalidInputError extends MlperfError {
  override readonly name = 'InvalidInputError';
}

/** A `require…` method, or a write that refers to a record, found no such record. */
export class NotFoundError extends MlperfError {
  override readonly name = 'NotFoundError';

  constructor(message: string, options: ErrorOptionsWithCause = {}) {
    super('NOT_FOUND', message, options);
  }
}

/** The write contradicts what is stored (`CONFLICT`), or a lease says another owner is at work. */
export class ConflictError extends MlperfError {
  override readonly name = 'ConflictError';

  constructor(
    message: string,
    options: ErrorOptionsWithCause & { readonly code?: 'CONFLICT' | 'LEASE_HELD' | 'FENCED' } = {},
  ) {
    super(options.code ?? 'CONFLICT', message, options);
  }
}

/** The store could not keep its promise: driver failure, corruption, or an unknown schema. */
export class StorageError extends MlperfError {
  override readonly name = 'StorageError';
}

/** Work ended before its result: cancelled, past its deadline, or its worker died. */
export class InterruptedError extends MlperfError {
  override readonly name = 'InterruptedError';

  constructor(
    code: 'ABORTED' | 'DEADLINE_EXCEEDED' | 'WORKER_FAILURE' | 'CLOSED',
    message: string,
    options: ErrorOptionsWithCause = {},
  ) {
    super(code, message, options);
  }
}
