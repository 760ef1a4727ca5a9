import { MlperfError } from '@mlperf/core';
import { MAX_CLASSES, MAX_FEATURES, MAX_LIBRARY_NODES, MAX_TREE_DEPTH, MAX_TREES } from '../limits.ts';
import { type RawObject, rawArray, rawNumber, rawObject, rawText, rawWhole, refusedModel } from '../raw-value.ts';
import type { ForestJson, TreeJson, TreeNodeJson, TreeOptionsJson } from './forest-json.ts';

/**
 * The trees of a forest in ml-random-forest's JSON form, checked: every field present with its type and range, no
 * other field, no more nodes, depth or classes than a bounded machine can hold.
 *
 * @throws {@link MlperfError} `MODEL_FORMAT` naming the place; `TOO_LARGE`.
 */
export function readForest(value: unknown, columns: number, classCount: number): ForestJson {
  const forest = rawObject(value, 'forest', ['baseModel', 'name']);
  rawText(forest.name, 'forest.name', ['RFClassifier']);
  const at = 'forest.baseModel';
  const base = rawObject(forest.baseModel, at, [
    'indexes',
    'n',
    'replacement',
    'maxFeatures',
    'nEstimators',
    'treeOptions',
    'isClassifier',
    'seed',
    'estimators',
    'useSampleBagging',
  ]);
  const perTree = rawWhole(base.n, `${at}.n`, 1, Math.min(columns, MAX_FEATURES));
  const trees = rawWhole(base.nEstimators, `${at}.nEstimators`, 1, MAX_TREES);
  if (base.isClassifier !== true || typeof base.replacement !== 'boolean' || base.useSampleBagging !== false) {
    throw refusedModel(at, 'must be a classifier with isClassifier true and useSampleBagging false');
  }
  const indexes = rawArray(base.indexes, `${at}.indexes`, trees, trees).map((row, i) =>
    rawArray(row, `${at}.indexes[${i}]`, perTree, perTree).map((column, j) =>
      rawWhole(column, `${at}.indexes[${i}][${j}]`, 0, columns - 1),
    ),
  );
  const budget = { nodes: 0 };
  const estimators = rawArray(base.estimators, `${at}.estimators`, trees, trees).map((tree, i) =>
    readTree(tree, `${at}.estimators[${i}]`, { columns: perTree, classCount, budget }),
  );
  return {
    baseModel: {
      indexes,
      n: perTree,
      replacement: base.replacement,
      maxFeatures: rawNumber(base.maxFeatures, `${at}.maxFeatures`, 0, MAX_FEATURES),
      nEstimators: trees,
      treeOptions: readTreeOptions(base.treeOptions, `${at}.treeOptions`),
      isClassifier: true,
      seed: rawWhole(base.seed, `${at}.seed`, -(2 ** 31), 2 ** 31 - 1),
      estimators,
      useSampleBagging: false,
    },
    name: 'RFClassifier',
  };
}

interface TreeBounds {
  readonly columns: number;
  readonly classCount: number;
  /** Shared by all trees of the forest. */
  readonly budget: { nodes: number };
}

function readTree(value: unknown, at: string, bounds: TreeBounds): TreeJson {
  const tree = rawObject(value, at, ['options', 'root', 'name']);
  rawText(tree.name, `${at}.name`, ['DTClassifier']);
  return {
    options: readTreeOptions(tree.options, `${at}.options`),
    root: readNode(tree.root, `${at}.root`, 0, bounds),
    name: 'DTClassifier',
  };
}

function readTreeOptions(value: unknown, at: string): TreeOptionsJson {
  const options = rawObject(value, at, [
    'gainFunction',
    'splitFunction',
    'minNumSamples',
    'maxDepth',
    'gainThreshold',
    'kind',
  ]);
  rawText(options.gainFunction, `${at}.gainFunction`, ['gini']);
  rawText(options.splitFunction, `${at}.splitFunction`, ['mean']);
  rawText(options.kind, `${at}.kind`, ['classifier']);
  return {
    gainFunction: 'gini',
    splitFunction: 'mean',
    minNumSamples: rawWhole(options.minNumSamples, `${at}.minNumSamples`, 1, Number.MAX_SAFE_INTEGER),
    maxDepth: rawWhole(options.maxDepth, `${at}.maxDepth`, 1, MAX_TREE_DEPTH),
    gainThreshold: rawNumber(options.gainThreshold, `${at}.gainThreshold`, 0, 1),
    kind: 'classifier',
  };
}

function readNode(value: unknown, at: string, depth: number, bounds: TreeBounds): TreeNodeJson {
  if (++bounds.budget.nodes > MAX_LIBRARY_NODES) {
    throw new MlperfError('TOO_LARGE', `a forest may have at most ${MAX_LIBRARY_NODES} nodes; got more`);
  }
  if (depth > MAX_TREE_DEPTH) {
    throw new MlperfError('TOO_LARGE', `a tree may be at most ${MAX_TREE_DEPTH} splits deep; ${at} is deeper`);
  }
  const isLeafNode = typeof value === 'object' && value !== null && Object.hasOwn(value, 'distribution');
  if (isLeafNode) return { distribution: [readDistribution(rawObject(value, at, ['distribution']), at, bounds)] };

  const node = rawObject(value, at, ['splitValue', 'splitColumn', 'gain', 'numberSamples', 'left', 'right']);
  return {
    splitValue: rawNumber(node.splitValue, `${at}.splitValue`, -Number.MAX_VALUE, Number.MAX_VALUE),
    splitColumn: rawWhole(node.splitColumn, `${at}.splitColumn`, 0, bounds.columns - 1),
    gain: rawNumber(node.gain, `${at}.gain`, 0, 1),
    numberSamples: rawWhole(node.numberSamples, `${at}.numberSamples`, 2, Number.MAX_SAFE_INTEGER),
    left: readNode(node.left, `${at}.left`, depth + 1, bounds),
    right: readNode(node.right, `${at}.right`, depth + 1, bounds),
  };
}

function readDistribution(leaf: RawObject, at: string, bounds: TreeBounds): readonly number[] {
  const [row] = rawArray(leaf.distribution, `${at}.distribution`, 1, 1);
  const shares = rawArray(row, `${at}.distribution[0]`, 1, Math.min(bounds.classCount, MAX_CLASSES)).map((share, i) =>
    // ml-cart adds 1/n once per row, which may end a rounding error above 1.
    rawNumber(share, `${at}.distribution[0][${i}]`, 0, 1 + SHARE_TOLERANCE),
  );
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (Math.abs(total - 1) > SHARE_TOLERANCE) {
    throw refusedModel(`${at}.distribution`, `must add up to 1; got ${total}`);
  }
  return shares;
}

const SHARE_TOLERANCE = 1e-9;
