import { InvalidInputError } from '../../errors.ts';
import { LARGEST_VALUE } from '../../numeric/require-finite.ts';

/** Largest magnitude a detector takes: squares and long sums of it stay finite. */
export const MAX_OBSERVATION = LARGEST_VALUE;

/**
 * Refuses what a detector of numbers cannot take.
 * @returns the value, −0 as 0: stored state could not tell them apart.
 * @throws {@link InvalidInputError} `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE` beyond ±{@link MAX_OBSERVATION}.
 */
export function requireObservation(value: number): number {
  if (typeof value === 'number' && value >= -MAX_OBSERVATION && value <= MAX_OBSERVATION) return value + 0;
  throw refusal(value, `a finite number within ±${MAX_OBSERVATION}`);
}

/**
 * Refuses everything but 0 (right) and 1 (wrong).
 * @throws {@link InvalidInputError} `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 */
export function requireBinary(value: number): 0 | 1 {
  if (value === 1) return 1;
  if (value === 0) return 0;
  throw refusal(value, '0 (right) or 1 (wrong)');
}

function refusal(value: unknown, expected: string): InvalidInputError {
  const code = typeof value !== 'number' ? 'INVALID_TYPE' : Number.isFinite(value) ? 'OUT_OF_RANGE' : 'NOT_FINITE';
  return new InvalidInputError(code, `a detector's value must be ${expected}; got ${String(value)}`);
}
