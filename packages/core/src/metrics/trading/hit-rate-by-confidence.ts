import type { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import { InvalidInputError } from '../../errors.ts';
import { type ProportionInterval, wilsonInterval } from '../../numeric/wilson-interval.ts';
import { reliabilityTableOf } from '../calibration/reliability-table.ts';
import { requireJudgedConfidence } from '../calibration/require-judged-confidence.ts';

/** Hits among the predictions whose confidence lies in (from, to]. */
export interface ConfidenceBand {
  /** Lower edge, exclusive (but the lowest band holds its lower edge too). */
  readonly from: number;
  /** Upper edge, inclusive. */
  readonly to: number;
  readonly count: number;
  readonly correct: number;
  /** correct / count; absent in an empty band. */
  readonly hitRate?: number;
  /** Wilson's, for independent outcomes; absent in an empty band. */
  readonly interval?: ProportionInterval;
}

export interface HitRateOptions {
  /** Ends of the bands, rising, in [0, 1], at least 2; k edges make k − 1 bands. */
  readonly edges: readonly number[];
  /** Two-sided level of the intervals, in (0, 1). */
  readonly confidenceLevel: number;
}

/**
 * Hit rate by confidence band: whether the predictions a model is surer of come true more often.
 *
 * @param correct - Whether each prediction was right, shape (n), n ≥ 1.
 * @param confidence - Probability given to each predicted class, shape (n), in [0, 1].
 * @returns One band per pair of edges, lowest first; bands are (a, b], so confidence 0.5 lies in the band that ends at
 * 0.5. Every confidence must lie inside the outermost edges.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `UNSORTED` |
 * `OUT_OF_RANGE`, also for a confidence outside all bands.
 * @remarks O(n log edges) time, O(edges) space; inputs are not modified.
 * @example hitRateByConfidence([true, false, true], [0.5, 0.55, 0.8], { edges: [0, 0.5, 0.7, 1], confidenceLevel: 0.95 });
 * // hit rates 1/1 in (0, 0.5], 0/1 in (0.5, 0.7], 1/1 in (0.7, 1]
 */
export function hitRateByConfidence(
  correct: ArrayLike<boolean>,
  confidence: ArrayLike<number>,
  { edges, confidenceLevel }: HitRateOptions,
): readonly ConfidenceBand[] {
  requireJudgedConfidence(correct, confidence);
  requireEdges(edges);
  const bands = edges.slice(1).map(() => ({ count: 0, correct: 0 }));
  for (let i = 0; i < confidence.length; i++) {
    const value = confidence[i]!;
    if (value < edges[0]! || value > edges.at(-1)!) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `confidence[${i}] must lie in a band, from ${edges[0]} to ${edges.at(-1)}; got ${value}`,
      );
    }
    const band = bands[bandOf(value, edges)]!;
    band.count++;
    if (correct[i]) band.correct++;
  }
  return bands.map((band, i) => withRate(edges[i]!, edges[i + 1]!, band.count, band.correct, confidenceLevel));
}

/** Hit rates in the ten bands (0, 0.1] to (0.9, 1] of an aggregate. Agrees with {@link hitRateByConfidence} exactly. */
export function hitRateByConfidenceOf(
  aggregate: OutcomeAggregate,
  { confidenceLevel }: Pick<HitRateOptions, 'confidenceLevel'>,
): readonly ConfidenceBand[] {
  return reliabilityTableOf(aggregate).map(({ from, to, count, correct }) =>
    withRate(from, to, count, correct, confidenceLevel),
  );
}

function withRate(from: number, to: number, count: number, correct: number, level: number): ConfidenceBand {
  if (count === 0) return { from, to, count, correct };
  return { from, to, count, correct, hitRate: correct / count, interval: wilsonInterval(correct, count, level) };
}

/** The band whose upper edge is the first at or above the value. */
function bandOf(value: number, edges: readonly number[]): number {
  let low = 1;
  let high = edges.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! >= value) high = middle;
    else low = middle + 1;
  }
  return low - 1;
}

function requireEdges(edges: readonly number[]): void {
  if (edges.length < 2) {
    throw new InvalidInputError('EMPTY_INPUT', `edges must hold at least 2 values; got ${edges.length}`);
  }
  edges.forEach((edge, i) => {
    if (!(edge >= 0 && edge <= 1)) {
      throw new InvalidInputError('OUT_OF_RANGE', `edges[${i}] must be from 0 to 1; got ${edge}`);
    }
    if (i > 0 && !(edge > edges[i - 1]!)) {
      throw new InvalidInputError('UNSORTED', `edges[${i}] must be above ${edges[i - 1]}; got ${edge}`);
    }
  });
}
