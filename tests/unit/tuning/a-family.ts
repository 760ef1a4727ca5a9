import { type Dataset, InvalidInputError, keyedRandom, type ModelFamily, type TrainedModel } from '@mlperf/core';
import { boolean, defineSpace, float, int } from '@mlperf/tuning';

export const stumpSpace = defineSpace({
  column: int(0, 1),
  threshold: float(-0.8, 0.8, { step: 0.4 }),
  inverted: boolean(),
});

export interface StumpParams {
  readonly column: number;
  readonly threshold: number;
  readonly inverted: boolean;
  /** Adds seeded noise to every probability: shows whether seeds are kept. */
  readonly jitter: number;
  /** Fails when the training rows are at least this many. */
  readonly failFrom: number;
}

export type StumpFamily = ModelFamily<StumpParams> & {
  readonly searchSpace: typeof stumpSpace;
  /** Training sets seen, oldest first. */
  readonly fits: Dataset[];
};

/** Says `up` when a feature is above a threshold: quick, deterministic, and good for the right parameters only. */
export function stumpFamily(): StumpFamily {
  const fits: Dataset[] = [];
  return {
    modelType: 'stump',
    task: 'classification',
    searchSpace: stumpSpace,
    defaults: { column: 0, threshold: 0, inverted: false, jitter: 0, failFrom: Number.POSITIVE_INFINITY },
    fits,
    async fit(train, params, { seed }) {
      const { column, threshold, inverted, jitter, failFrom } = { ...this.defaults, ...params };
      fits.push(train);
      if (train.features.rows >= failFrom) {
        throw new InvalidInputError('OUT_OF_RANGE', `cannot take ${train.features.rows} rows`);
      }
      const random = keyedRandom(seed);
      const model: TrainedModel = {
        modelType: 'stump',
        classes: train.classes ?? [],
        featureNames: train.featureNames,
        lookBack: 0,
        predict({ values, rows, columns }) {
          const out = new Float64Array(rows * 2);
          for (let row = 0; row < rows; row++) {
            const above = values[row * columns + column]! > threshold;
            const up = (above !== inverted ? 0.75 : 0.25) + (random.next() - 0.5) * jitter;
            out.set([1 - up, up], row * 2);
          }
          return out;
        },
        serialize: () => new Uint8Array(),
        featureImportance: () => Float64Array.from(train.featureNames, (_, c) => (c === column ? 1 : 0)),
        dispose: () => undefined,
      };
      return model;
    },
    async load() {
      throw new InvalidInputError('OUT_OF_RANGE', 'a stump is never stored');
    },
  };
}
