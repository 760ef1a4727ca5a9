import { InvalidInputError, type Matrix, requireMatrix, type TrainedModel } from '@mlperf/core';
import { addLeafAnswers, type CompiledForest, compileForest, type Voting } from './compiled-forest.ts';
import type {
  ClassForestContent,
  LibraryForestContent,
  OutOfBagSummary,
  RegressionForestContent,
} from './forest-content.ts';
import { encodeForestFile, encodeRegressionFile } from './forest-file.ts';
import { flatImportance } from './impurity-importance.ts';
import { flattenForest } from './library/flatten-forest.ts';
import { withCovers } from './library/leaf-covers.ts';
import { libraryImportance } from './library/library-importance.ts';
import { RANDOM_FOREST, RANDOM_FOREST_REGRESSION } from './model-type.ts';
import type { OutOfBag } from './out-of-bag.ts';
import { criterionOf, forestStructure, treesOf } from './tree-structure.ts';
import { addVotes } from './votes.ts';

/** A trained forest. */
export interface RandomForestModel extends TrainedModel {
  /**
   * How training rows are answered by the trees that did not see them; absent unless training was asked for it. The
   * answers row by row are there after training only: a file keeps the summary.
   */
  readonly outOfBag?: OutOfBagSummary & Partial<Pick<OutOfBag, 'answer'>>;
}

/**
 * A forest of classes ready to predict.
 *
 *   P(class k | x) = (1/T) · Σ_t share of class k among the training rows in the leaf of tree t that x reaches
 *
 * This is scikit-learn's probability. With `voting: 'hard'` each tree names the largest class of the leaf, the first of
 * equals, and P is the share of the trees that name class k; of classes that tie for the most votes, the one that had
 * so many first in the order of the trees answers the next double above the others. The most probable class is then
 * the one that `predict` of ml-random-forest answers. Every value is in [0, 1]; rows sum to 1 up to rounding.
 *
 * @param poll - Called once per tree while the forest is laid out; may throw.
 */
export function randomForestModel(
  content: ClassForestContent | LibraryForestContent,
  fresh?: OutOfBag,
  poll: () => void = () => {},
): RandomForestModel {
  const { classes, featureNames } = content;
  const isOwn = content.engine === 'histogram';
  const forest = isOwn ? content.forest : flattenForest(content.forest, classes.length);
  const voting = content.parameters.voting ?? 'soft';
  const compiled = compileForest(forest, { task: 'classification', voting, poll });
  const importance = isOwn
    ? flatImportance(forest, content.parameters.criterion, featureNames.length, poll)
    : libraryImportance(content.forest, featureNames.length);
  const outOfBag = fresh ?? (isOwn ? content.outOfBag : undefined);
  return {
    ...shared(RANDOM_FOREST, classes, featureNames, compiled, importance, outOfBag, voting),
    serialize: () => encodeForestFile(content),
    treeStructure: () =>
      isOwn
        ? forestStructure(content, voting)
        : treesOf({ classes, featureNames, forest: withCovers(content.forest, forest), criterion: 'gini' }, voting),
  };
}

/**
 * A regression forest ready to predict: ŷ(x) = (1/T) · Σ_t mean target of the training rows in the leaf of tree t that
 * x reaches.
 */
export function randomForestRegressionModel(
  content: RegressionForestContent,
  fresh?: OutOfBag,
  poll: () => void = () => {},
): RandomForestModel {
  const { featureNames, forest } = content;
  const compiled = compileForest(forest, { task: 'regression', poll });
  const importance = flatImportance(forest, criterionOf(content), featureNames.length, poll);
  return {
    ...shared(RANDOM_FOREST_REGRESSION, [], featureNames, compiled, importance, fresh ?? content.outOfBag),
    serialize: () => encodeRegressionFile(content),
    treeStructure: () => forestStructure(content, 'soft'),
  };
}

function shared(
  modelType: string,
  classes: readonly string[],
  featureNames: readonly string[],
  compiled: CompiledForest,
  importance: Float64Array | undefined,
  outOfBag: RandomForestModel['outOfBag'],
  voting: Voting = 'soft',
) {
  return {
    modelType,
    classes,
    featureNames,
    lookBack: 0,
    predict: (features: Matrix, out?: Float64Array) =>
      predictForest(compiled, voting, featureNames.length, features, out),
    ...(importance === undefined ? {} : { featureImportance: () => importance.slice() }),
    ...(outOfBag === undefined ? {} : { outOfBag }),
    // Plain memory: the garbage collector frees it.
    dispose() {},
  };
}

function predictForest(
  compiled: CompiledForest,
  voting: Voting,
  columns: number,
  features: Matrix,
  out: Float64Array = new Float64Array(features.rows * compiled.outputs),
): Float64Array {
  if (features.columns !== columns) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `features must have the ${columns} columns trained on; got ${features.columns}`,
    );
  }
  requireMatrix(features, 'features');
  const expected = features.rows * compiled.outputs;
  if (out.length !== expected) {
    throw new InvalidInputError('LENGTH_MISMATCH', `out must have ${expected} values; got ${out.length}`);
  }
  const trees = compiled.roots.length;
  out.fill(0);
  if (voting === 'hard') addVotes(compiled, features.values, columns, out);
  else addLeafAnswers(compiled, features.values, columns, out);
  for (let i = 0; i < out.length; i++) out[i] = out[i]! / trees;
  return out;
}
