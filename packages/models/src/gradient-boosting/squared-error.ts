import { type Objective, totalWeight } from './objective.ts';

/**
 * Regression: loss = ½·(s − y)²;  g = w·(s − y),  h = w;  initial score = the weighted mean of the targets.
 * {@link Objective.loss} is the mean squared error.
 */
export const squaredError: Objective = {
  outputs: 1,
  answers: 1,
  keeps: 'score',
  initialScores(data) {
    const { targets, weights } = data;
    const total = totalWeight(data);
    let mean = 0;
    // Shares of the weight rather than a sum divided later: nothing can overflow.
    for (let row = 0; row < targets.length; row++) mean += targets[row]! * ((weights?.[row] ?? 1) / total);
    return Float64Array.of(mean);
  },
  derivatives({ targets, weights }, scores, from, to, pairs) {
    const into = pairs[0]!;
    for (let row = from, k = 2 * from; row < to; row++, k += 2) {
      const weight = weights === undefined ? 1 : weights[row]!;
      into[k] = (scores[row]! - targets[row]!) * weight;
      into[k + 1] = weight;
    }
  },
  loss(data, scores) {
    const { targets, weights } = data;
    const total = totalWeight(data);
    let mean = 0;
    for (let row = 0; row < targets.length; row++) {
      const error = scores[row]! - targets[row]!;
      mean += error * error * ((weights?.[row] ?? 1) / total);
    }
    return mean;
  },
  answer() {
    // The score is the value itself.
  },
};
