/** So many of the newest observations count in full. */
const FULL_WEIGHT = 25;

/**
 * Weights of n observations, oldest first, and of the prior kernel after them; they sum to 1.
 *
 *   n < 25: all alike. Else the oldest n − 25 rise evenly from 1/n to 1, the newest 25 and the prior have 1.
 *
 * An observation that counts less has that times its own weight.
 *
 * @param own - What each observation counts, in (0, 1]; absent: 1 each.
 * @remarks O(n).
 * @see Optuna 5.0.0, `default_weights`; Bergstra, Yamins & Cox (2013), ICML, 28:115–123
 */
export function kernelWeights(observations: number, own?: Float64Array): Float64Array {
  const weights = new Float64Array(observations + 1).fill(1);
  const ramp = observations - FULL_WEIGHT;
  for (let i = 0; i < ramp; i++) {
    const from = 1 / observations;
    weights[i] = ramp === 1 ? from : from + ((1 - from) * i) / (ramp - 1);
  }
  if (own !== undefined) for (let i = 0; i < observations; i++) weights[i] = weights[i]! * own[i]!;
  let sum = 0;
  for (let i = 0; i <= observations; i++) sum += weights[i]!;
  for (let i = 0; i <= observations; i++) weights[i] = weights[i]! / sum;
  return weights;
}
