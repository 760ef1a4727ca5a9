import { type Dataset, fisherUpperTail } from '@mlperf/core';
import { type FeatureColumn, type FeatureScore, featureColumns } from './feature-score.ts';

/**
 * The linear dependence of the target on a feature.
 *
 *   F = r² / (1 − r²) · (n − 2),  r the correlation,  p = P(F(1, n − 2) ≥ F)
 *
 * @returns one score a feature: 0 with p = 1 for a constant feature or target, the largest double with p = 0 for a perfect
 * correlation; none with fewer than three values.
 * @see scikit-learn `f_regression`, of which a golden test holds the values.
 */
export function regressionFScores(data: Dataset): readonly FeatureScore[] {
  return Array.from(featureColumns(data), score);
}

function score({ values, targets }: FeatureColumn): FeatureScore {
  const n = values.length;
  if (n < 3) return {};
  const meanX = values.reduce((sum, value) => sum + value, 0) / n;
  const meanY = targets.reduce((sum, value) => sum + value, 0) / n;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  values.forEach((value, i) => {
    const dx = value - meanX;
    const dy = targets[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  });
  if (xx === 0 || yy === 0) return { score: 0, pValue: 1 };
  const explained = (xy / xx) * (xy / yy);
  if (explained >= 1) return { score: Number.MAX_VALUE, pValue: 0 };
  const f = (explained / (1 - explained)) * (n - 2);
  return { score: f, pValue: fisherUpperTail(f, 1, n - 2) };
}
