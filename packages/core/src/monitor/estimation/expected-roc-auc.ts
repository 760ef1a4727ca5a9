import { type ClassView, type ExpectedScore, undefinedScore } from './expected-score.ts';

/**
 * Expected ROC AUC of one class: over pairs of rows, weighted by the probability that the first is of the class and the
 * second is not, how often the first has the higher score (a tie counts half).
 *
 *   AUC = Σᵢ Σⱼ pᵢ·(1 − pⱼ)·K(sᵢ, sⱼ) / (N₊·N₋),  N₊ = Σ p, N₋ = Σ (1 − p);  K = 1, ½ or 0
 *   ∂/∂yᵢ = [Σⱼ (1 − pⱼ)·K(sᵢ, sⱼ) − Σⱼ pⱼ·K(sⱼ, sᵢ) − AUC·(N₋ − N₊)] / (N₊·N₋)
 *
 * A row is also paired with itself, as in the sum over expected counts that NannyML integrates: against the exact
 * expectation this pulls towards ½ by a share of about 1/n.
 *
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when all rows are certain to be of one kind.
 * @remarks O(n log n).
 */
export function expectedRocAuc({ probability, score, name }: ClassView): ExpectedScore {
  const n = score.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((i, j) => score[i]! - score[j]!);
  let positives = 0;
  for (const p of probability) positives += p;
  const negatives = n - positives;
  // Sums of n probabilities carry a rounding of about n·2⁻⁵³.
  if (positives <= n * Number.EPSILON || negatives <= n * Number.EPSILON) {
    throw undefinedScore(`roc_auc needs rows that may be '${name}' and rows that may not; all are certain`);
  }
  const slope = new Float64Array(n);
  let wins = 0;
  let positivesBelow = 0;
  let negativesBelow = 0;
  for (let start = 0; start < n; ) {
    let end = start;
    let tiedPositives = 0;
    for (; end < n && score[order[end]!] === score[order[start]!]; end++) tiedPositives += probability[order[end]!]!;
    const tiedNegatives = end - start - tiedPositives;
    const negativesBeaten = negativesBelow + tiedNegatives / 2;
    const positivesAbove = positives - positivesBelow - tiedPositives / 2;
    for (let at = start; at < end; at++) {
      const i = order[at]!;
      wins += probability[i]! * negativesBeaten;
      slope[i] = negativesBeaten - positivesAbove;
    }
    positivesBelow += tiedPositives;
    negativesBelow += tiedNegatives;
    start = end;
  }
  const pairs = positives * negatives;
  const value = wins / pairs;
  return { value, influence: slope.map((beaten) => (beaten - value * (negatives - positives)) / pairs) };
}
