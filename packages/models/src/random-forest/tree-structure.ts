import type { FlatTree, TreeStructure } from '@mlperf/core';
import type { Voting } from './compiled-forest.ts';
import type { FlatForest } from './flat-forest.ts';
import { summedTrees } from './flat-trees.ts';
import type { OwnForestContent } from './forest-content.ts';
import type { Criterion } from './growth/split-scores.ts';
import { largestOf } from './validation-score.ts';

interface NamedTrees {
  readonly forest: FlatForest;
  readonly featureNames: readonly string[];
  /** Empty for a regression. */
  readonly classes: readonly string[];
  readonly criterion: Criterion;
}

/** The trees for whoever explains them: the forest answers the mean of their leaves. */
export function forestStructure(content: OwnForestContent, voting: Voting): TreeStructure {
  const { forest, featureNames, classes } = content;
  return treesOf({ forest, featureNames, classes, criterion: criterionOf(content) }, voting);
}

/** As {@link forestStructure}; where trees vote, leaves answer 1 for the class they name. */
export function treesOf({ forest, featureNames, classes, criterion }: NamedTrees, voting: Voting): TreeStructure {
  const isRegression = criterion === 'squared-error';
  const outputs = isRegression ? 1 : forest.slots;
  return {
    featureNames,
    classes,
    output: isRegression ? 'value' : 'probability',
    outputs,
    base: new Float64Array(outputs),
    scale: 1 / forest.nodeCounts.length,
    trees: Array.from(summedTrees(forest, criterion), ({ tree }) =>
      voting === 'hard' ? votingTree(tree, outputs) : tree,
    ),
  };
}

/** The same tree with votes in its leaves, and in inner nodes the mean vote of their training rows. */
function votingTree(tree: FlatTree, outputs: number): FlatTree {
  const { left, right, cover } = tree;
  const values = new Float64Array(tree.values.length);
  // Children have higher numbers than their parents.
  for (let node = left.length - 1; node >= 0; node--) {
    const from = node * outputs;
    const a = left[node]!;
    const b = right[node]!;
    if (a < 0) values[from + largestOf(tree.values, from, outputs)] = 1;
    for (let k = 0; k < outputs && a >= 0; k++) {
      values[from + k] =
        (cover[a]! * values[a * outputs + k]! + cover[b]! * values[b * outputs + k]!) / (cover[a]! + cover[b]!);
    }
  }
  return { ...tree, values };
}

/** What the forest's splits lowered. */
export function criterionOf(content: OwnForestContent): 'gini' | 'entropy' | 'squared-error' {
  return content.task === 'regression' ? 'squared-error' : content.parameters.criterion;
}
