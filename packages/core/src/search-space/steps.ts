/** Both ends of a range, inclusive. */
export interface StepRange {
  readonly low: number;
  readonly high: number;
}

/**
 * How far from a step a value may lie and still be on it, as a share of the step: (0.7 − 0.1) / 0.1 is 5.999…, not 6,
 * and far from 0 the bounds themselves carry rounding errors.
 */
function tolerance({ low, high }: StepRange, step: number): number {
  return 1e-9 + (4 * Number.EPSILON * Math.max(Math.abs(low), Math.abs(high))) / step;
}

/**
 * How many values low, low + step, … up to `high` a stepped range has.
 *   n = ⌊(high − low) / step⌋ + 1, a last step that only rounding puts beyond `high` included
 */
export function stepCount(range: StepRange, step: number): number {
  return Math.floor((range.high - range.low) / step + tolerance(range, step)) + 1;
}

/**
 * The k-th value of a stepped range, never beyond `high` by rounding.
 * @param k - 0 to stepCount − 1.
 */
export function stepValue(range: StepRange, step: number, k: number): number {
  return Math.min(range.low + k * step, range.high);
}

/** Whether the value is one of the range's, but for rounding: 0.3 lies on 0.1 + k · 0.1. */
export function isOnStep(range: StepRange, step: number, value: number): boolean {
  const k = Math.round((value - range.low) / step);
  return (
    k >= 0 && k < stepCount(range, step) && Math.abs(value - (range.low + k * step)) <= tolerance(range, step) * step
  );
}
