import { CompensatedSum } from '@mlperf/core';
import type { ScoringMetric } from './scoring-metric.ts';

/** The distance kept from 0 and 1: the machine epsilon 2⁻⁵², as scikit-learn does. */
const PROBABILITY_FLOOR = Number.EPSILON;

/**
 * Log loss: the mean surprise at what was observed, in nats.
 *
 *   log loss = −(1/n) · Σ ln pᵢ,   pᵢ the probability given to the observed class, kept in [ε, 1 − ε], ε = 2⁻⁵²
 *
 * Forests do give 0 to what then happens; without the bound a single such row would make the loss infinite. It costs
 * 36.04 nats, so a loss above 1 usually tells of overconfidence. Range [0, 36.04], best 0; a coin scores ln 2 = 0.693.
 * A row scores ln pᵢ.
 * @see scikit-learn, `sklearn.metrics.log_loss`
 * @example logLossScoring.score(Float64Array.of(0, 1), Float64Array.of(0.5, 0.5, 0.25, 0.75), ['down', 'up']);
 * // −(ln 0.5 + ln 0.75) / 2 = 0.4904
 */
export const logLossScoring: ScoringMetric = {
  name: 'log_loss',
  direction: 'minimize',
  score(yTrue, probabilities, classes) {
    const sum = new CompensatedSum();
    for (let row = 0; row < yTrue.length; row++) sum.add(-logProbability(yTrue, probabilities, classes.length, row));
    return sum.value / yTrue.length;
  },
  rowScores: (yTrue, probabilities, classes) =>
    yTrue.map((_, row) => logProbability(yTrue, probabilities, classes.length, row)),
};

function logProbability(yTrue: Float64Array, probabilities: Float64Array, columns: number, row: number): number {
  const p = probabilities[row * columns + yTrue[row]!]!;
  return Math.log(Math.min(Math.max(p, PROBABILITY_FLOOR), 1 - PROBABILITY_FLOOR));
}
