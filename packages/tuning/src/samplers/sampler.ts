import type { InferParameters, JsonObject, SearchSpace } from '@mlperf/core';

/**
 * Chooses the point of the search space that a trial evaluates.
 * @remarks Trial n has one point, whatever was asked before and by whom: asking moves nothing.
 */
export interface Sampler<S extends SearchSpace = SearchSpace> {
  /** Stored with the study. */
  readonly name: string;
  readonly space: S;
  /** How many points there are; absent when there is no end to them. */
  readonly size?: number;
  /** What beside name and space decides the points; stored with the study. */
  readonly settings: JsonObject;
  /**
   * @param trialNumber - 0, 1, 2 …, below `size`.
   * @throws `OUT_OF_RANGE` for any other number.
   */
  sample(trialNumber: number): InferParameters<S>;
}
