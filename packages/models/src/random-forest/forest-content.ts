import type { ForestJson } from './forest-json.ts';
import type { RandomForestParameters } from './parameters.ts';

/** Everything a model file holds. */
export interface ForestContent {
  readonly classes: readonly string[];
  readonly featureNames: readonly string[];
  readonly parameters: RandomForestParameters;
  readonly seed: string;
  readonly forest: ForestJson;
}
