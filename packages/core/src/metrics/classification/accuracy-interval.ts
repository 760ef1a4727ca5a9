import { InvalidInputError } from '../../errors.ts';
import { type ProportionInterval, wilsonInterval, wilsonIntervalOfShare } from '../../numeric/wilson-interval.ts';

export interface AccuracyIntervalOptions {
  /** Two-sided level in (0, 1), such as 0.95. */
  readonly confidenceLevel: number;
  /** How many independent outcomes the n are worth, in (0, n]; see {@link effectiveSampleSize}. Default n. */
  readonly effectiveSampleSize?: number;
}

/**
 * Confidence interval of an accuracy: Wilson's, with the effective sample size in place of n where labels overlap.
 *
 * @param correct - Right predictions, a whole number from 0 to n.
 * @param n - Outcomes, a whole number ≥ 1.
 * @returns Both ends in [0, 1], around correct / n.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` for n = 0 | `OUT_OF_RANGE`.
 * @remarks O(1). Outcomes whose labels overlap are not independent, and an interval that counts each of them fully is
 * too narrow: fives of overlapping labels make it about √5 times too narrow.
 * @see {@link wilsonInterval}
 * @example accuracyInterval(60, 100, { confidenceLevel: 0.95 }); // { lower: 0.5020…, upper: 0.6906… }
 * @example accuracyInterval(60, 100, { confidenceLevel: 0.95, effectiveSampleSize: 20 }); // { lower: 0.3866…, upper: 0.7812… }
 */
export function accuracyInterval(
  correct: number,
  n: number,
  { confidenceLevel, effectiveSampleSize = n }: AccuracyIntervalOptions,
): ProportionInterval {
  if (effectiveSampleSize === n) return wilsonInterval(correct, n, confidenceLevel);
  if (!(effectiveSampleSize > 0 && effectiveSampleSize <= n)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `effectiveSampleSize must be above 0 and at most n (${n}); got ${effectiveSampleSize}`,
    );
  }
  // Refuses counts that do not fit together.
  wilsonInterval(correct, n, confidenceLevel);
  return wilsonIntervalOfShare(correct / n, effectiveSampleSize, confidenceLevel);
}
