import { InvalidInputError } from '../../errors.ts';
import { LARGEST_VALUE } from '../../numeric/require-finite.ts';

const SMALLEST_COUNT = 1e-100;

export interface PairedTotals {
  readonly reference: number;
  readonly current: number;
}

/**
 * Refuses counts of two samples that do not share their bins or leave one sample empty.
 * @returns how many values each sample holds.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
 */
export function requirePairedCounts(reference: ArrayLike<number>, current: ArrayLike<number>): PairedTotals {
  if (current.length !== reference.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `current counts must have ${reference.length} bins to match reference; got ${current.length}`,
    );
  }
  return { reference: total(reference, 'reference'), current: total(current, 'current') };
}

function total(counts: ArrayLike<number>, name: string): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (!Number.isFinite(count)) {
      throw new InvalidInputError('NOT_FINITE', `${name} counts[${i}] must be finite; got ${count}`);
    }
    if (count < 0) throw new InvalidInputError('OUT_OF_RANGE', `${name} counts[${i}] must be ≥ 0; got ${count}`);
    // Expected counts are products of counts over a count: beyond these they would overflow, or vanish.
    if (count > LARGEST_VALUE || (count > 0 && count < SMALLEST_COUNT)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `${name} counts[${i}] must be 0 or from 1e-100 to 1e100; got ${count}`,
      );
    }
    sum += count;
  }
  if (sum > 0) return sum;
  throw new InvalidInputError('EMPTY_INPUT', `${name} counts must hold at least 1 value; got 0`);
}
