import { normalCdf, normalQuantile } from '@mlperf/core';
import type { SearchDistribution } from './search-distribution.ts';

/** A stepped coordinate: places, ascending, halfway between its values; n − 1 for n ≥ 2 values. */
export interface SteppedCoordinate {
  readonly index: number;
  readonly boundaryAt: (k: number) => number;
  readonly count: number;
  /** Which value the coordinate stands for, 0 to count − 1. */
  readonly levelOf: (coordinate: number) => number;
}

/** A mean and what multiplies the spread of each coordinate before it is rounded (the A of the paper). */
export interface MarginCorrection {
  readonly mean: Float64Array;
  readonly scales: Float64Array;
}

/**
 * Keeps every stepped coordinate moving: the probability of each side of the mean's own value does not fall below
 * margin/2, of the only side of an outermost value not below margin. Mean and spread move as little as that asks for.
 *
 * @param scales - Of the generation before, shape (d); 1 at first. Not modified.
 * @param margin - 1/(d·λ) by default of the paper.
 * @see Hamano, Saito, Nomura & Shirakawa (2022), CMA-ES with Margin, arXiv 2205.13482
 */
export function withMargin(
  { mean: before, stepSize, covariance }: SearchDistribution,
  scales: Float64Array,
  stepped: readonly SteppedCoordinate[],
  margin: number,
): MarginCorrection {
  const d = before.length;
  const mean = before.slice();
  const next = scales.slice();
  for (const { index, boundaryAt, count, levelOf } of stepped) {
    const m = mean[index]!;
    const level = levelOf(m);
    const lower = boundaryAt(Math.min(Math.max(level - 1, 0), count - 2));
    const upper = boundaryAt(Math.min(level, count - 2));
    const unit = stepSize * Math.sqrt(covariance[index * d + index]!);
    const spread = unit * next[index]!;
    const below = normalCdf((lower - m) / spread);
    const above = normalCdf((m - upper) / spread);
    // An outermost value has one boundary; a mean on it has half of the probability on either side.
    if (lower === upper || Math.max(below, above) > 0.5) {
      if (Math.min(below, above) < margin) mean[index] = upper + Math.sign(m - upper) * spread * deviate(margin);
      continue;
    }
    const [atLeastBelow, atLeastAbove] = [Math.max(below, margin / 2), Math.max(above, margin / 2)];
    const inside = 1 - below - above;
    const excess = 1 - atLeastBelow - atLeastAbove - inside;
    const room = atLeastBelow + inside + atLeastAbove - 1.5 * margin;
    const toBelow = deviate(probability(atLeastBelow + (excess * (atLeastBelow - margin / 2)) / room));
    const toAbove = deviate(probability(atLeastAbove + (excess * (atLeastAbove - margin / 2)) / room));
    next[index] = (upper - lower) / ((toBelow + toAbove) * unit);
    mean[index] = (lower * toAbove + upper * toBelow) / (toBelow + toAbove);
  }
  return { mean, scales: next };
}

/** Standard deviations from the mean beyond which lies a probability. */
function deviate(tail: number): number {
  return -normalQuantile(tail);
}

function probability(value: number): number {
  return Math.min(Math.max(value, 1e-10), 0.5 - 1e-10);
}
