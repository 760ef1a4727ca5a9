import type { JsonObject } from '../types/json.ts';

/**
 * What an ensemble predictor needs of a weight rule: weights that follow from the losses of its members, one outcome
 * after the other. Pure: the same state and losses give the same state, so that a stored state can be gone on from, and
 * a lost one made again.
 */
export interface Weighting {
  /** The rule and its settings by name: part of what an ensemble is, and so of its version. */
  readonly rule: JsonObject;
  /** The state before the first outcome. @param members - ≥ 1. */
  start(members: number): JsonObject;
  /**
   * The state after one outcome.
   * @param losses - Of each member, in [0, 1], 0 best; `undefined` for one that gave no answer.
   * @throws {@link InvalidInputError} `INVALID_RECORD` for a state that is not of this rule; `LENGTH_MISMATCH`;
   * `OUT_OF_RANGE` for a loss outside [0, 1].
   */
  update(state: JsonObject, losses: readonly (number | undefined)[]): JsonObject;
  /** Weights of the members, ≥ 0, summing to 1. @throws {@link InvalidInputError} `INVALID_RECORD`. */
  weights(state: JsonObject): Float64Array;
}
