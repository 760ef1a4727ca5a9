import type { BoostedTrees } from './boosted-trees.ts';
import type { GradientBoostingClassifierParameters } from './parameters.ts';

/** Everything a boosted model is. */
export interface BoostingContent {
  /** Empty for a regression. */
  readonly classes: readonly string[];
  readonly featureNames: readonly string[];
  readonly parameters: GradientBoostingClassifierParameters;
  readonly seed: string;
  /** One per output. */
  readonly initialScores: Float64Array;
  readonly trees: BoostedTrees;
}
