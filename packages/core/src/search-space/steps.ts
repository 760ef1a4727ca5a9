import type { FloatDimension, IntDimension } from './search-space.ts';

/** A last step this much beyond `high`, as a share of the step, still counts: (0.7 − 0.1) / 0.1 is 5.999…, not 6. */
const END_TOLERANCE = 1e-9;

/**
 * How many values low, low + step, … up to `high` a stepped range has.
 *   n = ⌊(high − low) / step⌋ + 1
 */
export function stepCount(range: Pick<FloatDimension | IntDimension, 'low' | 'high'>, step: number): number {
  return Math.floor((range.high - range.low) / step + END_TOLERANCE) + 1;
}

/**
 * The k-th value of a stepped range, never beyond `high` by rounding.
 * @param k - 0 to stepCount − 1.
 */
export function stepValue(range: Pick<FloatDimension | IntDimension, 'low' | 'high'>, step: number, k: number): number {
  return Math.min(range.low + k * step, range.high);
}
