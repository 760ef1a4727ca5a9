import type { FlatForest } from './flat-forest.ts';
import type { ForestJson } from './library/forest-json.ts';
import type { LibraryForestParameters } from './library/library-parameters.ts';
import type { RandomForestParameters, RandomForestRegressionParameters } from './parameters.ts';

/** Everything a model file of the engine `ml-random-forest` holds. */
export interface LibraryForestContent {
  readonly engine: 'ml-random-forest';
  readonly classes: readonly string[];
  readonly featureNames: readonly string[];
  readonly parameters: LibraryForestParameters;
  readonly seed: string;
  readonly forest: ForestJson;
}

interface FlatForestContent {
  readonly engine: 'histogram';
  readonly featureNames: readonly string[];
  readonly seed: string;
  readonly forest: FlatForest;
  /** Where training was asked for it. */
  readonly outOfBag?: OutOfBagSummary;
}

/** Everything a model file of ours holds. */
export interface ClassForestContent extends FlatForestContent {
  readonly task: 'classification';
  readonly classes: readonly string[];
  readonly parameters: RandomForestParameters;
}

export interface RegressionForestContent extends FlatForestContent {
  readonly task: 'regression';
  readonly classes: readonly [];
  readonly parameters: RandomForestRegressionParameters;
}

export type OwnForestContent = ClassForestContent | RegressionForestContent;

/** How well training rows are answered by the trees that did not see them. */
export interface OutOfBagSummary {
  /** Accuracy; or, of a regression, the coefficient of determination R². `undefined` when it is not defined. */
  readonly score: number | undefined;
  /** Training rows that at least one tree did not see. */
  readonly rows: number;
}
