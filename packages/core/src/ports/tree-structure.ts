/**
 * One tree in flat arrays; node 0 is the root.
 *
 * At a node with feature f ≥ 0 a row goes left ⇔ x[f] ≤ threshold, or x[f] is missing (NaN) and `missingLeft` is 1.
 * Children have higher numbers than their parent.
 */
export interface FlatTree {
  /** Column split on; −1 in a leaf. Length nodes, as every array here. */
  readonly feature: Int32Array;
  /** In the unit of the feature; 0 in a leaf. */
  readonly threshold: Float64Array;
  /** Number of the left child; −1 in a leaf. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** 1 where a missing value goes left, 0 where it goes right. */
  readonly missingLeft: Uint8Array;
  /** Shape (nodes × outputs), row-major: what a leaf answers, for an inner node what its training rows would. */
  readonly values: Float64Array;
  /** Weight of the training rows that reached the node, > 0. */
  readonly cover: Float64Array;
}

/**
 * The trees of a forest or of boosting, for whoever explains them.
 *
 *   raw(x) = base + scale · Σ_t values of the leaf of tree t that x reaches, per output
 */
export interface TreeStructure {
  readonly featureNames: readonly string[];
  /** Class labels; empty for a regression. */
  readonly classes: readonly string[];
  /**
   * What the outputs are. `probability`: one per class, already probabilities. `log-odds`: one output, the log-odds of
   * the second of two classes. `softmax`: one per class, before softmax. `value`: one output, the target's unit.
   */
  readonly output: 'probability' | 'log-odds' | 'softmax' | 'value';
  /** Outputs per node. */
  readonly outputs: number;
  /** Length outputs. */
  readonly base: Float64Array;
  /** 1 / trees for a mean; 1 for a sum. */
  readonly scale: number;
  readonly trees: readonly FlatTree[];
}
