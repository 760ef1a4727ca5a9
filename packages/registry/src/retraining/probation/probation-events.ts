import type { ScoreKind } from '../gate/row-scores.ts';
import type { WatchedGainEvidence } from '../gate/watched-gain.ts';

/** The numbers of a watch after a promotion. */
export type ProbationEvidence = {
  readonly score: ScoreKind;
  /** Outcomes of the promoted version since its promotion. */
  readonly rows: number;
  /** The gain the promotion rested on, and the lower end of its interval; absent when it rested on none. */
  readonly predictedGain?: number;
  readonly predictedGainLower?: number;
  /** Chance of taking back a version that is no worse, in equal parts for two comparisons, or three if by net return. */
  readonly falseRollbackRate: number;
  /** Its gain over the predecessor, on the decisions that both answered. */
  readonly gain: WatchedGainEvidence;
  /**
   * Its score over what the predecessor was validated at, on the decisions that the predecessor did not answer; absent when
   * nothing is known of that.
   */
  readonly level?: WatchedGainEvidence;
  /**
   * Its gain in hits, on the decisions that both answered and whose outcome has no return; absent when it was promoted by
   * hits, or every outcome had one.
   */
  readonly hits?: WatchedGainEvidence;
  /** Whether its gain is below what was predicted, by the confidence sequence. */
  readonly fellShort?: boolean;
};

/**
 * A watch after a promotion is over. `passed`: nothing said that the version is worse. `unjudged`: it serves on, but no
 * outcome could be weighed, so nobody knows; see to it that outcomes arrive. `rolled-back`: the predecessor serves again,
 * and the version is barred. `superseded`: another version was promoted, or put back, meanwhile. Also in the outbox.
 */
export type ProbationEndedEvent = {
  readonly modelName: string;
  readonly versionId: string;
  readonly at: number;
  readonly verdict: 'passed' | 'unjudged' | 'rolled-back' | 'superseded';
  readonly evidence?: ProbationEvidence;
};

/** A version on probation is worse than its predecessor, but the slot is pinned: a human decides. Told once by each manager. */
export type RollbackHeldEvent = {
  readonly modelName: string;
  readonly versionId: string;
  readonly at: number;
  readonly reason: 'pinned';
  readonly evidence: ProbationEvidence;
};

export interface ProbationEvents {
  'probation-ended': ProbationEndedEvent;
  'rollback-held': RollbackHeldEvent;
}
