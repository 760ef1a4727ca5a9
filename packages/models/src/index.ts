// Class weights
export { type ClassWeights, rowWeights } from './class-weights.ts';
// Random forest

// Limits of a model file
export { MAX_MODEL_BYTES } from './model-file.ts';
export { randomForestJson } from './random-forest/forest-file.ts';
export type {
  ForestJson,
  LeafNodeJson,
  SplitNodeJson,
  TreeJson,
  TreeNodeJson,
  TreeOptionsJson,
} from './random-forest/forest-json.ts';
export {
  type RandomForestParameters,
  randomForestDefaults,
  randomForestSearchSpace,
} from './random-forest/parameters.ts';
export { randomForestFamily } from './random-forest/random-forest-family.ts';
