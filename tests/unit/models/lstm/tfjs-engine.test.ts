import { keyedRandom, randomNormal } from '@mlperf/core';
import { lstmFamily } from '@mlperf/models';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LstmBatch, LstmNetwork, LstmShape, LstmTraining } from '../../../../packages/models/src/lstm/engine.ts';
import { wasmLstmEngine } from '../../../../packages/models/src/lstm/kernel/wasm-engine.ts';
import { openTfjsEngine } from '../../../../packages/models/src/lstm/tfjs-engine.ts';
import { weightCount, weightShapes } from '../../../../packages/models/src/lstm/weight-shapes.ts';
import { accuracyOf, fitContext, quick, signOfSum } from './toy-sequences.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function randomFloats(length: number, scale: number, ...keys: readonly (string | number)[]): Float32Array {
  const random = keyedRandom('tfjs-engine', ...keys);
  return Float32Array.from({ length }, () => scale * randomNormal(random));
}

/** Windows over 40 rows, each at its own place, with targets and weights of every size. */
function batchOf(shape: LstmShape, windows: number): LstmBatch {
  const random = keyedRandom('batch', windows);
  const rows = Array.from({ length: windows }, () => {
    const start = Math.floor(random.next() * (40 - shape.steps));
    return Array.from({ length: shape.steps }, (_, step) => start + step);
  });
  const targets = new Float32Array(windows * shape.outputs);
  for (let w = 0; w < windows; w++) {
    if (shape.head === 'softmax') targets[w * shape.outputs + (w % shape.outputs)] = 1;
    else targets[w] = shape.head === 'sigmoid' ? w % 2 : randomNormal(random);
  }
  return {
    features: randomFloats(40 * shape.features, 1, 'features'),
    rows: Int32Array.from(rows.flat()),
    targets,
    weights: Float32Array.from({ length: windows }, () => 0.25 + random.next()),
  };
}

async function bothEngines(shape: LstmShape, training: LstmTraining): Promise<[LstmNetwork, LstmNetwork]> {
  const weights = weightShapes(shape).map((item, i) => randomFloats(weightCount(item), 0.4, 'weights', i));
  const networks = [
    await wasmLstmEngine.open(shape, training),
    await (await openTfjsEngine()).open(shape, training),
  ] as const;
  for (const network of networks) network.setWeights(weights);
  return [...networks];
}

function differences(a: readonly Float32Array[], b: readonly Float32Array[]): { largest: number; scale: number } {
  let largest = 0;
  let scale = 0;
  a.forEach((array, i) => {
    array.forEach((value, k) => {
      largest = Math.max(largest, Math.abs(value - b[i]![k]!));
      scale = Math.max(scale, Math.abs(value));
    });
  });
  return { largest, scale };
}

const shapes: readonly LstmShape[] = [
  { features: 3, steps: 6, units: [5], outputs: 1, head: 'sigmoid' },
  { features: 2, steps: 9, units: [7, 3], outputs: 3, head: 'softmax' },
  { features: 1, steps: 4, units: [2, 6, 9], outputs: 1, head: 'linear' },
];

describe('the tfjs engine', () => {
  it.each(shapes)('has the predictions and gradients of our kernel: $head', async (shape) => {
    const [wasm, tfjs] = await bothEngines(shape, { batchSize: 11 });
    for (const windows of [1, 11]) {
      const batch = batchOf(shape, windows);
      const predicted = [await wasm.predict(batch), await tfjs.predict(batch)] as const;
      predicted[0].forEach((value, i) => {
        expect(value).toBeCloseTo(predicted[1][i]!, 5);
      });
      const { largest, scale } = differences(await wasm.gradients(batch), await tfjs.gradients(batch));
      expect(scale).toBeGreaterThan(0.01);
      expect(largest / scale).toBeLessThan(2e-5);
    }
    wasm.dispose();
    tfjs.dispose();
  });

  it.each(shapes)('takes the steps of Adam that our kernel takes, with and without clipping: $head', async (shape) => {
    for (const clipNorm of [undefined, 0.05]) {
      const [wasm, tfjs] = await bothEngines(shape, { batchSize: 11, ...(clipNorm === undefined ? {} : { clipNorm }) });
      const before = wasm.getWeights();
      for (let step = 0; step < 12; step++) {
        const batch = batchOf(shape, step % 3 === 2 ? 4 : 11);
        const losses = [await wasm.trainBatch(batch, 0.01), await tfjs.trainBatch(batch, 0.01)] as const;
        expect(Math.abs(losses[0] - losses[1])).toBeLessThan(2e-5 * Math.max(1, losses[0]));
      }
      expect(differences(wasm.getWeights(), tfjs.getWeights()).largest).toBeLessThan(5e-4);
      expect(differences(wasm.getWeights(), before).largest).toBeGreaterThan(0.05);
      wasm.dispose();
      tfjs.dispose();
    }
  });

  it('draws dropout anew for every batch, the same again for the same seed', async () => {
    const shape: LstmShape = { features: 2, steps: 3, units: [30], outputs: 1, head: 'linear' };
    const engine = await openTfjsEngine();
    const losses = async (seed: number, dropout: number) => {
      const network = await engine.open(shape, { batchSize: 5, dropout: [dropout], seed });
      network.setWeights(weightShapes(shape).map((item, i) => randomFloats(weightCount(item), 0.4, 'weights', i)));
      // A rate so small that the weights stay.
      const found = [
        await network.trainBatch(batchOf(shape, 5), 1e-12),
        await network.trainBatch(batchOf(shape, 5), 1e-12),
      ];
      network.dispose();
      return found;
    };
    const [first, second] = await losses(1, 0.5);
    expect(second).not.toBe(first);
    expect(await losses(1, 0.5)).toEqual([first, second]);
    expect((await losses(2, 0.5))[0]).not.toBe(first);
    const [plain, again] = await losses(1, 0);
    expect(again).toBe(plain);
  });

  it('frees every tensor it took', async () => {
    const shape = shapes[1]!;
    const before = tf.memory().numTensors;
    const network = await (await openTfjsEngine()).open(shape, { batchSize: 11, dropout: [0.2, 0.2] });
    await network.trainBatch(batchOf(shape, 11), 0.01);
    await network.gradients(batchOf(shape, 11));
    await network.predict(batchOf(shape, 3));
    const aborted = async () => network.trainBatch(batchOf(shape, 3), 0.01, AbortSignal.abort());
    await expect(aborted()).rejects.toMatchObject({ code: 'ABORTED' });
    network.dispose();
    network.dispose();
    expect(tf.memory().numTensors).toBe(before);
    await expect(network.trainBatch(batchOf(shape, 3), 0.01)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('says how to get it when TensorFlow.js is not installed', async () => {
    const missing = Object.assign(new Error("Cannot find package '@tensorflow/tfjs'"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    await expect(openTfjsEngine(() => Promise.reject(missing))).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(/@tensorflow\/tfjs; install it/),
      cause: missing,
    });
  });

  it.each<[string, (network: LstmNetwork) => Promise<unknown>, string]>([
    [
      'an empty batch',
      async (network) => network.trainBatch({ ...batchOf(shapes[0]!, 1), rows: new Int32Array() }, 0.1),
      'EMPTY_INPUT',
    ],
    ['a batch beyond its size', async (network) => network.trainBatch(batchOf(shapes[0]!, 12), 0.1), 'OUT_OF_RANGE'],
    [
      'rows the features do not have',
      async (network) => network.predict({ features: new Float32Array(3), rows: Int32Array.of(0, 0, 0, 0, 0, 1) }),
      'OUT_OF_RANGE',
    ],
    [
      'targets of another length',
      async (network) => network.trainBatch({ ...batchOf(shapes[0]!, 3), targets: new Float32Array(2) }, 0.1),
      'LENGTH_MISMATCH',
    ],
    ['weights of another length', async (network) => network.setWeights([new Float32Array(3)]), 'LENGTH_MISMATCH'],
    [
      'a loss that is not finite',
      async (network) => network.trainBatch({ ...batchOf(shapes[0]!, 1), weights: Float32Array.of(Number.NaN) }, 0.1),
      'TRAINING_FAILED',
    ],
  ])('refuses %s', async (_, act, code) => {
    const network = await (await openTfjsEngine()).open(shapes[0]!, { batchSize: 11 });
    await expect(act(network)).rejects.toMatchObject({ code });
    network.dispose();
  });
});

describe('lstmFamily with engine tfjs', () => {
  const train = signOfSum(150, 'train');
  const fresh = signOfSum(120, 'fresh');
  const parameters = { ...quick, units: 6, epochs: 3, batchSize: 25 };

  it('trains the model that our kernel trains, up to rounding', async () => {
    const [wasm, tfjs] = await Promise.all(
      (['wasm', 'tfjs'] as const).map((engine) => lstmFamily.fit(train, { ...parameters, engine }, fitContext())),
    );
    const answers = [await wasm!.predict(fresh.features), await tfjs!.predict(fresh.features)] as const;
    answers[0].forEach((value, i) => {
      expect(Math.abs(value - answers[1][i]!)).toBeLessThan(1e-4);
    });
    expect(await bytesAfterLoad(tfjs!.serialize())).toEqual(tfjs!.serialize());
  });

  it('learns, with dropout', async () => {
    const model = await lstmFamily.fit(
      train,
      { ...parameters, dropout: 0.1, epochs: 12, engine: 'tfjs' },
      fitContext(),
    );
    expect(accuracyOf(fresh, 3, await model.predict(fresh.features))).toBeGreaterThan(0.9);
  });
});

async function bytesAfterLoad(bytes: Uint8Array): Promise<Uint8Array> {
  const model = await lstmFamily.load(bytes);
  const again = model.serialize();
  model.dispose();
  return again;
}
