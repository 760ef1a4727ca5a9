import { DIRECTIONS, type OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { type Label, requirePairedLabels } from './require-paired-labels.ts';

export const matthewsCorrelationDescriptor: MetricDescriptor<'matthews_correlation'> = {
  name: 'matthews_correlation',
  direction: 'maximize',
  unit: '1',
  range: [-1, 1],
};

/**
 * Matthews correlation coefficient (MCC), for any number of classes.
 *
 *   MCC = (n·r − Σ_c t_c·p_c) / √((n² − Σ_c t_c²) · (n² − Σ_c p_c²))
 *
 * with r right predictions, t_c and p_c how often class c was observed and predicted. For two classes it is the
 * correlation of both as numbers.
 *
 * @param yTrue - Observed labels, shape (n), n ≥ 1: texts, or finite class indices.
 * @param yPred - Predicted labels, shape (n).
 * @returns In [−1, 1], best 1, 0 without skill; `undefined` when only one class was observed, or only one predicted
 * (scikit-learn says 0).
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE`.
 * @remarks O(n) time, O(classes) space; inputs are not modified. Sums are exact for n below 9e7.
 * @see Gorodkin (2004), Computational Biology and Chemistry 28:367–374, doi:10.1016/j.compbiolchem.2004.09.006;
 * scikit-learn, `sklearn.metrics.matthews_corrcoef`
 * @example matthewsCorrelation(['up', 'up', 'down', 'down'], ['up', 'up', 'down', 'up']);
 * // (4·3 − (2·3 + 2·1)) / √((16 − 8)(16 − 10)) = 4 / √48 = 0.577
 */
export function matthewsCorrelation(yTrue: ArrayLike<Label>, yPred: ArrayLike<Label>): number | undefined {
  requirePairedLabels(yTrue, yPred);
  const margins = new Map<Label, [observed: number, predicted: number]>();
  const marginsOf = (label: Label) => {
    let pair = margins.get(label);
    if (pair === undefined) {
      pair = [0, 0];
      margins.set(label, pair);
    }
    return pair;
  };
  let right = 0;
  for (let i = 0; i < yTrue.length; i++) {
    marginsOf(yTrue[i]!)[0]++;
    marginsOf(yPred[i]!)[1]++;
    if (yTrue[i] === yPred[i]) right++;
  }
  let products = 0;
  let observedSquares = 0;
  let predictedSquares = 0;
  for (const [observed, predicted] of margins.values()) {
    products += observed * predicted;
    observedSquares += observed * observed;
    predictedSquares += predicted * predicted;
  }
  return coefficient(yTrue.length, right, products, observedSquares, predictedSquares);
}

/** MCC of an aggregate; `undefined` also while it is empty. Agrees with {@link matthewsCorrelation} exactly. */
export function matthewsCorrelationOf(aggregate: OutcomeAggregate): number | undefined {
  let products = 0;
  let observedSquares = 0;
  let predictedSquares = 0;
  for (const label of DIRECTIONS) {
    let observed = 0;
    let predicted = 0;
    for (const other of DIRECTIONS) {
      observed += aggregate.confusion(label, other);
      predicted += aggregate.confusion(other, label);
    }
    products += observed * predicted;
    observedSquares += observed * observed;
    predictedSquares += predicted * predicted;
  }
  return coefficient(aggregate.count, aggregate.correct, products, observedSquares, predictedSquares);
}

function coefficient(
  n: number,
  right: number,
  products: number,
  observedSquares: number,
  predictedSquares: number,
): number | undefined {
  const observedSpread = n * n - observedSquares;
  const predictedSpread = n * n - predictedSquares;
  if (observedSpread <= 0 || predictedSpread <= 0) return undefined;
  const value = (n * right - products) / (Math.sqrt(observedSpread) * Math.sqrt(predictedSpread));
  return Math.min(1, Math.max(-1, value));
}
