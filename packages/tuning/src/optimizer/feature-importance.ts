import { type Dataset, lookBackWindows, type TrainedModel } from '@mlperf/core';
import type { ScoringMetric } from '../scoring/scoring-metric.ts';
import { type PermutationImportance, permutationImportance } from './explanation/permutation-importance.ts';
import { treeShap } from './explanation/tree-shap.ts';

/** What a model makes of its features, seen from up to three sides. */
export interface FeatureImportanceReport {
  /** What it loses on these rows without them, most important first. The one to act on. */
  readonly permutation: readonly PermutationImportance[];
  /** Mean size of the Shapley values by feature, in the unit of the raw output, shares of their sum; of models made of trees. */
  readonly shapley?: Readonly<Record<string, number>>;
  /** The model's own measure, from its training rows: of a forest it favours features with many values. */
  readonly own?: Readonly<Record<string, number>>;
}

export interface AnalyzeImportanceOptions {
  /** Shuffles of each cluster; default 5. */
  readonly repeats?: number;
  readonly blockRows?: number;
  readonly clusterAbove?: number;
  /** Rows that Shapley values are taken of, evenly spread; default 1,000. */
  readonly shapleyRows?: number;
  readonly signal?: AbortSignal;
}

/**
 * @param data - Rows that the model was not trained on.
 * @throws as {@link permutationImportance}.
 */
export async function analyzeFeatureImportance(
  model: TrainedModel,
  data: Dataset,
  metric: ScoringMetric,
  seed: string,
  options: AnalyzeImportanceOptions = {},
): Promise<FeatureImportanceReport> {
  const { shapleyRows = 1_000, ...permutation } = options;
  const found = await permutationImportance(model, data, { metric, seed, ...permutation });
  const own = model.featureImportance?.();
  const shapley = shapleyShares(model, data, shapleyRows);
  return {
    permutation: found,
    ...(shapley === undefined ? {} : { shapley }),
    ...(own === undefined ? {} : { own: byName(data, own) }),
  };
}

/** Of at most `most` rows. */
function shapleyShares(model: TrainedModel, data: Dataset, most: number): Readonly<Record<string, number>> | undefined {
  const structure = model.treeStructure?.();
  if (structure === undefined) return undefined;
  const { rows } = lookBackWindows(data, model.lookBack);
  const step = Math.max(1, Math.ceil(rows.length / most));
  const kept = rows.filter((_, i) => i % step === 0);
  const { columns, values } = data.features;
  const features = new Float64Array(kept.length * columns);
  kept.forEach((row, i) => {
    features.set(values.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  const explained = treeShap(structure, { values: features, rows: kept.length, columns });
  const sizes = new Float64Array(columns);
  explained.values.forEach((value, i) => {
    sizes[Math.floor(i / explained.outputs) % columns]! += Math.abs(value);
  });
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return byName(data, total === 0 ? sizes : sizes.map((size) => size / total));
}

function byName({ featureNames }: Dataset, values: Float64Array): Readonly<Record<string, number>> {
  return Object.fromEntries(featureNames.map((name, column) => [name, values[column]!]));
}
