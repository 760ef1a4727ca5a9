import { InvalidInputError } from '../errors.ts';

/** Squares of larger numbers, and ratios of numbers further apart, would leave the range of a double. */
export const LARGEST_VALUE = 1e100;

/**
 * Refuses an empty sample or one that holds NaN, an infinity or a magnitude above 1e100.
 * @param name - Names the sample in messages, such as `returns`.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE`.
 */
export function requireFinite(values: ArrayLike<number>, name: string): void {
  if (values.length === 0) throw new InvalidInputError('EMPTY_INPUT', `${name} must hold at least 1 value; got 0`);
  for (let i = 0; i < values.length; i++) {
    if (!isWithinRange(values[i])) throw notWithinRange(values[i], `${name}[${i}]`);
  }
}

/** {@link requireFinite} for a single value. @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE`. */
export function requireFiniteValue(value: number, name: string): void {
  if (!isWithinRange(value)) throw notWithinRange(value, name);
}

function isWithinRange(value: number | undefined): boolean {
  return Number.isFinite(value) && Math.abs(value!) <= LARGEST_VALUE;
}

function notWithinRange(value: number | undefined, name: string): InvalidInputError {
  return Number.isFinite(value)
    ? new InvalidInputError('OUT_OF_RANGE', `${name} must be from -1e100 to 1e100; got ${value}`)
    : new InvalidInputError('NOT_FINITE', `${name} must be a finite number; got ${value}`);
}
