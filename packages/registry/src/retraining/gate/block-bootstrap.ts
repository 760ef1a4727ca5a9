import { InvalidInputError, keyedRandom, normalCdf, normalQuantile, randomInteger } from '@mlperf/core';
import { quantileSorted } from 'simple-statistics';

export interface BlockBootstrapOptions {
  /** Consecutive rows drawn together; 1 to n / 10, so that at least ten blocks fit. */
  readonly blockLength: number;
  /** Resamples, 100 to 1,000,000. */
  readonly replicates: number;
  /** Two-sided, in (0, 1). */
  readonly confidenceLevel: number;
  /** The mean under the null hypothesis, for the p-value. */
  readonly nullMean: number;
  /** Fixes every draw. */
  readonly seed: string;
  /** Factor ≥ 1 by which resampled means are spread about the mean; default 1. See `overlapSpread`. */
  readonly spread?: number;
}

export interface BlockBootstrapResult {
  /** Mean of the values. */
  readonly mean: number;
  /** Interval for the mean at the confidence level. */
  readonly lower: number;
  readonly upper: number;
  /** Standard deviation of the resampled means. */
  readonly standardError: number;
  /** One-sided: the mean is no greater than `nullMean`. */
  readonly pValue: number;
}

/** Fewer blocks than this say too little about how means of blocks vary. */
export const LEAST_BLOCKS = 10;

/**
 * An interval for the mean of dependent values, by the circular block bootstrap.
 *
 * Each of the `replicates` draws ⌈n / b⌉ blocks of b consecutive values, start uniform over all n and wrapping from
 * the last value to the first, cut to n values; the interval is the expanded percentile interval:
 *
 *   [Q(a), Q(1 − a)] of the resampled means,  a = Φ( −t(1 − α/2; k − 1) · √(k / (k − 1)) ),  k = ⌊n / b⌋, α = 1 − level
 *
 * The expansion makes up for what k blocks do not know of their own spread; without it the interval is too short.
 * Q interpolates linearly (type 7). p = (1 + #{θ* − θ ≥ θ − nullMean}) / (replicates + 1).
 *
 * @param values - In time order, shape (n), finite; n ≥ 10 · blockLength.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n + replicates · n / b) time; same seed and values, same interval.
 * @see Politis & Romano (1992), "A circular block-resampling procedure for stationary data", in LePage & Billard (eds),
 * Exploring the Limits of Bootstrap. Expansion: Hesterberg (2015), The American Statistician 69:371–386,
 * doi:10.1080/00031305.2015.1089789, with blocks in the place of rows.
 * @example
 * blockBootstrapMean(new Array(100).fill(1), { blockLength: 5, replicates: 200, confidenceLevel: 0.95, nullMean: 0,
 *   seed: 's' }); // { mean: 1, lower: 1, upper: 1, standardError: 0, pValue: 1 / 201 }
 */
export function blockBootstrapMean(values: ArrayLike<number>, options: BlockBootstrapOptions): BlockBootstrapResult {
  requireOptions(values, options);
  const n = values.length;
  const { blockLength, replicates, spread = 1 } = options;
  const sums = circularSums(values, blockLength);
  const random = keyedRandom(options.seed, 'block-bootstrap');
  const blocks = Math.ceil(n / blockLength);
  const lastLength = n - (blocks - 1) * blockLength;
  const mean = (sums[n]! - sums[0]!) / n;
  const means = new Float64Array(replicates);
  let exceeding = 0;
  let squares = 0;
  for (let r = 0; r < replicates; r++) {
    let sum = 0;
    for (let block = 0; block < blocks; block++) {
      const start = randomInteger(random, n);
      sum += sums[start + (block === blocks - 1 ? lastLength : blockLength)]! - sums[start]!;
    }
    const resampled = mean + (sum / n - mean) * spread;
    means[r] = resampled;
    squares += (resampled - mean) ** 2;
    if (resampled - mean >= mean - options.nullMean) exceeding++;
  }
  means.sort();
  const tail = expandedTail(1 - options.confidenceLevel, Math.floor(n / blockLength));
  const sorted = Array.from(means);
  return {
    mean,
    lower: quantileSorted(sorted, tail),
    upper: quantileSorted(sorted, 1 - tail),
    standardError: Math.sqrt(squares / replicates),
    pValue: (1 + exceeding) / (replicates + 1),
  };
}

/** Abramowitz & Stegun (1964) 26.7.5: within 0.001 from 9 degrees of freedom on. */
function studentQuantile(probability: number, degrees: number): number {
  const z = normalQuantile(probability);
  return (
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  );
}

function expandedTail(alpha: number, blocks: number): number {
  return normalCdf(-studentQuantile(1 - alpha / 2, blocks - 1) * Math.sqrt(blocks / (blocks - 1)));
}

/** Prefix sums over the values followed by their first `blockLength`: any block is one subtraction. */
function circularSums(values: ArrayLike<number>, blockLength: number): Float64Array {
  const n = values.length;
  const sums = new Float64Array(n + blockLength + 1);
  for (let i = 0; i < n + blockLength; i++) {
    const value = values[i % n]!;
    if (!Number.isFinite(value)) {
      throw new InvalidInputError('NOT_FINITE', `values[${i % n}] must be finite; got ${value}`);
    }
    sums[i + 1] = sums[i]! + value;
  }
  return sums;
}

function requireOptions(values: ArrayLike<number>, options: BlockBootstrapOptions): void {
  if (values.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'values must hold at least one; got none');
  const { blockLength, replicates, confidenceLevel, nullMean, spread = 1 } = options;
  const most = Math.floor(values.length / LEAST_BLOCKS);
  if (!Number.isInteger(blockLength) || blockLength < 1 || blockLength > most) {
    throw outOfRange(`blockLength must be a whole number from 1 to ${most}, so that ten blocks fit`, blockLength);
  }
  if (!Number.isInteger(replicates) || replicates < 100 || replicates > 1_000_000) {
    throw outOfRange('replicates must be a whole number from 100 to 1,000,000', replicates);
  }
  if (!(confidenceLevel > 0 && confidenceLevel < 1)) {
    throw outOfRange('confidenceLevel must be above 0 and below 1', confidenceLevel);
  }
  if (!(spread >= 1 && spread < Number.POSITIVE_INFINITY)) throw outOfRange('spread must be at least 1', spread);
  if (!Number.isFinite(nullMean)) throw new InvalidInputError('NOT_FINITE', `nullMean must be finite; got ${nullMean}`);
}

function outOfRange(expectation: string, got: number): InvalidInputError {
  return new InvalidInputError('OUT_OF_RANGE', `${expectation}; got ${got}`);
}
