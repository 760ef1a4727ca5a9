/** Targets and weights of the training rows, or of rows whose loss is asked for. */
export interface WeightedTargets {
  readonly targets: Float64Array;
  /** > 0; all 1 when absent. */
  readonly weights: Float64Array | undefined;
}

/**
 * What boosting minimises: the loss of the scores, whose first and second derivatives each tree is fitted to.
 * Scores are (rows × outputs), row-major.
 */
export interface Objective {
  /** Trees per round. */
  readonly outputs: number;
  /** Numbers per row that a prediction answers with. */
  readonly answers: number;
  /** The constant scores, one per output, that a model without trees gives. */
  initialScores(data: WeightedTargets): Float64Array;
  /**
   * What training keeps of a score: the score s itself, or e^−s, which a tree changes without an exponential per row.
   * A tree that adds v to s adds v to the one, and multiplies the other by e^−v.
   */
  readonly keeps: 'score' | 'odds';
  /**
   * Writes gradient and Hessian of the loss by the score, times the row's weight, interleaved, one array per output.
   * @param kept - What is kept of the scores. @param from - First row. @param to - One past the last row.
   */
  derivatives(
    data: WeightedTargets,
    kept: Float64Array,
    from: number,
    to: number,
    pairs: readonly Float64Array[],
  ): void;
  /** Mean loss by weight. */
  loss(data: WeightedTargets, scores: Float64Array): number;
  /**
   * Turns the scores of one row into its answer.
   * @param at - Where the answer begins; the scores lie at `at + answers − outputs` and are overwritten.
   */
  answer(values: Float64Array, at: number): void;
}

/** Σ weights, in row order. */
export function totalWeight({ targets, weights }: WeightedTargets): number {
  if (weights === undefined) return targets.length;
  let total = 0;
  for (let row = 0; row < weights.length; row++) total += weights[row]!;
  return total;
}
