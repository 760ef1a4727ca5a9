import { type Dataset, InvalidInputError } from '@mlperf/core';
import type { RankedFeatures, SelectionModels } from './ranked-features.ts';
import { selectColumns } from './select-columns.ts';

/** Share of the features left that is dropped in one round, at least one. */
const STEP = 0.1;

/**
 * Trains on all features, drops those that the model uses least, and so on until `keep` are left.
 *
 * @returns those left by their importance in the last model, then the others, the last dropped first. Scores are their
 * importance when they were last in a model.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a family whose models do not tell their importance.
 * @see Guyon, Weston, Barnhill & Vapnik (2002), Machine Learning 46:389–422, doi:10.1023/A:1012487302797
 */
export async function eliminateRecursively(
  data: Dataset,
  { family, hyperparameters, seed }: SelectionModels,
  keep: number,
  signal: AbortSignal,
): Promise<RankedFeatures> {
  let left = data.featureNames.map((_, column) => column);
  const dropped: number[] = [];
  const scores = new Float64Array(left.length);
  for (;;) {
    const importance = await importanceOf(selectColumns(data, left));
    left.forEach((column, i) => {
      scores[column] = importance[i]!;
    });
    const ranked = left.toSorted((a, b) => scores[b]! - scores[a]! || a - b);
    const rest = ranked.length - keep;
    if (rest <= 0) return { order: [...ranked, ...dropped], scores: Array.from(scores, (score) => ({ score })) };
    const going = ranked.slice(-Math.min(rest, Math.max(1, Math.floor(STEP * ranked.length))));
    dropped.unshift(...going);
    left = left.filter((column) => !going.includes(column));
  }

  async function importanceOf(train: Dataset): Promise<Float64Array> {
    const model = await family.fit(train, hyperparameters, {
      ...{ seed, signal },
      report: async () => 'continue',
      onProgress: () => undefined,
    });
    try {
      const importance = model.featureImportance?.();
      if (importance !== undefined) return importance;
      throw new InvalidInputError(
        'INVALID_TYPE',
        `recursive elimination needs models that tell the importance of their features; '${family.modelType}' does not`,
      );
    } finally {
      model.dispose();
    }
  }
}
