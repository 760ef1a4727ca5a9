import { InvalidInputError } from '../errors.ts';

/**
 * Refuses an empty sample or one that holds NaN or an infinity.
 * @param name - Names the sample in messages, such as `returns`.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE`.
 */
export function requireFinite(values: ArrayLike<number>, name: string): void {
  if (values.length === 0) throw new InvalidInputError('EMPTY_INPUT', `${name} must hold at least 1 value; got 0`);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new InvalidInputError('NOT_FINITE', `${name}[${i}] must be a finite number; got ${values[i]}`);
    }
  }
}
