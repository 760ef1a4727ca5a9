import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MlperfError } from '@mlperf/core';
import { lstmFamily, lstmRegressionFamily } from '@mlperf/models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeModelFile } from '../../../../packages/models/src/model-file.ts';
import { fitContext, quick, signOfSum, valueOfSum } from './toy-sequences.ts';

interface Kept {
  readonly sha256: string;
  readonly features: { readonly rows: number; readonly columns: number; readonly values: readonly number[] };
  readonly predictions: readonly number[];
}

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/models/${name}`, import.meta.url));
const versionOne = new Uint8Array(fixture('lstm-v1.bin'));

describe.each([
  ['lstm', lstmFamily],
  ['lstm-regression', lstmRegressionFamily],
] as const)('a model file of %s', (modelType, family) => {
  const bytes = new Uint8Array(fixture(`${modelType}-v1.bin`));
  const kept: Kept = JSON.parse(fixture(`${modelType}-v1.json`).toString());

  it('of format version 1 still loads, predicts as it did and is written back byte for byte', async () => {
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(kept.sha256);
    const model = await family.load(bytes);
    expect(model).toMatchObject({ modelType, lookBack: 3, featureNames: ['step', 'noise'] });
    const predictions = await model.predict({ ...kept.features, values: Float64Array.from(kept.features.values) });
    expect(predictions).toHaveLength(kept.predictions.length);
    // Another version of the kernel may round otherwise; the weights are the same.
    predictions.forEach((value, i) => {
      expect(Math.abs(value - kept.predictions[i]!)).toBeLessThanOrEqual(1e-6);
    });
    expect(model.serialize()).toEqual(bytes);
  });

  it('is refused by the other family', async () => {
    const other = modelType === 'lstm' ? lstmRegressionFamily : lstmFamily;
    await expect(other.load(bytes)).rejects.toMatchObject({ code: 'MODEL_FORMAT' });
  });
});

describe('an LSTM model file', () => {
  it('loads what was serialised: same bytes, same predictions, whatever the parameters', async () => {
    const fresh = signOfSum(40, 'fresh').features;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }).chain((layers) =>
          fc.record({
            layers: fc.constant(layers),
            units: fc.oneof(
              fc.integer({ min: 1, max: 12 }),
              fc.array(fc.integer({ min: 1, max: 12 }), { minLength: layers, maxLength: layers }),
            ),
            lookBack: fc.integer({ min: 1, max: 9 }),
            dropout: fc.double({ min: 0, max: 0.9, noNaN: true }),
            patience: fc.constantFrom(0, 1),
          }),
        ),
        fc.string({ maxLength: 8, unit: 'grapheme' }),
        fc.boolean(),
        async (given, seed, isRegression) => {
          const family = isRegression ? lstmRegressionFamily : lstmFamily;
          const train = isRegression ? valueOfSum(60, 'train') : signOfSum(60, 'train');
          const model = await family.fit(train, { ...given, epochs: 1, batchSize: 32 }, fitContext({ seed }));
          const loaded = await family.load(model.serialize());
          expect(loaded.serialize()).toEqual(model.serialize());
          expect(await loaded.predict(fresh)).toEqual(await model.predict(fresh));
          expect(loaded.classes).toEqual(model.classes);
          expect(loaded.lookBack).toBe(given.lookBack);
          model.dispose();
          loaded.dispose();
        },
      ),
      { numRuns: 25, seed: 20240602 },
    );
  });

  it('loads from a view into a larger buffer', async () => {
    const larger = new Uint8Array(versionOne.length + 20).fill(7);
    larger.set(versionOne, 11);
    const model = await lstmFamily.load(larger.subarray(11, 11 + versionOne.length));
    expect(model.serialize()).toEqual(versionOne);
  });

  it('says how it was trained', async () => {
    const model = await lstmFamily.fit(signOfSum(60, 'said'), { ...quick, epochs: 1 }, fitContext({ seed: 'né ✓' }));
    const { header } = partsOf(model.serialize());
    expect(header).toMatchObject({
      classes: ['down', 'up'],
      featureNames: ['step', 'noise'],
      target: null,
      training: { seed: 'né ✓', parameters: { units: 8, lookBack: 3, epochs: 1, engine: 'wasm', patience: 5 } },
      layersModel: { format: 'layers-model' },
    });
  });

  it.each<[string, Uint8Array, string, RegExp]>([
    ['nothing', new Uint8Array(), 'ARTIFACT_CORRUPT', /at least 64 bytes/],
    ['another kind of file', new Uint8Array(200), 'MODEL_FORMAT', /must start with/],
    ['a file cut within its header', versionOne.slice(0, 40), 'ARTIFACT_CORRUPT', /at least 64 bytes/],
    ['a file cut short', versionOne.slice(0, -1), 'ARTIFACT_CORRUPT', /must have \d+ bytes/],
    ['a file grown longer', Uint8Array.from([...versionOne, 0]), 'ARTIFACT_CORRUPT', /must have \d+ bytes/],
    ['a changed weight', changed((bytes) => (bytes[bytes.length - 3]! ^= 1)), 'ARTIFACT_CORRUPT', /SHA-256/],
    ['a wrong checksum', changed((bytes) => (bytes[40]! ^= 1)), 'ARTIFACT_CORRUPT', /SHA-256/],
    [
      'another family',
      encodeModelFile({ family: 'random-forest', formatVersion: 1 }, new Uint8Array(9)),
      'MODEL_FORMAT',
      /family 'lstm'; got 'random-forest'/,
    ],
    [
      'a future version',
      encodeModelFile({ family: 'lstm', formatVersion: 2 }, versionOne.slice(64)),
      'MODEL_FORMAT',
      /version 1 to 1; got 2/,
    ],
    ['an empty payload', packed(new Uint8Array()), 'MODEL_FORMAT', /header must have/],
    [
      'a header longer than the file',
      packed(Uint8Array.of(255, 255, 255, 255, 123, 125)),
      'MODEL_FORMAT',
      /header must have 1 to 2 bytes; got 4294967295/,
    ],
    ['no header', packed(Uint8Array.of(0, 0, 0, 0, 123, 125)), 'MODEL_FORMAT', /header must have/],
    ['a header that is no JSON', packed(Uint8Array.of(2, 0, 0, 0, 123, 123)), 'MODEL_FORMAT', /JSON in UTF-8/],
    ['a header that is no UTF-8', packed(Uint8Array.of(3, 0, 0, 0, 34, 255, 34)), 'MODEL_FORMAT', /JSON in UTF-8/],
    [
      'a header that is no object',
      packed(Uint8Array.of(4, 0, 0, 0, 110, 117, 108, 108)),
      'MODEL_FORMAT',
      /header must be an object; got null/,
    ],
    ['an unknown key', edited((header) => (header.extra = 1)), 'MODEL_FORMAT', /got 'extra'/],
    [
      'a forbidden key, deep inside',
      edited((header) => (header.training = JSON.parse('{"a":[{"__proto__":{"polluted":true}}]}'))),
      'MODEL_FORMAT',
      /must not have the key '__proto__'/,
    ],
    [
      'one class',
      edited((header) => (header.classes = ['up'])),
      'MODEL_FORMAT',
      /classes must have 2 to 1000 entries; got 1/,
    ],
    [
      'more classes than outputs',
      edited((header) => (header.classes = ['a', 'b', 'c'])),
      'MODEL_FORMAT',
      /the dense layer must have/,
    ],
    [
      'a class that is no text',
      edited((header) => (header.classes = ['up', 1])),
      'MODEL_FORMAT',
      /classes\[1\] must be a text/,
    ],
    [
      'more features than inputs',
      edited((header) => (header.featureNames = ['a', 'b', 'c'])),
      'MODEL_FORMAT',
      /featureNames must have 2 entries/,
    ],
    [
      'a scaling of other columns',
      edited((header) => (header.scaling = { mean: [0], scale: [1] })),
      'MODEL_FORMAT',
      /scaling.mean must have 2 entries/,
    ],
    [
      'a scale of 0',
      edited((header) => (header.scaling = { mean: [0, 0], scale: [1, 0] })),
      'MODEL_FORMAT',
      /scaling.scale\[1\] must be a number/,
    ],
    [
      'a class twice',
      edited((header) => (header.classes = ['up', 'up'])),
      'MODEL_FORMAT',
      /classes must be unique; got 'up' twice/,
    ],
    [
      'a feature twice',
      edited((header) => (header.featureNames = ['step', 'step'])),
      'MODEL_FORMAT',
      /featureNames must be unique; got 'step' twice/,
    ],
    [
      'a feature without a name',
      edited((header) => (header.featureNames = ['step', ''])),
      'MODEL_FORMAT',
      /featureNames must not hold ''/,
    ],
    [
      'a polluting feature name',
      edited((header) => (header.featureNames = ['step', '__proto__'])),
      'MODEL_FORMAT',
      /featureNames must not hold '__proto__'/,
    ],
    [
      'a mean that is no number',
      edited((header) => (header.scaling = { mean: [0, null], scale: [1, 1] })),
      'MODEL_FORMAT',
      /scaling.mean\[1\] must be a number/,
    ],
    [
      'a target of classes',
      edited((header) => (header.target = { mean: 0, scale: 1 })),
      'MODEL_FORMAT',
      /target must be null/,
    ],
    [
      'parameters out of range',
      edited((header) => (header.training.parameters.epochs = 0)),
      'MODEL_FORMAT',
      /training.parameters: epochs must be/,
    ],
    [
      'class weights that are none',
      edited((header) => (header.training.parameters.classWeights = { up: -1 })),
      'MODEL_FORMAT',
      /training.parameters: classWeights of 'up' must be/,
    ],
    [
      'parameters of another network',
      edited((header) => (header.training.parameters.units = [5, 4])),
      'MODEL_FORMAT',
      /training must say 4 steps of 5, 3 units/,
    ],
    [
      'another look-back than the network',
      edited((header) => (header.training.parameters.lookBack = 4)),
      'MODEL_FORMAT',
      /training must say 4 steps/,
    ],
    [
      'a seed that is no text',
      edited((header) => (header.training.seed = 5)),
      'MODEL_FORMAT',
      /training.seed must be a text/,
    ],
    [
      'a billion units',
      edited((header) => (layerOf(header, 0).config.units = 1e9)),
      'MODEL_FORMAT',
      /units must be a number from 1 to 1024; got 1000000000/,
    ],
    [
      'more units than weights',
      edited((header) => (layerOf(header, 0).config.units = 6)),
      'MODEL_FORMAT',
      /shape must be/,
    ],
    [
      'weights beyond the bound',
      edited((header) => {
        layerOf(header, 0).config.units = 1024;
        layerOf(header, 0).config.batch_input_shape = [null, 4, 10_000];
      }),
      'TOO_LARGE',
      /at most \d+ weights/,
    ],
    [
      'a scaling layer',
      edited((header) => {
        const first = layerOf(header, 0);
        header.layersModel.modelTopology.config.layers.unshift({
          class_name: 'BatchNormalization',
          config: { name: 'scaling', batch_input_shape: first.config.batch_input_shape },
        });
      }),
      'MODEL_FORMAT',
      /weight 'scaling\/moving_mean' must be in the manifest/,
    ],
    ['a weight that is NaN', weightChanged(Number.NaN), 'MODEL_FORMAT', /must be finite; got NaN at 0/],
    [
      'a weight that is infinite',
      weightChanged(Number.NEGATIVE_INFINITY),
      'MODEL_FORMAT',
      /must be finite; got -Infinity at 0/,
    ],
    [
      'a weight too few',
      packed(payloadOf(partsOf(versionOne).header, partsOf(versionOne).weights.slice(4))),
      'MODEL_FORMAT',
      /weights must have \d+ bytes/,
    ],
  ])('is refused: %s', async (_, bytes, code, message) => {
    const failure: unknown = await lstmFamily.load(bytes).then(
      () => 'nothing',
      (error: unknown) => error,
    );
    if (!MlperfError.is(failure)) throw new Error(`expected a typed refusal; got ${String(failure)}`);
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it.each([[undefined], [null], ['abc'], [[1, 2, 3]], [new ArrayBuffer(80)]])('is bytes, not %o', async (given) => {
    for (const family of [lstmFamily, lstmRegressionFamily]) {
      await expect(Reflect.apply(family.load, family, [given])).rejects.toMatchObject({ code: 'INVALID_TYPE' });
    }
  });

  it('of a regression is refused without its target, or with classes', async () => {
    const bytes = new Uint8Array(fixture('lstm-regression-v1.bin'));
    const load = (edit: (header: Header) => void) => lstmRegressionFamily.load(edited(edit, bytes, 'lstm-regression'));
    await expect(load((header) => (header.target = null))).rejects.toMatchObject({ code: 'MODEL_FORMAT' });
    await expect(load((header) => (header.target = { mean: 0, scale: -1 }))).rejects.toMatchObject({
      code: 'MODEL_FORMAT',
    });
    await expect(load((header) => (header.classes = ['down', 'up']))).rejects.toMatchObject({ code: 'MODEL_FORMAT' });
  });
});

interface Layer {
  class_name: string;
  config: Record<string, unknown>;
}

interface Header {
  classes: unknown;
  featureNames: unknown;
  scaling: unknown;
  target: unknown;
  training: { parameters: Record<string, unknown>; seed: unknown };
  layersModel: { modelTopology: { config: { layers: Layer[] } } };
  [key: string]: unknown;
}

function layerOf(header: Header, i: number): Layer {
  return header.layersModel.modelTopology.config.layers[i]!;
}

function changed(change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = versionOne.slice();
  change(bytes);
  return bytes;
}

/** A file with a right checksum. */
function packed(payload: Uint8Array, family = 'lstm'): Uint8Array {
  return encodeModelFile({ family, formatVersion: 1 }, payload);
}

function partsOf(bytes: Uint8Array): { readonly header: Header; readonly weights: Uint8Array } {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(64, true);
  const header: Header = JSON.parse(new TextDecoder().decode(bytes.subarray(68, 68 + length)));
  return { header, weights: bytes.slice(68 + length) };
}

function payloadOf(header: Header, weights: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const payload = new Uint8Array(4 + text.length + weights.length);
  new DataView(payload.buffer).setUint32(0, text.length, true);
  payload.set(text, 4);
  payload.set(weights, 4 + text.length);
  return payload;
}

function edited(edit: (header: Header) => void, of = versionOne, family = 'lstm'): Uint8Array {
  const { header, weights } = partsOf(of);
  edit(header);
  return packed(payloadOf(header, weights), family);
}

function weightChanged(value: number): Uint8Array {
  const { header, weights } = partsOf(versionOne);
  new DataView(weights.buffer).setFloat32(0, value, true);
  return packed(payloadOf(header, weights));
}
