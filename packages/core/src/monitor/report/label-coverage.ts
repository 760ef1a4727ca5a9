/** How many live predictions have an outcome. */
export interface LabelCoverage {
  /** Live predictions made. */
  readonly predictions: number;
  /** Those with an outcome. */
  readonly resolved: number;
  /** resolved / predictions; absent when none was made. */
  readonly share?: number;
  /** Of those without an outcome; absent when there is none, and for day ranges. */
  readonly waiting?: WaitingLabels;
}

/** How long live predictions have been waiting for their outcome. */
export interface WaitingLabels {
  /** Those whose `dueAt` is more than the grace ago: their outcome may never come. */
  readonly expired: number;
  /** Since `predictedAt` of the one that has waited longest. */
  readonly oldestAgeMs: number;
  readonly medianAgeMs: number;
}
