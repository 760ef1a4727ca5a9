import { InvalidInputError } from '@mlperf/core';

/** @throws {@link InvalidInputError} `INVALID_TYPE` unless it is left out or says something. */
export function requireReason(reason: unknown): void {
  if (reason === undefined || (typeof reason === 'string' && reason.trim() !== '')) return;
  const came = typeof reason === 'string' ? JSON.stringify(reason) : typeof reason;
  throw new InvalidInputError('INVALID_TYPE', `the reason of a retraining must be a text that says it; got ${came}`);
}
