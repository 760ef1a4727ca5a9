import { MlperfError, type RandomSource } from '@mlperf/core';
import { RandomForestClassifier } from 'ml-random-forest';
import type { TreeJson, TreeNodeJson, TreeOptionsJson } from './forest-json.ts';
import type { LibraryForestParameters } from './library-parameters.ts';

/** One tree as ml-random-forest grew it, with the columns it was given. */
export interface GrownTree {
  readonly tree: TreeJson;
  /** Its feature columns, distinct; the tree's `splitColumn` counts within them. */
  readonly columns: readonly number[];
  readonly seed: number;
}

/** Features per tree: max(1, round(share · columns)). */
export function featuresPerTree(share: number, columns: number): number {
  return Math.max(1, Math.round(share * columns));
}

/**
 * Grows one tree with ml-random-forest on the rows given: a forest of one, without its own bagging of rows and
 * without out-of-bag predictions (which fail when a row is in every tree's sample).
 *
 * @param random - Decides the columns, through the 32-bit seed that ml-random-forest takes.
 */
export function growTree(
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  parameters: LibraryForestParameters,
  random: RandomSource,
): GrownTree {
  const columns = rows[0]!.length;
  const perTree = featuresPerTree(parameters.maxFeatures, columns);
  const seed = Math.floor(random.next() * 2 ** 32) | 0;
  const forest = new RandomForestClassifier({
    nEstimators: 1,
    seed,
    // It takes floor(share · columns), and 1 as "all", so the number wanted is given as a share between two counts.
    maxFeatures: perTree === columns ? 1 : (perTree + 0.5) / columns,
    replacement: false,
    useSampleBagging: false,
    noOOB: true,
    treeOptions: {
      maxDepth: parameters.maxDepth,
      // A node of up to this many rows becomes a leaf.
      minNumSamples: parameters.minSamplesSplit - 1,
      gainThreshold: parameters.minImpurityDecrease,
    },
  });
  forest.train(
    rows.map((row) => [...row]),
    [...labels],
  );
  const { baseModel } = JSON.parse(JSON.stringify(forest)) as LibraryForest;
  return { tree: plainTree(baseModel.estimators[0]!), columns: baseModel.indexes[0]!, seed };
}

interface LibraryForest {
  readonly baseModel: {
    readonly indexes: readonly (readonly number[])[];
    readonly estimators: readonly { readonly options: TreeOptionsJson; readonly root: LibraryNode }[];
  };
}

/** As ml-cart writes it: leaves may carry the split they rejected, and every node repeats the options. */
interface LibraryNode {
  readonly splitValue?: number;
  readonly splitColumn?: number;
  readonly gain?: number | null;
  readonly numberSamples?: number;
  readonly left?: LibraryNode;
  readonly right?: LibraryNode;
  readonly distribution?: readonly [readonly number[]];
}

function plainTree(tree: LibraryForest['baseModel']['estimators'][number]): TreeJson {
  const { gainFunction, splitFunction, minNumSamples, maxDepth, gainThreshold, kind } = tree.options;
  return {
    options: { gainFunction, splitFunction, minNumSamples, maxDepth, gainThreshold, kind },
    root: plainNode(tree.root),
    name: 'DTClassifier',
  };
}

/** Keeps what ml-cart's loader reads and what importance needs: a quarter of the bytes. */
function plainNode(node: LibraryNode): TreeNodeJson {
  const { splitValue, splitColumn, gain, numberSamples, left, right, distribution } = node;
  if (distribution !== undefined) return { distribution };
  if (
    left === undefined ||
    right === undefined ||
    typeof splitValue !== 'number' ||
    splitColumn === undefined ||
    typeof gain !== 'number' ||
    numberSamples === undefined
  ) {
    throw new MlperfError('TRAINING_FAILED', 'ml-random-forest must return nodes with a split or a leaf; got neither');
  }
  return { splitValue, splitColumn, gain, numberSamples, left: plainNode(left), right: plainNode(right) };
}
