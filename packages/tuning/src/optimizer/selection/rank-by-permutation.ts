import { type Dataset, selectRows } from '@mlperf/core';
import { permutationImportance } from '../explanation/permutation-importance.ts';
import { type RankedFeatures, rankOf, type SelectionModels } from './ranked-features.ts';

/**
 * What a model trained on the splitter's last training rows loses on its last test rows without each feature. Features that
 * are shuffled together share their loss.
 */
export async function rankByPermutation(
  data: Dataset,
  { family, hyperparameters, metric, splitter, seed }: SelectionModels,
  signal: AbortSignal,
): Promise<RankedFeatures> {
  const { train, test } = splitter.split(data).at(-1)!;
  const model = await family.fit(selectRows(data, train), hyperparameters, {
    ...{ seed, signal },
    report: async () => 'continue',
    onProgress: () => undefined,
  });
  try {
    const found = await permutationImportance(model, selectRows(data, test), { metric, seed, signal });
    const lossOf = new Map(found.flatMap(({ features, mean }) => features.map((name) => [name, mean] as const)));
    const scores = data.featureNames.map((name) => ({ score: lossOf.get(name)! }));
    return { order: rankOf(scores.map(({ score }) => score)), scores };
  } finally {
    model.dispose();
  }
}
