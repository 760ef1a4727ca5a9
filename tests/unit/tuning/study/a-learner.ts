import type { Dataset, ModelFamily, TrainedModel } from '@mlperf/core';
import { boolean, defineSpace, float, int } from '@mlperf/tuning';

export const learnerSpace = defineSpace({ pull: float(0, 1), depth: int(1, 6), mirrored: boolean() });

export interface LearnerParams {
  readonly pull: number;
  readonly depth: number;
  readonly mirrored: boolean;
  /** Steps of a fit; each is reported. */
  readonly steps: number;
}

export type LearnerFamily = ModelFamily<LearnerParams> & {
  readonly searchSpace: typeof learnerSpace;
  /** One entry per fit: the steps it made before it ended. */
  readonly steps: number[];
  readonly validations: (Dataset | undefined)[];
};

/** Leans towards the right side of the first feature, the more the nearer `pull` is to 0.7: log loss falls smoothly. */
export function learnerFamily(): LearnerFamily {
  const steps: number[] = [];
  const validations: (Dataset | undefined)[] = [];
  return {
    modelType: 'learner',
    task: 'classification',
    searchSpace: learnerSpace,
    defaults: { pull: 0.5, depth: 3, mirrored: false, steps: 8 },
    steps,
    validations,
    async fit(train, params, context) {
      const { pull, depth, mirrored, steps: planned } = { ...this.defaults, ...params };
      const lean = 0.3 * (1 - Math.abs(pull - 0.7)) * (1 - Math.abs(depth - 4) / 10) * (mirrored ? -1 : 1);
      let made = 0;
      validations.push(context.validation);
      while (made < planned) {
        made++;
        if ((await context.report(made, lean - 0.1 / made)) === 'stop') break;
      }
      steps.push(made);
      const model: TrainedModel = {
        modelType: 'learner',
        classes: train.classes ?? [],
        featureNames: train.featureNames,
        lookBack: 0,
        predict({ values, rows, columns }) {
          const out = new Float64Array(rows * 2);
          for (let row = 0; row < rows; row++) {
            const up = 0.5 + (values[row * columns]! > 0 ? lean : -lean);
            out.set([1 - up, up], row * 2);
          }
          return out;
        },
        serialize: () => new Uint8Array(),
        dispose: () => undefined,
      };
      return model;
    },
    async load() {
      throw new Error('a learner is never stored');
    },
  };
}
