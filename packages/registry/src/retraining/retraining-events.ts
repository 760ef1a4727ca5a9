import type { RetrainingStage, RetrainingTrigger } from '@mlperf/core';
import type { ModelPromotedEvent, ModelRolledBackEvent } from '../versions/registry-events.ts';
import type { OpenCircuit } from './circuit.ts';
import type { ChallengeEvidence, LossReason } from './gate/challenge-evidence.ts';

/** Stored in stage `requested`, under the lease; gathering follows. Emitted again by whoever resumes it. */
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
}

/** The challenger won and is the champion now. */
export interface RetrainingCompletedEvent extends RetrainingVerdictEvent {
  readonly evidence: ChallengeEvidence;
}

/**
 * Why a challenger was not promoted. `not-better`: the interval of its gain does not lie above the minimum.
 * `champion-changed`: somebody promoted another version meanwhile. `pinned`, `frozen`: the slot takes no automatic
 * promotion.
 */
export type RejectionReason = LossReason | 'champion-changed' | 'pinned' | 'frozen';

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

/** A check of the host threw, or gave no reason that could be stored: it counts as none. */
export interface TriggerCheckFailedEvent {
  readonly modelName: string;
  readonly at: number;
  /** The check. */
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

export interface RetrainingEvents {
  'retraining-started': RetrainingStartedEvent;
  'retraining-completed': RetrainingCompletedEvent;
  'retraining-rejected': RetrainingRejectedEvent;
  'retraining-failed': RetrainingFailedEvent;
  'circuit-opened': CircuitOpenedEvent;
  'trigger-check-failed': TriggerCheckFailedEvent;
  'model-promoted': ModelPromotedEvent;
  'model-rolled-back': ModelRolledBackEvent;
}
