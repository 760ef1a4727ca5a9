import { setImmediate } from 'node:timers/promises';
import { type Dataset, type FitContext, keyedRandom, MlperfError } from '@mlperf/core';
import { compileForest } from '../compiled-forest.ts';
import type { LibraryForestContent } from '../forest-content.ts';
import { requireRunning } from '../growth/grow-forest.ts';
import { MAX_LIBRARY_NODES } from '../limits.ts';
import { RANDOM_FOREST } from '../model-type.ts';
import { type ValidationScore, validationScore } from '../validation-score.ts';
import { flattenForest } from './flatten-forest.ts';
import { type ForestJson, isLeaf, type TreeNodeJson } from './forest-json.ts';
import { featuresPerTree, type GrownTree, growTree } from './grow-tree.ts';
import type { LibraryForestParameters } from './library-parameters.ts';
import { rowSampler } from './row-sampler.ts';
import { requireTrainingRows, type TrainingRows } from './training-rows.ts';

/**
 * A forest grown by ml-random-forest: the reference beside ours.
 *
 * Each tree sees its own rows and its own columns, both drawn from (seed, tree number); columns are drawn once per
 * tree, not at each split. Weights of the data set, if any, are the chances of the rows in the bootstrap.
 *
 * @remarks A tree costs about (maxSamples · rows)² · columns · maxFeatures; between trees the event loop runs, the
 * signal is checked and progress is told. Within a tree nothing can end it.
 */
export async function fitLibraryForest(
  train: Dataset,
  parameters: LibraryForestParameters,
  context: FitContext,
): Promise<LibraryForestContent> {
  const data = requireTrainingRows(train, parameters);
  const { classes, featureNames } = data;
  const score =
    context.validation === undefined
      ? undefined
      : validationScore(context.validation, {
          classes,
          featureNames,
          poll: () => requireRunning(context.signal),
        });
  const trees = await growTrees(data, parameters, context, score);
  return {
    engine: 'ml-random-forest',
    classes,
    featureNames,
    parameters,
    seed: context.seed,
    forest: mergeTrees(trees, parameters, featureNames.length),
  };
}

async function growTrees(
  data: TrainingRows,
  parameters: LibraryForestParameters,
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
    if (nodes > MAX_LIBRARY_NODES) {
      throw new MlperfError('TOO_LARGE', `a forest may have at most ${MAX_LIBRARY_NODES} nodes; got ${nodes}`);
    }
    context.onProgress(trees.length / parameters.nEstimators);
    if (score !== undefined) {
      const own = mergeTrees([grown], parameters, data.featureNames.length);
      const value = score.add(
        compileForest(flattenForest(own, data.classes.length), {
          task: 'classification',
          voting: parameters.voting ?? 'soft',
        }),
      );
      if ((await context.report(trees.length, value)) === 'stop') break;
    }
    // Lets the host, or the worker's message port, have its turn.
    await setImmediate();
  }
  requireRunning(context.signal);
  return trees;
}

/** One ml-random-forest model of trees that were grown apart. */
function mergeTrees(trees: readonly GrownTree[], parameters: LibraryForestParameters, columns: number): ForestJson {
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
