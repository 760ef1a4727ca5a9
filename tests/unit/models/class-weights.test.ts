import { createDataset, type Dataset } from '@mlperf/core';
import { type ClassWeights, rowWeights } from '@mlperf/models';
import { describe, expect, it } from 'vitest';

function labelled(targets: readonly number[], weights?: readonly number[]): Dataset {
  const at = targets.map((_, row) => row);
  return createDataset({
    features: at.map((row) => [row]),
    featureNames: ['x'],
    targets,
    classes: ['down', 'up', 'toString'],
    timestamps: at,
    labelEndsAt: at,
    ...(weights === undefined ? {} : { weights }),
  });
}

const weightsOf = (dataset: Dataset, classWeights?: ClassWeights) => {
  const weights = rowWeights(dataset, classWeights);
  return weights && Array.from(weights);
};

describe('the weights of rows', () => {
  it('are those of the data set when classes have none', () => {
    expect(weightsOf(labelled([0, 1]))).toBeUndefined();
    expect(weightsOf(labelled([0, 1], [2, 3]))).toEqual([2, 3]);
  });

  it('are balanced over the classes that occur', () => {
    expect(weightsOf(labelled([0, 0, 0, 1]), 'balanced')).toEqual([4 / (2 * 3), 4 / (2 * 3), 4 / (2 * 3), 4 / (2 * 1)]);
    // Weights 1 + 2 of the first class, 5 of the second: both come to half of 8.
    const weighted = weightsOf(labelled([0, 0, 1], [1, 2, 5]), 'balanced')!;
    expect(weighted[0]! + weighted[1]!).toBeCloseTo(4, 12);
    expect(weighted[2]).toBeCloseTo(4, 12);
  });

  it('are the row’s times the class’s, 1 for a class that is not named', () => {
    expect(weightsOf(labelled([0, 1, 2], [2, 2, 2]), { up: 3 })).toEqual([2, 6, 2]);
  });

  it('refuse what is no weight', () => {
    const data = labelled([0, 1]);
    const { classes: _left, ...regression } = data;
    for (const [dataset, weights, code] of [
      [regression, 'balanced', 'INVALID_TYPE'],
      [data, { sideways: 1 }, 'OUT_OF_RANGE'],
      [data, { up: Number.NaN }, 'OUT_OF_RANGE'],
      [data, { up: 0, down: 0 }, 'OUT_OF_RANGE'],
      [data, [1, 2] as never, 'INVALID_TYPE'],
    ] as const) {
      expect(() => rowWeights(dataset, weights)).toThrow(expect.objectContaining({ code }));
    }
  });
});
