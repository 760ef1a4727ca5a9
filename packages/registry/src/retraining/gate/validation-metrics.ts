import { type Dataset, mean } from '@mlperf/core';
import { type ModelAnswers, mostFrequentShare, scoreKindOf, scoreRows } from './row-scores.ts';

/**
 * The out-of-sample figures a challenger is registered with: its accuracy on the evaluation rows beside the share of
 * their most frequent class, and its mean net return per row where rows have returns.
 */
export function validationMetrics(
  sample: Dataset,
  answers: ModelAnswers,
  costPerTrade: number,
): Readonly<Record<string, number>> {
  const kind = scoreKindOf(sample);
  const { hits, scores } = scoreRows(sample, answers, kind, costPerTrade);
  return {
    accuracy: mean(hits),
    noSkillAccuracy: mostFrequentShare(sample),
    evaluationRows: hits.length,
    ...(kind === 'net-return' ? { netReturnPerRow: mean(scores) } : {}),
  };
}
