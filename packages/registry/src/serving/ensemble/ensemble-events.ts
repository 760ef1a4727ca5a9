import type { UnavailableReason } from '../prediction-request.ts';
import type { PredictorEvents } from '../predictor-events.ts';

/** Which members answer has changed; the weights of those that do are scaled to sum to 1. */
export interface MembersChangedEvent {
  readonly modelName: string;
  readonly at: number;
  readonly answering: readonly string[];
  readonly unavailable: readonly {
    readonly memberName: string;
    readonly reason: UnavailableReason;
    readonly message: string;
  }[];
}

/** Outcomes have moved the weights. */
export interface WeightsAdjustedEvent {
  readonly modelName: string;
  readonly at: number;
  /** How many outcomes were counted. */
  readonly outcomes: number;
  /** By member, summing to 1. */
  readonly weights: Readonly<Record<string, number>>;
}

export interface EnsembleEvents extends PredictorEvents {
  'members-changed': MembersChangedEvent;
  'weights-adjusted': WeightsAdjustedEvent;
}
