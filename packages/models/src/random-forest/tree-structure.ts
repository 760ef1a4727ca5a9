import type { TreeStructure } from '@mlperf/core';
import { summedTrees } from './flat-trees.ts';
import type { OwnForestContent } from './forest-content.ts';

/** The trees for whoever explains them: the forest answers the mean of their leaves. */
export function forestStructure(content: OwnForestContent): TreeStructure {
  const { forest, featureNames, classes } = content;
  const outputs = content.task === 'regression' ? 1 : forest.slots;
  return {
    featureNames,
    classes,
    output: content.task === 'regression' ? 'value' : 'probability',
    outputs,
    base: new Float64Array(outputs),
    scale: 1 / forest.nodeCounts.length,
    trees: Array.from(summedTrees(forest, criterionOf(content)), ({ tree }) => tree),
  };
}

/** What the forest's splits lowered. */
export function criterionOf(content: OwnForestContent): 'gini' | 'entropy' | 'squared-error' {
  return content.task === 'regression' ? 'squared-error' : content.parameters.criterion;
}
