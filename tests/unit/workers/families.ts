import {
  ConflictError,
  type Dataset,
  type FitContext,
  InvalidInputError,
  type ModelFamily,
  type TrainedModel,
} from '@mlperf/core';
import { randomForestFamily } from '@mlperf/models';

/** A model that answers every row with its bytes: [down, up] in percent. */
function fixedModel(modelType: string, percentUp: number): TrainedModel {
  return {
    modelType,
    classes: ['down', 'up'],
    featureNames: ['x'],
    lookBack: 0,
    predict(features, out = new Float64Array(features.rows * 2)) {
      for (let row = 0; row < features.rows; row++) out.set([1 - percentUp / 100, percentUp / 100], row * 2);
      return out;
    },
    serialize: () => Uint8Array.of(percentUp),
    dispose() {},
  };
}

function family(
  modelType: string,
  train: (context: FitContext, dataset: Dataset) => Promise<number> | number,
): ModelFamily {
  return {
    modelType,
    task: 'classification',
    searchSpace: {},
    defaults: {},
    fit: async (dataset, _parameters, context) => fixedModel(modelType, await train(context, dataset)),
    load: async (bytes) => {
      if (bytes.length !== 1) throw new Error('one byte expected');
      return fixedModel(modelType, bytes[0]!);
    },
  };
}

/** Blocks its thread; the deadline keeps a broken test from hanging. */
function block(until: () => boolean): void {
  const giveUpAt = performance.now() + 20_000;
  while (!until() && performance.now() < giveUpAt);
}

export const families: readonly ModelFamily[] = [
  randomForestFamily,
  family('fixed', () => 75),
  family('looking', ({ signal, onProgress }) => {
    onProgress(0.1);
    block(() => signal.aborted);
    signal.throwIfAborted();
    return 50;
  }),
  family('listening', async ({ signal, onProgress }) => {
    onProgress(0.1);
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    return 50;
  }),
  family('stubborn', ({ onProgress }) => {
    onProgress(0.1);
    block(() => false);
    return 50;
  }),
  family('exiting', () => process.exit(3)),
  family('exploding', async () => {
    setTimeout(() => {
      throw new Error('thrown outside the fit');
    }, 0);
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    return 50;
  }),
  family('refusing', () => {
    throw new InvalidInputError('SINGLE_CLASS', 'targets must hold two classes; got one', { cause: new Error('why') });
  }),
  family('conflicting', () => {
    throw new ConflictError('somebody else holds the lease', { code: 'LEASE_HELD' });
  }),
  family('failing', () => {
    throw new RangeError('Invalid array length');
  }),
  family('throwing-text', () => {
    throw 'just a text';
  }),
  family('reporting', async ({ report }) => {
    let step = 1;
    while ((await report(step, step / 10)) === 'continue') step++;
    return step;
  }),
  family('progressing', ({ onProgress }) => {
    for (let i = 1; i <= 100_000; i++) onProgress(i / 100_000);
    return 50;
  }),
  family('writing', (_, train) => {
    train.features.values[0] = 42;
    return 50;
  }),
  family('weighing', (_, train) => train.features.values.buffer.byteLength),
  {
    ...family('lagged', () => 50),
    // Answers [the feature two rows before, the rows of the validation and of its history].
    fit: async (_, _parameters, { validation, validationHistory }) => ({
      ...fixedModel('lagged', 50),
      lookBack: 2,
      predict({ values, rows }, out = new Float64Array(2 * (rows - 2))) {
        const known = (validation?.features.rows ?? 0) + 100 * (validationHistory?.positions?.[0] ?? 0);
        for (let row = 0; row < rows - 2; row++) out.set([values[row]!, known], 2 * row);
        return out;
      },
    }),
  },
  {
    ...family('misshapen', () => 50),
    fit: async () => ({ ...fixedModel('misshapen', 50), predict: () => new Float64Array(1) }),
  },
];
