import { type Dataset, fisherUpperTail, InvalidInputError } from '@mlperf/core';
import { type FeatureColumn, type FeatureScore, featureColumns } from './feature-score.ts';

/**
 * One-way analysis of variance: how far the class means of a feature lie apart, in units of its spread within classes.
 *
 *   F = [ Σ_c n_c (x̄_c − x̄)² / (k − 1) ] / [ Σ_c Σ_{i∈c} (xᵢ − x̄_c)² / (n − k) ],  p = P(F(k − 1, n − k) ≥ F)
 *
 * @param data - Of a classification; classes that do not occur do not count. Rows are taken for independent: with labels
 * that overlap p is too small, and the order of the features is what it is good for.
 * @returns one score a feature; none for a constant feature or fewer than two classes. +∞ where every class is constant.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a regression.
 * @see scikit-learn `f_classif`, of which a golden test holds the values.
 */
export function anovaFScores(data: Dataset): readonly FeatureScore[] {
  const { classes } = data;
  if (classes === undefined) {
    throw new InvalidInputError('INVALID_TYPE', 'anova needs classes; got the data of a regression');
  }
  return Array.from(featureColumns(data), (column) => score(column, classes.length));
}

function score({ values, targets }: FeatureColumn, classes: number): FeatureScore {
  const counts = new Float64Array(classes);
  const sums = new Float64Array(classes);
  let total = 0;
  values.forEach((value, i) => {
    counts[targets[i]!]! += 1;
    sums[targets[i]!]! += value;
    total += value;
  });
  const n = values.length;
  const present = counts.filter((count) => count > 0).length;
  if (present < 2 || n <= present) return {};
  let within = 0;
  values.forEach((value, i) => {
    within += (value - sums[targets[i]!]! / counts[targets[i]!]!) ** 2;
  });
  let between = 0;
  counts.forEach((count, c) => {
    if (count > 0) between += count * (sums[c]! / count - total / n) ** 2;
  });
  if (within === 0) return between === 0 ? {} : { score: Number.POSITIVE_INFINITY, pValue: 0 };
  const f = between / (present - 1) / (within / (n - present));
  return { score: f, pValue: fisherUpperTail(f, present - 1, n - present) };
}
