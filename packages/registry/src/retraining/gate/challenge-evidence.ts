import type { ScoreKind } from './row-scores.ts';

/** The numbers a verdict rests on. Scores and their gain are means per row. */
export type ChallengeEvidence = {
  readonly score: ScoreKind;
  readonly opponent: 'champion' | 'no-skill';
  readonly rows: number;
  /** Timestamps of the first and last evaluation row, epoch milliseconds. */
  readonly evaluatedFrom: number;
  readonly evaluatedTo: number;
  readonly challengerScore: number;
  readonly opponentScore: number;
  readonly gain: number;
  /** Absent when the rows were too few for a bootstrap. */
  readonly gainLower?: number;
  readonly gainUpper?: number;
  readonly pValue?: number;
  readonly minimumGain: number;
  /** Two-sided level of the interval: 1 − 2 · the error that this test was given. */
  readonly confidenceLevel: number;
  readonly costPerTrade: number;
  readonly blockLength: number;
  readonly bootstrapReplicates: number;
  readonly challengerAccuracy: number;
  readonly championAccuracy?: number;
  /** Share of the most frequent class among these rows. */
  readonly noSkillAccuracy: number;
  /** Score of the best answer that is always the same, known with hindsight. */
  readonly noSkillScore: number;
  /** Lower end of the interval for the gain over no skill, at the same level; when there is a champion that is degraded. */
  readonly gainOverNoSkillLower?: number;
  /**
   * Sample size at which a gain of this size wins every second time (power 50 %); absent when no size would do, or the
   * challenger won.
   */
  readonly rowsNeeded?: number;
  /** The same at a power of 80 %. */
  readonly rowsNeededAt80?: number;
  /** Gains of single rows beyond ± this are clipped wherever these two models are watched live. */
  readonly gainBound: number;
  /** How many labels of different times were under way at once. */
  readonly labelOverlap: number;
};

/**
 * Why a challenger does not win on its sample. `not-better`: the interval of its gain does not lie above the minimum.
 * `constant`: it gives every row the same answer. `implausible`: it is right more often than `maxPlausibleAccuracy`.
 */
export type LossReason = 'not-better' | 'too-few-rows' | 'constant' | 'implausible';

/**
 * `better`: the interval of its gain lies above the minimum. `skilled`: it beats no skill and is not worse than a
 * champion that is degraded.
 */
export type ChallengeVerdict =
  | { readonly wins: true; readonly reason: 'better' | 'skilled'; readonly evidence: ChallengeEvidence }
  | { readonly wins: false; readonly reason: LossReason; readonly evidence: ChallengeEvidence };
