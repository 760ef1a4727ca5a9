import type { EstimatedMetric } from './estimated-metric.ts';
import type { ClassSpreads, EstimationReference } from './estimation-reference.ts';
import { undefinedScore } from './expected-score.ts';
import type { SamplingSpread } from './sampling-spread.ts';

/** NannyML found that its sum of class variances underestimates the error of a macro AUC by a fifth. */
const MACRO_AUC_FACTOR = 1.2;

/**
 * NannyML's sampling error of a metric over n rows, from the scatter in the reference.
 *
 *   one class: √(variance / (n · share));  macro: √(Σ_c variance_c / (n · share_c)) / k,  · 1.2 for ROC AUC
 *
 * F1 of one class stretches the spread by (rows that bear on it) / (TP + ½·(FP + FN)); its macro form does not.
 *
 * @param at - Index of the class, or `macro` for the mean over classes.
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when no row of the reference bears on the metric.
 * @see NannyML 0.13.1, `sampling_error/binary_classification.py`, `sampling_error/multiclass_classification.py`
 */
export function samplingError(
  metric: EstimatedMetric,
  reference: EstimationReference,
  at: number | 'macro',
  n: number,
): number {
  if (metric === 'accuracy') return Math.sqrt(varianceOf(reference.accuracy, n, metric, ''));
  const variance = (c: number): number => {
    const spreads: ClassSpreads = reference.spreads[c]!;
    return varianceOf(spreads[metric], n, metric, ` of '${reference.classes[c]}'`);
  };
  if (at !== 'macro') {
    const stretch = metric === 'f1_score' ? reference.spreads[at]!.f1Stretch : 1;
    return stretch * Math.sqrt(variance(at));
  }
  const sum = reference.classes.reduce((total, _, c) => total + variance(c), 0);
  return (Math.sqrt(sum) / reference.classes.length) * (metric === 'roc_auc' ? MACRO_AUC_FACTOR : 1);
}

function varianceOf({ variance, share }: SamplingSpread, n: number, metric: string, of: string): number {
  if (share > 0) return variance / (n * share);
  throw undefinedScore(`the reference must hold rows that bear on ${metric}${of}; it holds none`);
}
