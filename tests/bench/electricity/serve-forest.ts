import { type Dataset, sliceDataset, type TrainedModel } from '@mlperf/core';
import { type RandomForestParameters, randomForestFamily } from '@mlperf/models';

/** A forest on all rows of a data set. */
export function trainForest(train: Dataset, parameters: Partial<RandomForestParameters>): Promise<TrainedModel> {
  return randomForestFamily.fit(train, parameters, {
    seed: 'electricity',
    signal: new AbortController().signal,
    report: async () => 'continue',
    onProgress() {},
  });
}

/** Whether the model, unchanged, was right about each row. */
export async function hitsOf(model: TrainedModel, served: Dataset): Promise<readonly boolean[]> {
  const probabilities = await model.predict(served.features);
  return Array.from(served.targets, (target, row) => {
    const up = probabilities[2 * row + 1]! > probabilities[2 * row]!;
    return up === (target === 1);
  });
}

/** Whether the row before had the same label: what every accuracy on these data is to be compared with. */
export function sameAsLastHits(data: Dataset, from: number): readonly boolean[] {
  return Array.from(sliceDataset(data, from, data.targets.length).targets, (target, row) => {
    return target === data.targets[from + row - 1];
  });
}

export function shareOf(hits: readonly boolean[]): number {
  return hits.filter(Boolean).length / hits.length;
}
