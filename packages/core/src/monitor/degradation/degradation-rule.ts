import type { JsonObject } from '../../types/json.ts';
import type { ChangePosition, DatedEvidence } from './change-estimate.ts';
import type { StreamEvidence } from './e-detector.ts';

/** `e-detector`: evidence with an alarm budget, the default. `rolling`: accuracy of the last window, as it stands. */
export type DegradationRuleName = 'e-detector' | 'rolling';

/** What a rule sees of one live outcome, in arrival order. */
export interface RuleObservation {
  readonly outcome: DatedEvidence;
  /** The rolling window, this outcome included. */
  readonly windowCount: number;
  readonly windowCorrect: number;
}

/** A change of mind, with the number that crossed the line. */
export interface RuleTransition {
  readonly to: 'degraded' | 'recovered';
  readonly statistic: number;
  readonly threshold: number;
  /** What each stream of evidence added to the statistic; absent for a rule without streams. */
  readonly evidence?: readonly StreamEvidence[];
}

/** Where a rule stands: the evidence on the line it watches now. */
export interface RuleStanding {
  readonly degraded: boolean;
  /** While degraded: the statistic of the alarm. Absent while the rule has too few outcomes to have one. */
  readonly statistic?: number;
  readonly threshold: number;
  /** What each stream of evidence adds to `statistic`; absent for a rule without streams. */
  readonly evidence?: readonly StreamEvidence[];
  /** Outcomes that were not weighed, for want of room for their symbol; absent when there are none. */
  readonly unwatchedOutcomes?: number;
  /** While degraded: evidence for recovery so far, and what it needs. */
  readonly recovery?: {
    readonly statistic?: number;
    readonly threshold: number;
    readonly evidence?: readonly StreamEvidence[];
  };
}

/** Decides from outcomes, one at a time, whether a model is below its floor. Pure: no clock, no I/O. */
export interface DegradationRule {
  readonly name: DegradationRuleName;
  readonly floor: number;
  readonly degraded: boolean;
  update(observation: RuleObservation): RuleTransition | undefined;
  standing(): RuleStanding;
  /** Where the change began that the alarm just raised reports; `undefined` for a rule that cannot tell. */
  locateChange(history: readonly DatedEvidence[]): ChangePosition | undefined;
  /** Forgets all evidence; not degraded afterwards. */
  reset(): void;
  /** Everything `restore` needs, with what the rule was asked. */
  toJSON(): JsonObject;
  /** @returns false, leaving the rule fresh, when the state answers another question (rule, floor or budget). */
  restore(state: JsonObject): boolean;
}
