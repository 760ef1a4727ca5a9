import { InvalidInputError } from '../errors.ts';
import { normalQuantile } from './normal-distribution.ts';

/** A confidence interval for a proportion, both ends in [0, 1]. */
export interface ProportionInterval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Wilson's score interval for a proportion, without continuity correction.
 *
 *   centre ± half,  centre = (k + z²/2) / (n + z²),  half = z · √(k(n − k)/n + z²/4) / (n + z²)
 *
 * @param successes - k, a whole number from 0 to n.
 * @param n - Trials, a whole number ≥ 1.
 * @param confidence - Two-sided level in (0, 1), such as 0.95; z = Φ⁻¹((1 + confidence) / 2).
 * @returns The interval; its lower end is exactly 0 at k = 0, its upper end exactly 1 at k = n.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` for n = 0 | `OUT_OF_RANGE`.
 * @remarks O(1). Holds its level on average for independent trials; overlapping labels make it too narrow.
 * @see Wilson (1927), JASA 22:209–212, doi:10.1080/01621459.1927.10502953;
 * Brown, Cai & DasGupta (2001), Statistical Science 16:101–133, doi:10.1214/ss/1009213286
 * @example wilsonInterval(60, 100, 0.95); // { lower: 0.5020025867910618, upper: 0.6905987135675411 }
 */
export function wilsonInterval(successes: number, n: number, confidence: number): ProportionInterval {
  if (n === 0) throw new InvalidInputError('EMPTY_INPUT', 'n must be at least 1 trial; got 0');
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new InvalidInputError('OUT_OF_RANGE', `n must be a whole number of at least 1; got ${n}`);
  }
  if (!Number.isSafeInteger(successes) || successes < 0 || successes > n) {
    throw new InvalidInputError('OUT_OF_RANGE', `successes must be a whole number from 0 to ${n}; got ${successes}`);
  }
  return scoreInterval(successes, n, confidence);
}

/**
 * Wilson's score interval around a share, for a number of trials that need not be whole: an effective sample size.
 *
 * @param share - In [0, 1]. @param n - Above 0, finite. @param confidence - As for {@link wilsonInterval}.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 * @example wilsonIntervalOfShare(0.6, 100, 0.95); // as wilsonInterval(60, 100, 0.95)
 */
export function wilsonIntervalOfShare(share: number, n: number, confidence: number): ProportionInterval {
  if (!(share >= 0 && share <= 1)) {
    throw new InvalidInputError('OUT_OF_RANGE', `share must be from 0 to 1; got ${share}`);
  }
  if (!(n > 0 && n < Number.POSITIVE_INFINITY)) {
    throw new InvalidInputError('OUT_OF_RANGE', `n must be a finite number above 0; got ${n}`);
  }
  return scoreInterval(share * n, n, confidence);
}

function scoreInterval(successes: number, n: number, confidence: number): ProportionInterval {
  if (!(confidence > 0 && confidence < 1)) {
    throw new InvalidInputError('OUT_OF_RANGE', `confidence must be above 0 and below 1; got ${confidence}`);
  }
  const z = -normalQuantile((1 - confidence) / 2);
  const square = z * z;
  const half = z * Math.sqrt((successes * (n - successes)) / n + square / 4);
  return {
    lower: successes === 0 ? 0 : Math.max(0, (successes + square / 2 - half) / (n + square)),
    upper: successes === n ? 1 : Math.min(1, (successes + square / 2 + half) / (n + square)),
  };
}
