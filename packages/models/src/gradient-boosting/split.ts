/** Where a leaf is best divided. */
export interface Split {
  /** Position among the packed columns. */
  readonly position: number;
  /** Rows with a bin up to this one go left. */
  readonly bin: number;
  readonly missingLeft: boolean;
  /** How much more the two children lower the loss than their parent (twice over, as LightGBM counts). */
  readonly gain: number;
  readonly leftGradients: number;
  readonly leftHessians: number;
  readonly leftValue: number;
  readonly rightValue: number;
}

/** What the search needs to know of a leaf. */
export interface LeafSums {
  /** Σ gradients. */
  readonly gradients: number;
  /** Σ Hessians. */
  readonly hessians: number;
  /** No row of the leaf has a larger Hessian. */
  readonly largestHessian: number;
  /** Rows `order[from]` up to but without `order[to]`. */
  readonly from: number;
  readonly to: number;
  /** Its value and the values of all leaves below it stay within [low, high]: monotone constraints. */
  readonly low: number;
  readonly high: number;
}
