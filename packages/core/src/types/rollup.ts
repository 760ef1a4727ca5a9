import type { OutcomeAggregateState } from './outcome-aggregate-state.ts';
import type { PredictionRole } from './prediction.ts';

/** Everything one version did for one symbol in one role in one hour of `predictedAt`. */
export interface OutcomeRollup {
  readonly modelVersionId: string;
  readonly modelName?: string;
  readonly segment: string;
  readonly role: PredictionRole;
  /** Start of the hour, epoch milliseconds, a multiple of 3,600,000. */
  readonly hourStartAt: number;
  /** Predictions made, with or without an outcome: the denominator of label coverage. */
  readonly predictionsCount: number;
  /** Sums over those that have an outcome. */
  readonly outcomes: OutcomeAggregateState;
}

/** The sum of the roll-ups of one group. */
export interface RollupTotal {
  readonly predictionsCount: number;
  readonly outcomes: OutcomeAggregateState;
}

/** Roll-ups of a range summed up three ways; groups without predictions are left out. */
export interface RollupTotals {
  /** By version id. */
  readonly versions: readonly (RollupTotal & { readonly modelVersionId: string })[];
  /** By symbol. */
  readonly segments: readonly (RollupTotal & { readonly segment: string })[];
  /** By day; `dayStartAt` is midnight UTC, epoch milliseconds. */
  readonly days: readonly (RollupTotal & { readonly dayStartAt: number })[];
}
