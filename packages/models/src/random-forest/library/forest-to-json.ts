import { type FlatTree, MlperfError } from '@mlperf/core';
import { summedTrees } from '../flat-trees.ts';
import type { ClassForestContent } from '../forest-content.ts';
import { MAX_LIBRARY_NODES } from '../limits.ts';
import { featuresPerSplit } from '../parameters.ts';
import type { ForestJson, TreeNodeJson, TreeOptionsJson } from './forest-json.ts';
import { doubleAbove } from './neighbour-double.ts';

/**
 * A forest of ours in ml-random-forest's JSON, whose trees put every row into the same leaf: its split value is the
 * next double above our threshold, since it sends `value < splitValue` to the left. Gains are decreases of the Gini
 * index, whatever the forest was grown by; `numberSamples` are weights, rounded.
 *
 * @throws {@link MlperfError} `TOO_LARGE` for more nodes than are read back.
 */
export function forestToJson({ forest, featureNames, parameters }: ClassForestContent): ForestJson {
  if (forest.feature.length > MAX_LIBRARY_NODES) {
    throw new MlperfError(
      'TOO_LARGE',
      `a forest in JSON may have at most ${MAX_LIBRARY_NODES} nodes; got ${forest.feature.length}`,
    );
  }
  const columns = featureNames.map((_, column) => column);
  const options: TreeOptionsJson = {
    gainFunction: 'gini',
    splitFunction: 'mean',
    minNumSamples: parameters.minSamplesSplit - 1,
    maxDepth: parameters.maxDepth,
    gainThreshold: 0,
    kind: 'classifier',
  };
  const estimators = Array.from(summedTrees(forest, 'gini'), ({ tree, decrease }) => ({
    options,
    root: nodeJson(tree, decrease, forest.slots, 0),
    name: 'DTClassifier' as const,
  }));
  return {
    baseModel: {
      indexes: estimators.map(() => columns),
      n: columns.length,
      replacement: parameters.bootstrap,
      maxFeatures: featuresPerSplit(parameters.maxFeatures, columns.length) / columns.length,
      nEstimators: estimators.length,
      treeOptions: options,
      isClassifier: true,
      seed: 0,
      estimators,
      useSampleBagging: false,
    },
    name: 'RFClassifier',
  };
}

function nodeJson(tree: FlatTree, decrease: Float64Array, slots: number, node: number): TreeNodeJson {
  const left = tree.left[node]!;
  if (left < 0) return { distribution: [Array.from(tree.values.subarray(node * slots, (node + 1) * slots))] };
  return {
    splitValue: doubleAbove(tree.threshold[node]!),
    splitColumn: tree.feature[node]!,
    gain: decrease[node]! / tree.cover[node]!,
    numberSamples: Math.max(2, Math.round(tree.cover[node]!)),
    left: nodeJson(tree, decrease, slots, left),
    right: nodeJson(tree, decrease, slots, tree.right[node]!),
  };
}
