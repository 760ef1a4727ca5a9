import { InvalidInputError } from '../../errors.ts';

/** What can be estimated before outcomes arrive, under the names the tables use. */
export type EstimatedMetric = 'accuracy' | 'precision' | 'recall' | 'f1_score' | 'roc_auc';

export const ESTIMATED_METRICS: readonly EstimatedMetric[] = ['accuracy', 'precision', 'recall', 'f1_score', 'roc_auc'];

/** @throws {@link InvalidInputError} `EMPTY_INPUT` | `INVALID_TYPE`. */
export function requireMetrics(metrics: readonly EstimatedMetric[]): void {
  if (metrics.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'metrics must name at least 1 metric; got 0');
  for (const metric of metrics) {
    if (ESTIMATED_METRICS.includes(metric)) continue;
    throw new InvalidInputError(
      'INVALID_TYPE',
      `metrics must be among ${ESTIMATED_METRICS.join(', ')}; got ${JSON.stringify(metric)}`,
    );
  }
}
