import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import { type ClassView, type ExpectedScore, undefinedScore } from './expected-score.ts';

/**
 * Expected recall of one class: the share of its expected rows that predict it.
 *
 *   recall = Σᵢ dᵢ·pᵢ / Σᵢ pᵢ,  ∂/∂yᵢ = (dᵢ − recall) / Σ p;  d = 1 where the class is predicted
 *
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when no row is expected to be of the class.
 */
export function expectedRecall({ probability, predicted, name }: ClassView): ExpectedScore {
  const hits = new CompensatedSum();
  const expected = new CompensatedSum();
  for (let i = 0; i < predicted.length; i++) {
    expected.add(probability[i]!);
    if (predicted[i] === 1) hits.add(probability[i]!);
  }
  const total = expected.value;
  if (total <= 0) throw undefinedScore(`recall needs rows that may be '${name}'; all have probability 0`);
  const value = hits.value / total;
  return { value, influence: Float64Array.from(predicted, (d) => (d - value) / total) };
}
