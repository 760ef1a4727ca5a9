import { type Dataset, digamma, InvalidInputError, keyedRandom, type RandomSource, randomNormal } from '@mlperf/core';
import { type FeatureColumn, type FeatureScore, featureColumns } from './feature-score.ts';
import { kthDistances, kthDistancesInPlane, neighboursWithin, sortedOrder } from './nearest-neighbours.ts';

export interface MutualInformationOptions {
  /** Neighbours k, ≥ 1; more of them vary less and are more biased. Default 3. */
  readonly neighbours?: number;
  /** Fixes the noise that breaks ties. Default `mutual-information`. */
  readonly seed?: string;
}

/** Share of a column's mean size that the noise against ties has. */
const NOISE = 1e-10;

/**
 * Mutual information of each feature with the target, in nats: any dependence counts, not only a linear one.
 *
 * For values, Kraskov's first estimator with the Chebyshev distance d to the k-th neighbour in the plane:
 *
 *   I = ψ(n) + ψ(k) − ⟨ψ(n_x + 1)⟩ − ⟨ψ(n_y + 1)⟩,  n_x: others nearer than d in x
 *
 * For classes, Ross's, with d to the k-th neighbour of the same class; a class with one row is left out:
 *
 *   I = ψ(n) + ⟨ψ(k)⟩ − ⟨ψ(n_class)⟩ − ⟨ψ(m)⟩,  m: all nearer than d, itself included
 *
 * @returns one score ≥ 0 a feature, 0 for a constant one; none with too few rows.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 * @remarks O(n log n) for classes, about O(n^1.5) for values. Columns are scaled to unit deviation and get noise of 1e-10
 * of their size against ties, which the estimators do not allow.
 * @see Kraskov, Stögbauer & Grassberger (2004), Phys. Rev. E 69:066138, doi:10.1103/PhysRevE.69.066138; Ross (2014), PLoS ONE
 * 9:e87357, doi:10.1371/journal.pone.0087357; equal to scikit-learn's `mutual_info_classif` and `_regression` without ties.
 */
export function mutualInformationScores(
  data: Dataset,
  options: MutualInformationOptions = {},
): readonly FeatureScore[] {
  const { neighbours = 3, seed = 'mutual-information' } = options;
  if (!Number.isInteger(neighbours) || neighbours < 1) {
    throw new InvalidInputError('OUT_OF_RANGE', `neighbours must be a whole number of at least 1; got ${neighbours}`);
  }
  return Array.from(featureColumns(data), (column, i) => {
    if (column.values.every((value) => value === column.values[0]))
      return column.values.length === 0 ? {} : { score: 0 };
    const x = prepared(column.values, keyedRandom(seed, 'feature', i));
    const information =
      data.classes === undefined
        ? withValues(x, prepared(column.targets, keyedRandom(seed, 'target', i)), neighbours)
        : withClasses({ values: x, targets: column.targets }, data.classes.length, neighbours);
    return information === undefined ? {} : { score: Math.max(0, information) };
  });
}

function withValues(x: Float64Array, y: Float64Array, k: number): number | undefined {
  const n = x.length;
  if (n <= k) return undefined;
  const distances = kthDistancesInPlane(x, y, k);
  const nearX = neighboursWithin(x, distances);
  const nearY = neighboursWithin(y, distances);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += digamma(nearX[i]! + 1) + digamma(nearY[i]! + 1);
  return digamma(n) + digamma(k) - sum / n;
}

function withClasses({ values, targets }: FeatureColumn, classes: number, k: number): number | undefined {
  const rowsOf = Array.from({ length: classes }, (_, label) =>
    Uint32Array.from(values.keys()).filter((i) => targets[i] === label),
  ).filter((rows) => rows.length > 1);
  const kept = Uint32Array.from(rowsOf.flatMap((rows) => [...rows]));
  if (rowsOf.length < 2) return undefined;
  const distances = new Float64Array(values.length);
  let sum = 0;
  for (const rows of rowsOf) {
    const nearest = Math.min(k, rows.length - 1);
    const own = kthDistances(
      Float64Array.from(rows, (i) => values[i]!),
      nearest,
    );
    rows.forEach((row, i) => {
      distances[row] = own[i]!;
    });
    sum += rows.length * (digamma(nearest) - digamma(rows.length));
  }
  const near = neighboursWithin(
    Float64Array.from(kept, (i) => values[i]!),
    Float64Array.from(kept, (i) => distances[i]!),
  );
  for (const others of near) sum -= digamma(others + 1);
  return digamma(kept.length) + sum / kept.length;
}

/** Scaled to unit deviation, with noise against ties. */
function prepared(values: Float64Array, random: RandomSource): Float64Array {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n) || 1;
  const size = Math.max(1, values.reduce((sum, value) => sum + Math.abs(value / deviation), 0) / n);
  const scaled = values.map((value) => value / deviation);
  const order = sortedOrder(scaled);
  const hasTies = order.some((row, i) => i > 0 && scaled[row] === scaled[order[i - 1]!]);
  return hasTies ? scaled.map((value) => value + NOISE * size * randomNormal(random)) : scaled;
}
