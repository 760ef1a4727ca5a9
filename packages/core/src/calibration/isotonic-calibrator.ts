import { InvalidInputError } from '../errors.ts';
import { listOf } from '../records/checker.ts';
import { finite, unitInterval } from '../records/scalar-checkers.ts';
import type { JsonObject } from '../types/json.ts';
import type { CalibrationData, CalibrationOptions, Calibrator } from './calibrator.ts';
import { requireScore } from './log-odds.ts';
import { poolAdjacentViolators } from './pool-adjacent-violators.ts';
import { requireCalibrationData } from './require-calibration-data.ts';
import { openStored, type StoredHead, storedCalibrator } from './stored-calibrator.ts';

/** The steps of n hits and misses number about n^(2/3): this is out of reach of any past. */
const MAX_KNOTS = 100_000;

interface StoredIsotonic extends StoredHead {
  readonly scores: readonly number[];
  readonly probabilities: readonly number[];
}

/** Isotonic regression: the best increasing curve, by its knots. See {@link fitIsotonic}. */
export class IsotonicCalibrator implements Calibrator {
  readonly method = 'isotonic';
  readonly #scores: Float64Array;
  readonly #probabilities: Float64Array;

  /**
   * @param scores - Of the knots, strictly increasing, at least one.
   * @param probabilities - At the knots, in [0, 1], not decreasing.
   * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE` | `UNSORTED`.
   */
  constructor(scores: ArrayLike<number>, probabilities: ArrayLike<number>) {
    this.#scores = Float64Array.from(scores);
    this.#probabilities = Float64Array.from(probabilities);
    requireKnots(this.#scores, this.#probabilities);
  }

  /** @throws {@link InvalidInputError} `INVALID_RECORD`. */
  static from(json: unknown): IsotonicCalibrator {
    const stored = openStored<StoredIsotonic>(json, 'isotonic', {
      scores: listOf(finite, MAX_KNOTS),
      probabilities: listOf(unitInterval, MAX_KNOTS),
    });
    try {
      return new IsotonicCalibrator(stored.scores, stored.probabilities);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new InvalidInputError('INVALID_RECORD', `stored isotonic calibrator: ${problem}`, { cause });
    }
  }

  /** How many knots the curve has. */
  get size(): number {
    return this.#scores.length;
  }

  apply(score: number): number {
    const s = requireScore(score);
    const scores = this.#scores;
    const probabilities = this.#probabilities;
    let low = 0;
    let high = scores.length - 1;
    if (s <= scores[low]!) return probabilities[low]!;
    if (s >= scores[high]!) return probabilities[high]!;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (scores[middle]! <= s) low = middle;
      else high = middle;
    }
    const from = probabilities[low]!;
    const share = (s - scores[low]!) / (scores[high]! - scores[low]!);
    return from + share * (probabilities[high]! - from);
  }

  toJSON(): JsonObject {
    return storedCalibrator('isotonic', {
      scores: Array.from(this.#scores, (score) => score + 0),
      probabilities: Array.from(this.#probabilities),
    });
  }
}

/**
 * Fits isotonic regression: of all curves that never fall, the one with the least squared error.
 *
 *   minimise Σ (tᵢ − g(sᵢ))² over non-decreasing g,  t = 1 where true, 0 where false
 *
 * Pool adjacent violators. Rows of equal score are one row of their mean and weight. Between knots the curve is linear;
 * beyond the lowest and highest score seen it stays at their values ("clip"). When all scores are the same it is the
 * constant share of true rows. It can say exactly 0 and 1 where all rows at one end were of one kind.
 *
 * @param data - Scores of any scale; only their order and distances matter.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`
 * beyond ±1e100 | `INSUFFICIENT_DATA` for too few rows | `SINGLE_CLASS`.
 * @remarks O(n log n) time, O(n) space; inputs are not modified. It needs more rows than a curve with two or three
 * parameters: below about 1,000 those are the safer choice. scikit-learn also merges scores closer than 1e-15.
 * @see Zadrozny & Elkan (2002), KDD, doi:10.1145/775047.775151;
 * Best & Chakravarti (1990), Mathematical Programming 47:425–439, doi:10.1007/BF01580873
 * @example fitIsotonic({ observed: [false, true, false, true], scores: [1, 2, 3, 4] }, { minimumRows: 4 }).apply(2.5);
 * // 2 and 3 are pooled: (1 + 0) / 2 = 0.5
 */
export function fitIsotonic(data: CalibrationData, options: CalibrationOptions = {}): IsotonicCalibrator {
  requireCalibrationData(data, options, 'score');
  const { scores, probabilities } = poolAdjacentViolators(data);
  return new IsotonicCalibrator(scores, probabilities);
}

function requireKnots(scores: Float64Array, probabilities: Float64Array): void {
  if (scores.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'scores must hold at least 1 knot; got 0');
  if (probabilities.length !== scores.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `probabilities must have ${scores.length} values to match scores; got ${probabilities.length}`,
    );
  }
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    const p = probabilities[i]!;
    if (!Number.isFinite(score)) {
      throw new InvalidInputError('NOT_FINITE', `scores[${i}] must be a finite number; got ${score}`);
    }
    if (!(p >= 0 && p <= 1)) {
      throw new InvalidInputError('OUT_OF_RANGE', `probabilities[${i}] must be from 0 to 1; got ${p}`);
    }
    if (i > 0 && (score <= scores[i - 1]! || p < probabilities[i - 1]!)) {
      throw new InvalidInputError('UNSORTED', `knot ${i} must lie beyond knot ${i - 1} and not below it`);
    }
  }
}
