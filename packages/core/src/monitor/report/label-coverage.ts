/** How many live predictions have an outcome. */
export interface LabelCoverage {
  /** Live predictions made. */
  readonly predictions: number;
  /** Those with an outcome. */
  readonly resolved: number;
  /** resolved / predictions; absent when none was made. */
  readonly share?: number;
}
