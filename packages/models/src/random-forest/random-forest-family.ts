import { setImmediate } from 'node:timers/promises';
import {
  type FitContext,
  InterruptedError,
  InvalidInputError,
  keyedRandom,
  MlperfError,
  type ModelFamily,
} from '@mlperf/core';
import { decodeForestFile } from './forest-file.ts';
import { type ForestJson, isLeaf, type TreeNodeJson } from './forest-json.ts';
import { featuresPerTree, type GrownTree, growTree } from './grow-tree.ts';
import { MAX_CLASSES, MAX_FEATURES, MAX_TEXT, MAX_TREE_NODES } from './limits.ts';
import { RANDOM_FOREST } from './model-type.ts';
import {
  type RandomForestParameters,
  randomForestDefaults,
  randomForestSearchSpace,
  requireRandomForestParameters,
} from './parameters.ts';
import { randomForestModel } from './random-forest-model.ts';
import { rowSampler } from './row-sampler.ts';
import { requireTrainingRows, type TrainingRows } from './training-rows.ts';
import { type ValidationScore, validationScore } from './validation-score.ts';

/**
 * Random forests for classification, grown by ml-random-forest and predicted from flat arrays.
 *
 * Each tree sees its own rows and its own columns, both drawn from (seed, tree number); columns are drawn once per
 * tree, not at each split as in Breiman (2001), doi:10.1023/A:1010933404324. Weights of the data set, if any, are
 * the chances of the rows in the bootstrap. With validation rows, `report(trees, accuracy)` is called after each
 * tree; on `stop` the forest grown so far is returned.
 *
 * @remarks A tree costs about (maxSamples · rows)² · columns · maxFeatures; between trees the event loop runs, the
 * signal is checked and progress is told.
 */
export const randomForestFamily: ModelFamily<RandomForestParameters> = {
  modelType: RANDOM_FOREST,
  task: 'classification',
  searchSpace: randomForestSearchSpace,
  defaults: randomForestDefaults,
  async fit(train, given, context) {
    const parameters = requireRandomForestParameters(given);
    requireSeed(context.seed);
    const data = requireTrainingRows(train, parameters);
    requireNameable(data);
    const score = context.validation === undefined ? undefined : validationScore(context.validation, data);
    const trees = await growTrees(data, parameters, context, score);
    const { classes, featureNames } = data;
    return randomForestModel({
      classes,
      featureNames,
      parameters,
      seed: context.seed,
      forest: mergeTrees(trees, parameters, featureNames.length),
    });
  },
  async load(bytes) {
    return randomForestModel(decodeForestFile(bytes));
  },
};

async function growTrees(
  data: TrainingRows,
  parameters: RandomForestParameters,
  context: FitContext,
  score: ValidationScore | undefined,
): Promise<readonly GrownTree[]> {
  const size = Math.min(data.rows.length, Math.max(2, Math.round(parameters.maxSamples * data.rows.length)));
  const draw = rowSampler({
    rows: data.rows.length,
    size,
    replacement: parameters.bootstrap,
    ...(data.weights === undefined ? {} : { weights: data.weights }),
  });
  const trees: GrownTree[] = [];
  let nodes = 0;
  while (trees.length < parameters.nEstimators) {
    requireRunning(context.signal);
    const rows = draw(keyedRandom(context.seed, RANDOM_FOREST, trees.length, 'rows'));
    const grown = growTree(
      rows.map((row) => data.rows[row]!),
      rows.map((row) => data.labels[row]!),
      parameters,
      keyedRandom(context.seed, RANDOM_FOREST, trees.length, 'columns'),
    );
    trees.push(grown);
    nodes += countNodes(grown.tree.root);
    if (nodes > MAX_TREE_NODES) {
      throw new MlperfError('TOO_LARGE', `a forest may have at most ${MAX_TREE_NODES} nodes; got ${nodes}`);
    }
    context.onProgress(trees.length / parameters.nEstimators);
    if (score !== undefined) {
      const value = score.add(mergeTrees([grown], parameters, data.featureNames.length));
      if ((await context.report(trees.length, value)) === 'stop') break;
    }
    // Lets the host, or the worker's message port, have its turn.
    await setImmediate();
  }
  requireRunning(context.signal);
  return trees;
}

/** One ml-random-forest model of trees that were grown apart. */
function mergeTrees(trees: readonly GrownTree[], parameters: RandomForestParameters, columns: number): ForestJson {
  const first = trees[0]!;
  const perTree = featuresPerTree(parameters.maxFeatures, columns);
  return {
    baseModel: {
      indexes: trees.map((tree) => tree.columns),
      n: perTree,
      replacement: false,
      maxFeatures: perTree / columns,
      nEstimators: trees.length,
      treeOptions: first.tree.options,
      isClassifier: true,
      seed: first.seed,
      estimators: trees.map((tree) => tree.tree),
      useSampleBagging: false,
    },
    name: 'RFClassifier',
  };
}

function countNodes(node: TreeNodeJson): number {
  return isLeaf(node) ? 1 : 1 + countNodes(node.left) + countNodes(node.right);
}

function requireRunning(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new InterruptedError('ABORTED', 'training of a random forest was aborted', { cause: signal.reason });
}

function requireSeed(seed: unknown): void {
  if (typeof seed !== 'string' || seed.length > MAX_TEXT) {
    throw new InvalidInputError('INVALID_TYPE', `seed must be a text of at most ${MAX_TEXT} characters`);
  }
}

/** A forest that trains must also load again. */
function requireNameable({ classes, featureNames }: TrainingRows): void {
  if (classes.length > MAX_CLASSES || featureNames.length > MAX_FEATURES) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `a random forest takes up to ${MAX_CLASSES} classes and ${MAX_FEATURES} features; got ${classes.length} and ${featureNames.length}`,
    );
  }
  const tooLong = [...classes, ...featureNames].find((name) => name.length > MAX_TEXT);
  if (tooLong !== undefined) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `names of classes and features must have at most ${MAX_TEXT} characters; got ${tooLong.length}`,
    );
  }
}
