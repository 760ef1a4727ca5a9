import type { ClassProbabilities, Direction } from '@mlperf/core';
import { classDecider } from '../class-decision.ts';
import type { ServedAnswer } from '../served-version.ts';

/** What one member says, and how much it counts. */
export interface Vote {
  readonly probabilities: ClassProbabilities;
  /** ≥ 0. */
  readonly weight: number;
}

/**
 * The weighted mean of what the members say, weights scaled to sum to 1; a member that knows no `flat` gives it 0.
 *
 *   p_c = Σᵢ wᵢ·pᵢ_c / Σᵢ wᵢ
 *
 * When all weights are 0 every member counts the same.
 *
 * @param classes - Of the ensemble.
 * @param votes - At least one.
 */
export function combineAnswers(classes: readonly Direction[], votes: readonly Vote[]): ServedAnswer {
  const weights = scaledWeights(votes.map(({ weight }) => weight));
  const row = classes.map((name) =>
    votes.reduce((sum, { probabilities }, i) => sum + weights[i]! * (probabilities[name] ?? 0), 0),
  );
  const { index, probability } = classDecider(classes)(row, 0);
  const of = (name: Direction) => row[classes.indexOf(name)] ?? 0;
  return {
    direction: classes[index]!,
    confidence: Math.min(1, probability),
    probabilities: { up: of('up'), down: of('down'), ...(classes.includes('flat') ? { flat: of('flat') } : {}) },
  };
}

/** Weights that sum to 1: all the same when they are all 0. */
export function scaledWeights(weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (total > 0 ? weight / total : 1 / weights.length));
}

/**
 * Half the Brier score of one answer, in [0, 1], 0 best. Exp-concave at rate 1/2 for any number of classes.
 *
 *   ½ · Σ_c (p_c − [c is observed])²
 */
export function halfBrierLoss(probabilities: ClassProbabilities, observed: Direction): number {
  const { up, down, flat = 0 } = probabilities;
  const square = (p: number, name: Direction) => (p - (name === observed ? 1 : 0)) ** 2;
  return Math.min(1, (square(up, 'up') + square(down, 'down') + square(flat, 'flat')) / 2);
}

/** What a prediction stored without probabilities says: two classes are assumed. */
export function statedProbabilities(prediction: {
  readonly direction: Direction;
  readonly confidence: number;
  readonly probabilities?: ClassProbabilities;
}): ClassProbabilities {
  const { direction, confidence, probabilities } = prediction;
  if (probabilities !== undefined) return probabilities;
  return { up: 1 - confidence, down: 1 - confidence, [direction]: confidence };
}
