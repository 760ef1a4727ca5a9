import type { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { requireJudgedConfidence } from './require-judged-confidence.ts';

export const brierScoreDescriptor: MetricDescriptor<'brier_score'> = {
  name: 'brier_score',
  direction: 'minimize',
  unit: '1',
  range: [0, 1],
};

/**
 * Brier score of an event that happens or does not: the mean squared error of its probability.
 *
 *   BS = (1/n) · Σ (fᵢ − oᵢ)²,  oᵢ = 1 where the event happened, else 0
 *
 * With hits and confidence the event is "the prediction is right". For the probabilities of all classes see
 * {@link multiclassBrierScore}, which for two classes is twice this.
 *
 * @param correct - Whether the event happened (the prediction was right), shape (n), n ≥ 1.
 * @param confidence - Its probability, shape (n), in [0, 1].
 * @returns In [0, 1], best 0; confidence 0.5 throughout scores exactly 0.25.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n) time, O(1) space; inputs are not modified; compensated summation.
 * @see Brier (1950), Monthly Weather Review 78:1–3, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
 * @example brierScore([true, false], [0.8, 0.6]); // (0.2² + 0.6²) / 2 = 0.2
 */
export function brierScore(correct: ArrayLike<boolean>, confidence: ArrayLike<number>): number {
  requireJudgedConfidence(correct, confidence);
  const sum = new CompensatedSum();
  for (let i = 0; i < confidence.length; i++) sum.add((confidence[i]! - (correct[i] ? 1 : 0)) ** 2);
  return sum.value / confidence.length;
}

/**
 * Brier score of an aggregate; `undefined` while it is empty or where some outcomes were summed without their scores.
 * Agrees with {@link brierScore} to 1e-12.
 */
export function brierScoreOf(aggregate: OutcomeAggregate): number | undefined {
  const { count, correct, confidenceSquareSum, hitConfidenceSum } = aggregate;
  if (count === 0 || aggregate.scoredCount !== count) return undefined;
  return Math.max(0, (confidenceSquareSum - 2 * hitConfidenceSum + correct) / count);
}
