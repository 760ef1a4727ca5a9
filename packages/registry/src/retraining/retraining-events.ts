import type { RetrainingStage, RetrainingTrigger } from '@mlperf/core';
import type { ModelPromotedEvent, ModelRolledBackEvent } from '../versions/registry-events.ts';
import type { OpenCircuit } from './circuit.ts';
import type { ChallengeEvidence, LossReason } from './gate/challenge-evidence.ts';
import type { Fallback } from './gate/fallback.ts';
import type { ShadowEvidence } from './gate/shadow-watch.ts';
import type { ProbationEvents } from './probation/probation-events.ts';
import type { HeldReason } from './promotion-held.ts';

/** Stored in stage `requested`, under the lease; gathering follows. Every other manager that resumes it emits it once too. */
export interface RetrainingStartedEvent {
  readonly modelName: string;
  readonly retrainingId: string;
  readonly trigger: RetrainingTrigger;
  readonly at: number;
  /** True when an unfinished retraining is taken up again. */
  readonly resumed: boolean;
  /** The champion, if there is one. */
  readonly oldVersionId?: string;
}

/** What both verdicts tell. */
export interface RetrainingVerdictEvent {
  readonly modelName: string;
  readonly retrainingId: string;
  readonly trigger: RetrainingTrigger;
  readonly at: number;
  readonly oldVersionId?: string;
  readonly newVersionId: string;
  /** From request to verdict. */
  readonly seconds: number;
  /** What was seen of it beside the champion. */
  readonly shadow?: ShadowEvidence;
}

/** The challenger won and is the champion now. */
export interface RetrainingCompletedEvent extends RetrainingVerdictEvent {
  readonly evidence: ChallengeEvidence;
}

/**
 * Why a challenger was not promoted. `champion-changed`: somebody promoted another version meanwhile. `pinned`, `frozen`,
 * `suspended`: the slot takes no automatic promotion. `barred`: people barred the challenger meanwhile. `error-budget`: the
 * wrong promotions of the year are spoken for; the evidence says when the budget is back. `undecided`: the time in shadow
 * ended before the evidence was clear. `shadow-ended`: people took the challenger from beside the champion.
 */
export type RejectionReason =
  | LossReason
  | HeldReason
  | 'champion-changed'
  | 'barred'
  | 'error-budget'
  | 'undecided'
  | 'shadow-ended';

/**
 * A champion whose accuracy has dropped was not replaced; what was done about it, for people to look at. `previous`: the
 * version before it serves again. `suspended`: nothing serves. `kept`: it goes on. Also in the outbox.
 */
export type FallbackTakenEvent = Fallback & {
  readonly modelName: string;
  readonly retrainingId: string;
  readonly at: number;
  /** The degraded one. */
  readonly championVersionId: string;
};

/** The champion stays; the challenger is archived. */
export interface RetrainingRejectedEvent extends RetrainingVerdictEvent {
  readonly reason: RejectionReason;
  /** Absent when the champion changed before the two were compared. */
  readonly evidence?: ChallengeEvidence;
}

/** No verdict; the champion stays. */
export interface RetrainingFailedEvent {
  readonly modelName: string;
  /** Absent when it failed before it was stored. */
  readonly retrainingId?: string;
  readonly trigger?: RetrainingTrigger;
  readonly at: number;
  readonly stage?: RetrainingStage;
  readonly code: string;
  readonly message: string;
}

/**
 * Nothing is retrained by itself any more: a human is asked. Told once by every manager that finds it out, also after a
 * restart.
 */
export interface CircuitOpenedEvent extends OpenCircuit {
  readonly modelName: string;
  readonly at: number;
}

/**
 * A challenge waits for the place beside the champion, which another version has that people put there: it ends `undecided`
 * `maxShadowDays` after its verdict on the newest rows. Told once by each manager.
 */
export interface ShadowPlaceTakenEvent {
  readonly modelName: string;
  readonly retrainingId: string;
  readonly at: number;
  /** The challenger. */
  readonly newVersionId: string;
  /** The version in its place. */
  readonly takenBy: string;
}

/** A check of the host threw, or gave no reason that could be stored: it counts as none. */
export interface TriggerCheckFailedEvent {
  readonly modelName: string;
  readonly at: number;
  /** The check. */
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

export interface RetrainingEvents extends ProbationEvents {
  'fallback-taken': FallbackTakenEvent;
  'retraining-started': RetrainingStartedEvent;
  'retraining-completed': RetrainingCompletedEvent;
  'retraining-rejected': RetrainingRejectedEvent;
  'retraining-failed': RetrainingFailedEvent;
  'circuit-opened': CircuitOpenedEvent;
  'shadow-place-taken': ShadowPlaceTakenEvent;
  'trigger-check-failed': TriggerCheckFailedEvent;
  'model-promoted': ModelPromotedEvent;
  'model-rolled-back': ModelRolledBackEvent;
}
