import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import { type ClassView, type ExpectedScore, undefinedScore } from './expected-score.ts';

/**
 * Expected precision of one class: Σ p over the rows that predict it, by their number.
 *
 *   precision = Σᵢ dᵢ·pᵢ / Σᵢ dᵢ,  ∂/∂yᵢ = dᵢ / Σ d;  d = 1 where the class is predicted
 *
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when no row predicts the class.
 */
export function expectedPrecision({ probability, predicted, name }: ClassView): ExpectedScore {
  const hits = new CompensatedSum();
  let rows = 0;
  for (let i = 0; i < predicted.length; i++) {
    if (predicted[i] === 0) continue;
    rows++;
    hits.add(probability[i]!);
  }
  if (rows === 0) throw undefinedScore(`precision needs a prediction of '${name}'; there is none`);
  return { value: hits.value / rows, influence: Float64Array.from(predicted, (d) => d / rows) };
}
