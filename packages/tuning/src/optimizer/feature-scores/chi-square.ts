import { chiSquareUpperTail, type Dataset, InvalidInputError } from '@mlperf/core';
import { type FeatureColumn, type FeatureScore, featureColumns } from './feature-score.ts';

/**
 * Whether counts of a feature are spread over the classes otherwise than the rows are.
 *
 *   χ² = Σ_c (o_c − e_c)² / e_c,  o_c = Σ_{i∈c} xᵢ,  e_c = (n_c / n) · Σ xᵢ,  p = P(χ²(k − 1) ≥ χ²)
 *
 * @param data - Of a classification; features are counts or other amounts, ≥ 0.
 * @returns one score a feature; none for one that is 0 throughout.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a regression; `OUT_OF_RANGE` naming a feature with a negative value.
 * @see scikit-learn `chi2`, of which a golden test holds the values.
 */
export function chiSquareScores(data: Dataset): readonly FeatureScore[] {
  const { classes } = data;
  if (classes === undefined) {
    throw new InvalidInputError('INVALID_TYPE', 'chi-square needs classes; got the data of a regression');
  }
  return Array.from(featureColumns(data), (column, i) => score(column, classes.length, data.featureNames[i]!));
}

function score({ values, targets }: FeatureColumn, classes: number, name: string): FeatureScore {
  const rows = new Float64Array(classes);
  const observed = new Float64Array(classes);
  let total = 0;
  values.forEach((value, i) => {
    if (value < 0) {
      throw new InvalidInputError('OUT_OF_RANGE', `feature '${name}' must be ≥ 0 for chi-square; got ${value}`);
    }
    rows[targets[i]!]! += 1;
    observed[targets[i]!]! += value;
    total += value;
  });
  const present = rows.filter((count) => count > 0).length;
  if (total === 0 || present < 2) return {};
  let statistic = 0;
  rows.forEach((count, c) => {
    if (count === 0) return;
    const expected = (count / values.length) * total;
    statistic += (observed[c]! - expected) ** 2 / expected;
  });
  return { score: statistic, pValue: chiSquareUpperTail(statistic, present - 1) };
}
