import { type Objective, totalWeight, type WeightedTargets } from './objective.ts';

/**
 * Two classes: the score is the log odds of the second, p = 1 / (1 + e^−s).
 *
 *   loss = log(1 + e^−s) for the second class, log(1 + e^s) for the first;  g = w·(p − y),  h = w·p·(1 − p)
 *   initial score = log(W₁ / W₀), W the sums of weights
 */
export const binaryLogistic: Objective = {
  outputs: 1,
  answers: 2,
  keeps: 'odds',
  initialScores(data) {
    const { targets, weights } = data;
    let positive = 0;
    for (let row = 0; row < targets.length; row++) if (targets[row] === 1) positive += weights?.[row] ?? 1;
    return Float64Array.of(Math.log(positive / (totalWeight(data) - positive)));
  },
  derivatives({ targets, weights }: WeightedTargets, odds, from, to, pairs) {
    const into = pairs[0]!;
    for (let row = from, k = 2 * from; row < to; row++, k += 2) {
      const p = 1 / (1 + odds[row]!);
      into[k] = p - targets[row]!;
      into[k + 1] = p * (1 - p);
    }
    if (weights !== undefined) scaleByWeight(into, weights, from, to);
  },
  loss(data, scores) {
    const { targets, weights } = data;
    let sum = 0;
    for (let row = 0; row < targets.length; row++) {
      const margin = targets[row] === 1 ? scores[row]! : -scores[row]!;
      // log(1 + e^−m) without overflow.
      const loss = Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
      sum += loss * (weights?.[row] ?? 1);
    }
    return sum / totalWeight(data);
  },
  answer(values, at) {
    const p = 1 / (1 + Math.exp(-values[at + 1]!));
    values[at] = 1 - p;
    values[at + 1] = p;
  },
};

/** Multiplies the pairs of the rows by their weights. */
export function scaleByWeight(pairs: Float64Array, weights: Float64Array, from: number, to: number): void {
  for (let row = from, k = 2 * from; row < to; row++, k += 2) {
    const weight = weights[row]!;
    pairs[k] = pairs[k]! * weight;
    pairs[k + 1] = pairs[k + 1]! * weight;
  }
}
