import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import { type ClassView, type ExpectedScore, undefinedScore } from './expected-score.ts';

/**
 * Expected F1 score of one class, from expected counts.
 *
 *   F1 = 2·Σᵢ dᵢ·pᵢ / Σᵢ (dᵢ + pᵢ),  ∂/∂yᵢ = (2·dᵢ − F1) / Σ (d + p);  d = 1 where the class is predicted
 *
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when the class is neither predicted nor expected.
 */
export function expectedF1Score({ probability, predicted, name }: ClassView): ExpectedScore {
  const hits = new CompensatedSum();
  const sum = new CompensatedSum();
  for (let i = 0; i < predicted.length; i++) {
    sum.add(predicted[i]! + probability[i]!);
    if (predicted[i] === 1) hits.add(probability[i]!);
  }
  const total = sum.value;
  if (total <= 0) throw undefinedScore(`f1_score needs '${name}' predicted or expected; it is neither`);
  const value = (2 * hits.value) / total;
  return { value, influence: Float64Array.from(predicted, (d) => (2 * d - value) / total) };
}
