import { InvalidInputError, MlperfError } from '@mlperf/core';
import { namesProblem } from '../../model-names.ts';
import type { Voting } from '../compiled-forest.ts';
import { MAX_LIBRARY_NODES, MAX_TREE_DEPTH } from '../limits.ts';
import { type RandomForestModel, randomForestModel } from '../random-forest-model.ts';
import { rawArray, rawNumber, refusedModel } from '../raw-value.ts';
import { isLeaf, type TreeNodeJson, type TreeOptionsJson } from './forest-json.ts';
import { readForest } from './read-forest.ts';

/** What the JSON does not say. */
export interface LibraryForestNames {
  /** Label of each class index, in order. */
  readonly classes: readonly string[];
  /** Name of each column, in the order trained on. */
  readonly featureNames: readonly string[];
  /** `hard`, the default: exactly the classes that ml-random-forest answers. `soft`: the mean of the leaves' shares. */
  readonly voting?: Voting;
}

const FORBIDDEN = ['__proto__', 'constructor', 'prototype'] as const;

/**
 * A model from the JSON of a classifier trained by ml-random-forest: `JSON.parse(JSON.stringify(classifier))`, or what
 * {@link randomForestJson} gives. Its labels must be the indices of `classes`. The most probable class of every row is
 * the one `predict` answers there, ties included, unless `voting` is `soft`. The model's file is of format version 1.
 *
 * @throws {@link MlperfError} `MODEL_FORMAT` naming the place; `TOO_LARGE` for more nodes or depth than is read.
 * @example
 * const model = randomForestFromJson(JSON.parse(text), { classes: ['down', 'up'], featureNames: ['momentum'] });
 */
export function randomForestFromJson(
  json: unknown,
  { classes, featureNames, voting = 'hard' }: LibraryForestNames,
): RandomForestModel {
  if (classes.length < 2 || featureNames.length < 1) {
    throw new InvalidInputError(
      'EMPTY_INPUT',
      `a forest needs the names of at least two classes and one feature; got ${classes.length} and ${featureNames.length}`,
    );
  }
  for (const [at, names] of Object.entries({ classes, featureNames })) {
    const problem = namesProblem(names);
    if (problem !== undefined) throw new InvalidInputError('OUT_OF_RANGE', `${at} ${problem}`);
  }
  const forest = readForest(plainForest(json), featureNames.length, classes.length);
  const { baseModel } = forest;
  const depth = baseModel.estimators.reduce((most, tree) => Math.max(most, depthOf(tree.root)), 1);
  return randomForestModel({
    engine: 'ml-random-forest',
    classes: [...classes],
    featureNames: [...featureNames],
    parameters: {
      nEstimators: baseModel.nEstimators,
      maxDepth: depth,
      minSamplesSplit: Math.min(1_000_000, Math.max(2, baseModel.treeOptions.minNumSamples + 1)),
      minImpurityDecrease: Math.min(baseModel.treeOptions.gainThreshold, 1 - Number.EPSILON),
      maxFeatures: baseModel.n / featureNames.length,
      maxSamples: 1,
      bootstrap: baseModel.replacement,
      voting,
    },
    seed: `${baseModel.seed}`,
    forest,
  });
}

/** The fields that matter, in the form that {@link readForest} checks. */
function plainForest(json: unknown): unknown {
  const forest = fields(json, 'forest');
  const base = fields(forest.baseModel, 'forest.baseModel');
  const budget = { nodes: 0 };
  const estimators = rawArray(base.estimators, 'forest.baseModel.estimators', 1, Number.MAX_SAFE_INTEGER).map(
    (value, t) => {
      const at = `forest.baseModel.estimators[${t}]`;
      const tree = fields(value, at);
      const root = plainNode(tree.root, `${at}.root`, 0, budget);
      return { options: plainOptions(tree.options, at, depthOf(root)), root, name: tree.name };
    },
  );
  return {
    name: forest.name,
    baseModel: {
      indexes: base.indexes,
      n: base.n,
      // Sampling is over once trees are grown; the flag is kept, the number may be anything the library allows.
      replacement: base.replacement === true,
      maxFeatures: typeof base.maxFeatures === 'number' ? base.maxFeatures : 1,
      nEstimators: base.nEstimators,
      treeOptions: estimators[0]?.options,
      isClassifier: base.isClassifier,
      seed: typeof base.seed === 'number' ? base.seed | 0 : 0,
      estimators,
      useSampleBagging: false,
    },
  };
}

/** A depth without bound is `null` in JSON: the depth reached stands for it. */
function plainOptions(value: unknown, at: string, depth: number): TreeOptionsJson {
  const options = fields(value, `${at}.options`);
  if (options.gainFunction !== 'gini' || options.kind !== 'classifier') {
    throw refusedModel(`${at}.options`, "must have gainFunction 'gini' and kind 'classifier'");
  }
  const { maxDepth, minNumSamples, gainThreshold } = options;
  return {
    gainFunction: 'gini',
    splitFunction: 'mean',
    minNumSamples: typeof minNumSamples === 'number' ? Math.max(1, minNumSamples) : 3,
    maxDepth: typeof maxDepth === 'number' && maxDepth <= MAX_TREE_DEPTH ? Math.max(1, maxDepth) : Math.max(1, depth),
    gainThreshold: typeof gainThreshold === 'number' ? Math.min(1, Math.max(0, gainThreshold)) : 0,
    kind: 'classifier',
  };
}

/** @param budget - Nodes seen so far, of all trees. */
function plainNode(value: unknown, at: string, depth: number, budget: { nodes: number }): TreeNodeJson {
  if (++budget.nodes > MAX_LIBRARY_NODES) {
    throw new MlperfError('TOO_LARGE', `a forest in JSON may have at most ${MAX_LIBRARY_NODES} nodes; got more`);
  }
  if (depth > MAX_TREE_DEPTH) {
    throw new MlperfError('TOO_LARGE', `a tree may be at most ${MAX_TREE_DEPTH} splits deep; ${at} is deeper`);
  }
  const node = fields(value, at);
  if (node.distribution !== undefined) {
    const [row] = rawArray(node.distribution, `${at}.distribution`, 1, 1);
    return {
      distribution: [
        rawArray(row, `${at}.distribution[0]`, 1, Number.MAX_SAFE_INTEGER).map((share) => rawNumber(share, at, 0, 2)),
      ],
    };
  }
  const number = (name: string) => rawNumber(node[name], `${at}.${name}`, -Number.MAX_VALUE, Number.MAX_VALUE);
  return {
    splitValue: number('splitValue'),
    splitColumn: number('splitColumn'),
    gain: number('gain'),
    numberSamples: number('numberSamples'),
    left: plainNode(node.left, `${at}.left`, depth + 1, budget),
    right: plainNode(node.right, `${at}.right`, depth + 1, budget),
  };
}

function depthOf(node: TreeNodeJson): number {
  return isLeaf(node) ? 0 : 1 + Math.max(depthOf(node.left), depthOf(node.right));
}

function fields(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusedModel(at, 'must be an object');
  }
  for (const key of FORBIDDEN) if (Object.hasOwn(value, key)) throw refusedModel(at, `must not have the key '${key}'`);
  return Object.fromEntries(Object.entries(value));
}
