import type { RowScoring } from './row-scoring.ts';

/**
 * The best that can be answered without looking at a feature, the same in every row, in hindsight of the very rows it is
 * scored on: their class shares (so the most frequent class), or of values their mean or lower median, whichever scores
 * better.
 *
 * In hindsight, because a constant learned on the training rows is too easy to beat: where the test rows have more of one
 * class, the training rows have less of it.
 *
 * @param yTrue - Class indices or values, shape (n), n ≥ 1.
 * @returns predictions, shape (n × classes), n × 1 without classes.
 */
export function noSkillPredictions(yTrue: Float64Array, classes: readonly string[], scoring: RowScoring): Float64Array {
  const rows = yTrue.length;
  if (classes.length > 0) {
    const shares = new Float64Array(classes.length);
    for (const label of yTrue) shares[label]!++;
    for (let c = 0; c < shares.length; c++) shares[c]! /= rows;
    const predictions = new Float64Array(rows * classes.length);
    for (let row = 0; row < rows; row++) predictions.set(shares, row * classes.length);
    return predictions;
  }
  const constant = (value: number) => new Float64Array(rows).fill(value);
  const byMean = constant(total(yTrue) / rows);
  const byMedian = constant(yTrue.toSorted()[Math.floor((rows - 1) / 2)]!);
  const goodness = (predictions: Float64Array) => total(scoring.score(yTrue, predictions, classes));
  return goodness(byMedian) > goodness(byMean) ? byMedian : byMean;
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
