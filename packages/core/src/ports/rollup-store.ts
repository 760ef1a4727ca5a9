import type { PredictionRole } from '../types/prediction.ts';
import type { OutcomeRollup, RollupTotals } from '../types/rollup.ts';

export interface RollupQuery {
  /** `modelVersionId` or `modelName` is needed; with both, both must match. */
  readonly modelVersionId?: string;
  readonly modelName?: string;
  readonly segment?: string;
  readonly role: PredictionRole;
  /** Hours starting at or after the hour that holds this time, epoch milliseconds. */
  readonly from: number;
  /** Hours starting before this time. */
  readonly to: number;
}

/**
 * Hourly sums by `predictedAt`, one per version, model name, symbol and role. Kept by the adapter in the transaction of
 * every prediction and outcome, and always equal to a recomputation from the predictions; those of removed predictions
 * stay.
 */
export interface RollupStore {
  /** Ordered by hour, version, segment. @throws `TOO_LARGE` above 100,000 roll-ups: ask for a shorter range. */
  range(query: RollupQuery): Promise<readonly OutcomeRollup[]>;

  /**
   * What the roll-ups of a range come to, by version, by symbol and by day, from one state of the store. Counts agree
   * exactly with the sum of `range`, sums to 1e-12. Of any length: an adapter keeps sums of longer spans, so that the
   * cost follows the number of days, versions and symbols, not of predictions.
   */
  totals(query: RollupQuery): Promise<RollupTotals>;
}
