import { scaleByWeight } from './binary-logistic.ts';
import { type Objective, totalWeight } from './objective.ts';

/**
 * K ≥ 3 classes, one score each: p_k = e^s_k / Σ e^s_j.
 *
 *   loss = −log p_y;  g_k = w·(p_k − [y = k]),  h_k = w·K/(K − 1)·p_k·(1 − p_k)
 *   initial scores = log(W_k / W)
 *
 * The Hessian is the diagonal one, raised by K/(K − 1) as in Friedman (2001), doi:10.1214/aos/1013203451, and in
 * LightGBM.
 */
export function softmax(classes: number): Objective {
  const factor = classes / (classes - 1);
  return {
    outputs: classes,
    answers: classes,
    keeps: 'score',
    initialScores(data) {
      const { targets, weights } = data;
      const sums = new Float64Array(classes);
      for (let row = 0; row < targets.length; row++) {
        sums[targets[row]!] = sums[targets[row]!]! + (weights?.[row] ?? 1);
      }
      const total = totalWeight(data);
      // A class no row belongs to must stay finite: as rare as LightGBM takes it.
      return sums.map((sum) => Math.log(Math.max(sum / total, RAREST)));
    },
    derivatives({ targets, weights }, scores, from, to, pairs) {
      const shares = new Float64Array(classes);
      for (let row = from, at = from * classes, k = 2 * from; row < to; row++, at += classes, k += 2) {
        let largest = Number.NEGATIVE_INFINITY;
        for (let c = 0; c < classes; c++) largest = Math.max(largest, scores[at + c]!);
        let sum = 0;
        for (let c = 0; c < classes; c++) {
          const share = Math.exp(scores[at + c]! - largest);
          shares[c] = share;
          sum += share;
        }
        const label = targets[row]!;
        for (let c = 0; c < classes; c++) {
          const p = shares[c]! / sum;
          const into = pairs[c]!;
          into[k] = c === label ? p - 1 : p;
          into[k + 1] = factor * p * (1 - p);
        }
      }
      if (weights !== undefined) for (const into of pairs) scaleByWeight(into, weights, from, to);
    },
    loss(data, scores) {
      const { targets, weights } = data;
      let sum = 0;
      for (let row = 0, at = 0; row < targets.length; row++, at += classes) {
        let largest = Number.NEGATIVE_INFINITY;
        for (let c = 0; c < classes; c++) largest = Math.max(largest, scores[at + c]!);
        let total = 0;
        for (let c = 0; c < classes; c++) total += Math.exp(scores[at + c]! - largest);
        sum += (Math.log(total) + largest - scores[at + targets[row]!]!) * (weights?.[row] ?? 1);
      }
      return sum / totalWeight(data);
    },
    answer(values, at) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let c = at; c < at + classes; c++) largest = Math.max(largest, values[c]!);
      let sum = 0;
      for (let c = at; c < at + classes; c++) {
        const share = Math.exp(values[c]! - largest);
        values[c] = share;
        sum += share;
      }
      for (let c = at; c < at + classes; c++) values[c] = values[c]! / sum;
    },
  };
}

const RAREST = 1e-15;
