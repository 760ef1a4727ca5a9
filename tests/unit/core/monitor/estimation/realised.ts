import {
  accuracy,
  type Direction,
  type EstimatedMetric,
  f1Score,
  precision,
  type ResolvedPrediction,
  recall,
} from '@mlperf/core';

/** What a metric came to, once outcomes are known. */
export function realisedOf(
  resolved: readonly ResolvedPrediction[],
  metric: EstimatedMetric,
  positiveClass: Direction | 'macro',
): number {
  if (positiveClass === 'macro' && metric !== 'accuracy') {
    const classes: readonly Direction[] = ['up', 'down', 'flat'];
    return classes.reduce((sum, name) => sum + realisedOf(resolved, metric, name) / classes.length, 0);
  }
  const yTrue = resolved.map(({ outcome }) => outcome.direction);
  const yPred = resolved.map(({ direction }) => direction);
  if (metric === 'accuracy') return accuracy(yTrue, yPred);
  if (metric === 'roc_auc') return pairwiseAuc(resolved, positiveClass);
  const score = { precision, recall, f1_score: f1Score }[metric](yTrue, yPred, positiveClass);
  if (score === undefined) throw new Error(`${metric} is undefined here`);
  return score;
}

/** By definition: the share of pairs in the right order. */
function pairwiseAuc(resolved: readonly ResolvedPrediction[], positiveClass: Direction | 'macro'): number {
  const scores = (isPositive: boolean) =>
    resolved
      .filter(({ outcome }) => (outcome.direction === positiveClass) === isPositive)
      .map(({ probabilities }) => (positiveClass === 'macro' ? 0 : (probabilities?.[positiveClass] ?? 0)));
  const positives = scores(true);
  const negatives = scores(false);
  let wins = 0;
  for (const high of positives) for (const low of negatives) wins += high > low ? 1 : high === low ? 0.5 : 0;
  return wins / (positives.length * negatives.length);
}
