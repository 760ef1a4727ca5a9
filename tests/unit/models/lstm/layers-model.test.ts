import type { Matrix, TrainedModel } from '@mlperf/core';
import { exportLayersModel, importLayersModel, lstmFamily, lstmRegressionFamily } from '@mlperf/models';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadLayers, predictLayers, saveLayers } from './tfjs-layers.ts';
import { fitContext, quick, signOfSum, valueOfSum } from './toy-sequences.ts';

const TOLERANCE = 1e-5;
const fresh = signOfSum(80, 'fresh').features;
const brief = { ...quick, epochs: 4 };

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

/** The network's own outputs in what a model of ours answers. */
function outputsOf(model: TrainedModel, answers: Float64Array): Float64Array {
  return model.classes.length === 2 ? answers.filter((_, i) => i % 2 === 1) : answers;
}

const threeClasses = () => {
  const { classes: _, ...rest } = signOfSum(200, 'train');
  return {
    ...rest,
    classes: ['down', 'flat', 'up'],
    targets: rest.targets.map((label, row) => (row % 3 === 0 ? 1 : 2 * label)),
  };
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('exportLayersModel', () => {
  it.each([
    ['one layer', () => lstmFamily.fit(signOfSum(200, 'train'), brief, fitContext())],
    [
      'two layers with dropout',
      () => lstmFamily.fit(signOfSum(200, 'train'), { ...brief, layers: 2, units: [7, 5], dropout: 0.2 }, fitContext()),
    ],
    ['three layers', () => lstmFamily.fit(signOfSum(200, 'train'), { ...brief, layers: 3, units: 6 }, fitContext())],
    ['three classes', () => lstmFamily.fit(threeClasses(), brief, fitContext())],
    ['a regression', () => lstmRegressionFamily.fit(valueOfSum(200, 'train'), brief, fitContext())],
  ])('is opened by tf.loadLayersModel, which predicts the same: %s', async (_, trained) => {
    const model = await trained();
    const layers = await loadLayers(exportLayersModel(model));
    const answers = outputsOf(model, await model.predict(fresh));
    expect(largestDifference(predictLayers(layers, fresh, 4), answers)).toBeLessThanOrEqual(TOLERANCE);
    layers.dispose();
  });

  it('can leave the scaling outside, and then says what it is', async () => {
    const model = await lstmFamily.fit(signOfSum(200, 'train'), brief, fitContext());
    const files = exportLayersModel(model, { scaling: 'outside' });
    const { mean, scale } = files.json.userDefinedMetadata!.scaling as { mean: number[]; scale: number[] };
    const scaled: Matrix = { ...fresh, values: fresh.values.map((value, i) => (value - mean[i % 2]!) / scale[i % 2]!) };
    const layers = await loadLayers(files);
    const answers = outputsOf(model, await model.predict(fresh));
    expect(largestDifference(predictLayers(layers, scaled, 4), answers)).toBeLessThanOrEqual(1e-6);
    expect(files.json.userDefinedMetadata).toMatchObject({
      classes: ['down', 'up'],
      featureNames: ['step', 'noise'],
      lookBack: 3,
    });
  });

  it('comes back as it went: the same network, the same scaling but for the rounding of float32', async () => {
    const model = await lstmFamily.fit(threeClasses(), { ...brief, layers: 2, dropout: 0.25 }, fitContext());
    const { json, weights } = exportLayersModel(model);
    const options = { classes: model.classes, featureNames: model.featureNames };
    const back = await importLayersModel(JSON.parse(JSON.stringify(json)), weights, options);
    expect(back).toMatchObject({ modelType: 'lstm', classes: model.classes, lookBack: 3 });
    expect(largestDifference(await back.predict(fresh), await model.predict(fresh))).toBeLessThanOrEqual(TOLERANCE);
    const again = exportLayersModel(back);
    expect(again.json.modelTopology).toEqual(json.modelTopology);
  });

  it('scales by a layer up to a mean of 100 spreads, within the tolerance, and refuses what float32 cannot scale', async () => {
    const train = signOfSum(200, 'train');
    const moved = (of: Matrix, centre: number): Matrix => ({
      ...of,
      values: of.values.map((value, i) => (i % 2 === 1 ? (value - 1025) / 14.4 + centre : value)),
    });
    const trained = (centre: number) =>
      lstmFamily.fit({ ...train, features: moved(train.features, centre) }, quick, fitContext());
    const model = await trained(95);
    const layers = await loadLayers(exportLayersModel(model));
    const at = moved(fresh, 95);
    const answers = outputsOf(model, await model.predict(at));
    expect(largestDifference(predictLayers(layers, at, 4), answers)).toBeLessThanOrEqual(TOLERANCE);
    const far = await trained(1.7e6);
    expect(() => exportLayersModel(far)).toThrow(
      expect.objectContaining({
        code: 'OUT_OF_RANGE',
        message: expect.stringMatching(/feature 1 .*scaling 'outside'/),
      }),
    );
    expect(exportLayersModel(far, { scaling: 'outside' }).json.format).toBe('layers-model');
  });

  it('refuses a model of another family, and a scaling that float32 cannot hold', async () => {
    const model = await lstmFamily.fit(signOfSum(200, 'train'), brief, fitContext());
    const other = { modelType: 'random-forest', serialize: () => model.serialize() };
    expect(() => exportLayersModel(other)).toThrow(expect.objectContaining({ code: 'INVALID_TYPE' }));
    const train = signOfSum(200, 'train');
    const values = train.features.values.map((value, i) => (i % 2 === 1 ? value * 1e60 : value));
    const far = await lstmFamily.fit({ ...train, features: { ...train.features, values } }, brief, fitContext());
    expect(() => exportLayersModel(far)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(exportLayersModel(far, { scaling: 'outside' }).json.format).toBe('layers-model');
  });
});

interface Shape {
  readonly layers?: tf.layers.Layer[];
  readonly steps?: number | null;
}

/** A small model made with tf.layers itself, with weights of its own. */
function sequential({ layers, steps = 4 }: Shape = {}): tf.Sequential {
  const model = tf.sequential();
  model.add(tf.layers.inputLayer({ inputShape: [steps, 2] }));
  for (const layer of layers ?? [lstm(3), tf.layers.dense({ units: 1, activation: 'sigmoid' })]) model.add(layer);
  return randomised(model);
}

function randomised<Model extends tf.LayersModel>(model: Model): Model {
  model.setWeights(model.getWeights().map((weight, i) => tf.randomNormal(weight.shape, 0, 0.7, 'float32', 31 + i)));
  return model;
}

type LstmOptions = Partial<Parameters<typeof tf.layers.lstm>[0]>;

function lstm(units: number, options: LstmOptions = {}): tf.layers.Layer {
  return tf.layers.lstm({ units, recurrentActivation: 'sigmoid', ...options });
}

const options = { classes: ['down', 'up'], featureNames: ['step', 'noise'] };
const small: Matrix = { ...fresh, values: fresh.values.map((value, i) => (i % 2 === 1 ? value / 1000 : value)) };

describe('importLayersModel', () => {
  it.each<[string, () => tf.layers.Layer[], readonly string[] | undefined]>([
    ['one layer, sigmoid', () => [lstm(3), tf.layers.dense({ units: 1, activation: 'sigmoid' })], ['down', 'up']],
    [
      'two layers with dropout, softmax',
      () => [
        lstm(5, { returnSequences: true }),
        tf.layers.dropout({ rate: 0.3 }),
        lstm(2),
        tf.layers.dropout({ rate: 0.1 }),
        tf.layers.dense({ units: 3, activation: 'softmax' }),
      ],
      ['down', 'flat', 'up'],
    ],
    [
      'three layers, linear',
      () => [
        lstm(3, { returnSequences: true }),
        lstm(4, { returnSequences: true }),
        lstm(5),
        tf.layers.dense({ units: 1, activation: 'linear' }),
      ],
      undefined,
    ],
  ])('reads what tf.layers trained: %s', async (_, layers, classes) => {
    const model = sequential({ layers: layers() });
    const { json, weights } = await saveLayers(model);
    const imported = await importLayersModel(json, weights, {
      ...(classes === undefined ? {} : { classes }),
      featureNames: options.featureNames,
    });
    expect(imported.modelType).toBe(classes === undefined ? 'lstm-regression' : 'lstm');
    expect(imported.lookBack).toBe(3);
    const answers = outputsOf(imported, await imported.predict(small));
    expect(largestDifference(answers, predictLayers(model, small, 4))).toBeLessThanOrEqual(TOLERANCE);
    const family = classes === undefined ? lstmRegressionFamily : lstmFamily;
    const loaded = await family.load(imported.serialize());
    expect(await loaded.predict(small)).toEqual(await imported.predict(small));
  });

  describe('reads forms that predict the same', () => {
    const dense = () => tf.layers.dense({ units: 1, activation: 'sigmoid' });
    const chain = (...layers: tf.layers.Layer[]) => {
      const input = tf.input({ shape: [4, 2] });
      let output: tf.SymbolicTensor = input;
      for (const layer of layers) output = layer.apply(output) as tf.SymbolicTensor;
      return randomised(tf.model({ inputs: input, outputs: output }));
    };
    it.each<[string, () => tf.LayersModel]>([
      [
        "the hard-sigmoid gates of tf.layers.lstm's default",
        () => sequential({ layers: [tf.layers.lstm({ units: 5 }), dense()] }),
      ],
      [
        'two layers, one with hard-sigmoid gates',
        () => sequential({ layers: [lstm(5, { returnSequences: true }), tf.layers.lstm({ units: 3 }), dense()] }),
      ],
      [
        'hard-sigmoid gates and softmax',
        () =>
          sequential({ layers: [tf.layers.lstm({ units: 5 }), tf.layers.dense({ units: 2, activation: 'softmax' })] }),
      ],
      [
        'dropout inside of a layer',
        () => sequential({ layers: [lstm(4, { dropout: 0.2, recurrentDropout: 0.3 }), dense()] }),
      ],
      [
        'dropout ahead of the first layer',
        () => sequential({ layers: [tf.layers.dropout({ rate: 0.3 }), lstm(4), dense()] }),
      ],
      [
        'a dense layer without a bias',
        () => sequential({ layers: [lstm(4), tf.layers.dense({ units: 1, activation: 'sigmoid', useBias: false })] }),
      ],
      [
        'an activation in a layer of its own',
        () =>
          sequential({
            layers: [lstm(4), tf.layers.dense({ units: 1 }), tf.layers.activation({ activation: 'sigmoid' })],
          }),
      ],
      ['a functional model that is one chain', () => chain(lstm(5, { returnSequences: true }), lstm(3), dense())],
    ])('%s', async (_, make) => {
      const model = make();
      const { json, weights } = await saveLayers(model);
      const imported = await importLayersModel(json, weights, options);
      const theirs = predictLayers(model, small, 4);
      const last = theirs.length === 77 ? theirs : theirs.filter((__, i) => i % 2 === 1);
      const answers = await imported.predict(small);
      expect(largestDifference(outputsOf(imported, answers), last)).toBeLessThanOrEqual(TOLERANCE);
      // Stored and exported it is the same model, and a window on its own is answered as among others.
      const loaded = await lstmFamily.load(imported.serialize());
      expect(await loaded.predict(small)).toEqual(answers);
      const one = await loaded.predict({ values: small.values.slice(0, 8), rows: 4, columns: 2 });
      expect([...one]).toEqual([...answers.subarray(0, 2)]);
      const layers = await loadLayers(exportLayersModel(loaded));
      const exported = predictLayers(layers, small, 4);
      expect(largestDifference(exported, theirs)).toBeLessThanOrEqual(TOLERANCE);
      loaded.dispose();
      expect(() => loaded.predict(small)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    });

    it('but no functional model with a branch, or whose input goes past a layer', async () => {
      const input = tf.input({ shape: [4, 2] });
      const branched = tf.model({
        inputs: input,
        outputs: [dense().apply(lstm(3).apply(input)) as tf.SymbolicTensor, lstm(2).apply(input) as tf.SymbolicTensor],
      });
      const { json, weights } = await saveLayers(branched);
      await expect(importLayersModel(json, weights, options)).rejects.toMatchObject({
        code: 'MODEL_FORMAT',
        message: expect.stringMatching(/one chain of layers/),
      });
    });
  });

  it('takes a BatchNormalization in front as the scaling', async () => {
    const normalization = tf.layers.batchNormalization({ axis: -1 });
    const model = sequential({
      layers: [normalization, lstm(3), tf.layers.dense({ units: 1, activation: 'sigmoid' })],
    });
    normalization.setWeights([
      tf.tensor1d([2, 0.5]),
      tf.tensor1d([0.3, -1]),
      tf.tensor1d([0.1, 1.2]),
      tf.tensor1d([4, 0.09]),
    ]);
    const { json, weights } = await saveLayers(model);
    const imported = await importLayersModel(json, weights, options);
    const answers = outputsOf(imported, await imported.predict(small));
    expect(largestDifference(answers, predictLayers(model, small, 4))).toBeLessThanOrEqual(TOLERANCE);
    const scaling = { mean: [0, 0], scale: [1, 1] };
    await expect(importLayersModel(json, weights, { ...options, scaling })).rejects.toMatchObject({
      code: 'INVALID_RECORD',
    });
  });

  it('takes the scaling that the host did outside', async () => {
    const model = sequential();
    const { json, weights } = await saveLayers(model);
    const imported = await importLayersModel(json, weights, {
      ...options,
      scaling: { mean: [0, 1000], scale: [1, 50] },
    });
    const scaled = { ...fresh, values: fresh.values.map((value, i) => (i % 2 === 1 ? (value - 1000) / 50 : value)) };
    const answers = outputsOf(imported, await imported.predict(fresh));
    expect(largestDifference(answers, predictLayers(model, scaled, 4))).toBeLessThanOrEqual(TOLERANCE);
  });

  it('takes the steps that a model leaves open from lookBack, and no other steps than it states', async () => {
    const { json, weights } = await saveLayers(sequential({ steps: null }));
    expect((await importLayersModel(json, weights, { ...options, lookBack: 7 })).lookBack).toBe(7);
    await expect(importLayersModel(json, weights, options)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    const stated = await saveLayers(sequential());
    await expect(importLayersModel(stated.json, stated.weights, { ...options, lookBack: 7 })).rejects.toMatchObject({
      message: expect.stringMatching(/lookBack must be 3, one less than the model's 4 steps; got 7/),
    });
  });

  it("reads Keras's form: wrapped in model_config, with cells in the weight names, in any order", async () => {
    const { json, weights } = await saveLayers(sequential());
    const { modelTopology, weightsManifest } = json as unknown as Editable;
    const { class_name, config } = modelTopology;
    const entries = weightsManifest[0]!.weights.map((entry) => ({
      ...entry,
      name: entry.name.replace(/^(lstm\w+)\//, '$1/lstm_cell_4/'),
    }));
    const keras = {
      format: 'layers-model',
      modelTopology: {
        keras_version: '2.11.0',
        backend: 'tensorflow',
        model_config: { class_name, config },
        training_config: {},
      },
      weightsManifest: [
        { paths: ['group1-shard1of1.bin'], weights: entries.slice(3) },
        { paths: ['group2-shard1of1.bin'], weights: entries.slice(0, 3) },
      ],
    };
    const bytesOfFirst = 4 * (2 * 12 + 3 * 12 + 12);
    const moved = Uint8Array.from([...weights.subarray(bytesOfFirst), ...weights.subarray(0, bytesOfFirst)]);
    const imported = await importLayersModel(keras, moved, options);
    const plain = await importLayersModel(json, weights, options);
    expect(await imported.predict(small)).toEqual(await plain.predict(small));
  });

  describe('refuses by name', () => {
    let saved: { json: Record<string, unknown>; weights: Uint8Array };
    beforeAll(async () => {
      saved = await saveLayers(
        sequential({
          layers: [
            lstm(3, { returnSequences: true }),
            tf.layers.dropout({ rate: 0.1 }),
            lstm(3),
            tf.layers.dense({ units: 1, activation: 'sigmoid' }),
          ],
        }),
      );
    });

    const refusalOf = async (edit: (file: Editable) => void, weights?: Uint8Array) => {
      const json = structuredClone(saved.json) as unknown as Editable;
      edit(json);
      return importLayersModel(json, weights ?? saved.weights, options).then(
        () => 'nothing',
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      );
    };
    const layer = (file: Editable, i: number) => file.modelTopology.config.layers[i]!;

    it.each<[string, (file: Editable) => void, RegExp]>([
      [
        'another activation',
        (file) => (layer(file, 1).config.activation = 'relu'),
        /MODEL_FORMAT: .*LSTM\) activation must be 'tanh'; got 'relu'/,
      ],
      [
        'gates of another kind',
        (file) => (layer(file, 1).config.recurrent_activation = 'relu'),
        /recurrent_activation must be 'sigmoid' or 'hard_sigmoid'; got 'relu'/,
      ],
      [
        'hard gates of Keras 3, which are steeper',
        (file) => {
          layer(file, 1).config.recurrent_activation = 'hard_sigmoid';
          Object.assign(file.modelTopology, { keras_version: '3.4.1' });
        },
        /recurrent_activation must be 'sigmoid' in a model of Keras 3.4.1/,
      ],
      ['a stateful layer', (file) => (layer(file, 1).config.stateful = true), /stateful must be false; got true/],
      ['a backward layer', (file) => (layer(file, 1).config.go_backwards = true), /go_backwards must be false/],
      [
        'recurrent dropout that is no share',
        (file) => (layer(file, 3).config.recurrent_dropout = 2),
        /recurrent_dropout must be a number from 0 to 1; got 2/,
      ],
      ['no bias', (file) => (layer(file, 1).config.use_bias = false), /use_bias must be true; got false/],
      ['returned states', (file) => (layer(file, 3).config.return_state = true), /return_state must be false/],
      [
        'sequences from the last layer',
        (file) => (layer(file, 3).config.return_sequences = true),
        /return_sequences must be false/,
      ],
      [
        'no sequences from the first',
        (file) => (layer(file, 1).config.return_sequences = false),
        /return_sequences must be true/,
      ],
      [
        'another kind of layer',
        (file) => (layer(file, 1).class_name = 'GRU'),
        /layer 1 class_name must be .*; got 'GRU'/,
      ],
      [
        'a functional model without connections',
        (file) => (file.modelTopology.class_name = 'Functional'),
        /inbound_nodes must be an array/,
      ],
      [
        'a model of another kind',
        (file) => (file.modelTopology.class_name = 'Subclassed'),
        /class_name must be 'Sequential' or 'Functional' or 'Model'; got 'Subclassed'/,
      ],
      [
        'a dense layer in the middle',
        (file) => file.modelTopology.config.layers.splice(2, 0, layer(file, 4)),
        /must stand elsewhere/,
      ],
      ['no dense layer', (file) => file.modelTopology.config.layers.pop(), /must not be the last layer/],
      [
        'four LSTM layers',
        (file) => file.modelTopology.config.layers.splice(1, 0, layer(file, 1), layer(file, 1)),
        /1 to 3 LSTM layers; got 4/,
      ],
      [
        'five thousand layers',
        (file) => (file.modelTopology.config.layers = Array.from({ length: 5000 }, () => layer(file, 1))),
        /1 to 12 entries; got 5000/,
      ],
      [
        'a billion units',
        (file) => (layer(file, 1).config.units = 1e9),
        /units must be a number from 1 to 1024; got 1000000000/,
      ],
      [
        'a billion features',
        (file) => (layer(file, 0).config.batch_input_shape = [null, 4, 1e9]),
        /features must be a number from 1 to 10000/,
      ],
      ['a billion steps', (file) => (layer(file, 0).config.batch_input_shape = [null, 1e9, 2]), /steps must be/],
      [
        'no input shape',
        (file) => delete layer(file, 0).config.batch_input_shape,
        /batch_input_shape must be an array/,
      ],
      ['another output', (file) => (layer(file, 4).config.activation = 'relu'), /Dense\) activation must be/],
      ['two sigmoid outputs', (file) => (layer(file, 4).config.units = 2), /Dense\) units must be/],
      [
        'softmax of one',
        (file) => (layer(file, 4).config.activation = 'softmax'),
        /Dense\) units must be a number from 2/,
      ],
      [
        'a regression where classes are given',
        (file) => (layer(file, 4).config.activation = 'linear'),
        /the dense layer must have one sigmoid output for two classes.*got 1 × linear for 2 classes/,
      ],
      ['dropout of everything', (file) => (layer(file, 2).config.rate = 1), /rate must be/],
      [
        'dropout of whole columns',
        (file) => (layer(file, 2).config.noise_shape = [1, 1, 3]),
        /noise_shape is not supported/,
      ],
      [
        'quantised weights',
        (file) => (weightOf(file, 0).quantization = { dtype: 'uint8' }),
        /quantization is not supported/,
      ],
      [
        'weights of another type',
        (file) => (weightOf(file, 0).dtype = 'int32'),
        /dtype must be 'float32'; got 'int32'/,
      ],
      ['weights of another shape', (file) => (weightOf(file, 0).shape = [12, 2]), /shape must be 2 × 12; got 12 × 2/],
      [
        'weights of another name',
        (file) => (weightOf(file, 0).name = 'lstm/forget'),
        /must name the weights .*; got 'lstm\/forget'/,
      ],
      [
        'one weight twice',
        (file) => (weightOf(file, 1).name = weightOf(file, 0).name),
        /must be there once; got it twice/,
      ],
      ['one weight too few', (file) => file.weightsManifest[0]!.weights.pop(), /must be in the manifest; it is absent/],
      [
        'a hundred thousand weight groups',
        (file) => (file.weightsManifest = Array.from({ length: 1e5 }, () => ({ paths: [], weights: [] }))),
        /weightsManifest must have 1 to 8 entries/,
      ],
      ['no manifest', (file) => Reflect.deleteProperty(file, 'weightsManifest'), /must have the key 'weightsManifest'/],
      ['no topology', (file) => Reflect.deleteProperty(file, 'modelTopology'), /must have the key 'modelTopology'/],
      [
        'a key that is no key',
        (file) => Object.assign(layer(file, 1).config, JSON.parse('{"a":[{"__proto__":{"polluted":1}}]}')),
        /must not have the key '__proto__'/,
      ],
      [
        'a constructor',
        (file) => Object.assign(layer(file, 1).config, JSON.parse('{"constructor":{}}')),
        /must not have the key 'constructor'/,
      ],
    ])('%s', async (_, edit, message) => {
      const refusal = await refusalOf(edit);
      expect(refusal).toMatch(/^MODEL_FORMAT: model file: /);
      expect(refusal).toMatch(message);
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    });

    it('weights cut short, too long, or not finite', async () => {
      const { weights } = saved;
      expect(await refusalOf(() => {}, weights.subarray(0, -4))).toMatch(
        /MODEL_FORMAT: .*weights must have \d+ bytes; got \d+/,
      );
      expect(await refusalOf(() => {}, Uint8Array.from([...weights, 0]))).toMatch(/MODEL_FORMAT: .*weights must have/);
      const nan = Uint8Array.from(weights);
      new DataView(nan.buffer).setFloat32(8, Number.NaN, true);
      expect(await refusalOf(() => {}, nan)).toMatch(/MODEL_FORMAT: .*kernel' must be finite; got NaN at 2/);
    });

    it.each<[string, object, string]>([
      ['other names than inputs', { featureNames: ['step'] }, 'LENGTH_MISMATCH'],
      ['a name twice', { featureNames: ['step', 'step'] }, 'INVALID_RECORD'],
      ['three classes for one output', { classes: ['a', 'b', 'c'] }, 'MODEL_FORMAT'],
      ['a scale of 0', { scaling: { mean: [0, 0], scale: [1, 0] } }, 'OUT_OF_RANGE'],
      ['a mean that is none', { scaling: { mean: [0, Number.NaN], scale: [1, 1] } }, 'OUT_OF_RANGE'],
      ['a scaling of other columns', { scaling: { mean: [0], scale: [1] } }, 'LENGTH_MISMATCH'],
      ['a look-back of 1e9', { lookBack: 1e9 }, 'OUT_OF_RANGE'],
    ])('options with %s', async (_, given, code) => {
      await expect(importLayersModel(saved.json, saved.weights, { ...options, ...given })).rejects.toMatchObject({
        code,
      });
    });

    it.each([
      ['weights', [undefined, options]],
      ['weights', ['abc', options]],
      ['options', [new Uint8Array(4), undefined]],
      ['options', [new Uint8Array(4), {}]],
      ['options', [new Uint8Array(4), { featureNames: 'step' }]],
    ])('%s that are none', async (subject, given) => {
      await expect(Reflect.apply(importLayersModel, undefined, [saved.json, ...given])).rejects.toMatchObject({
        code: 'INVALID_TYPE',
        message: expect.stringMatching(subject),
      });
    });

    it.each([[undefined], [null], [3], ['{}'], [[]], [{}]])('what is no model.json: %o', async (json) => {
      await expect(importLayersModel(json, new Uint8Array(4), options)).rejects.toMatchObject({ code: 'MODEL_FORMAT' });
    });
  });
});

interface Editable {
  modelTopology: { class_name: string; config: { layers: { class_name: string; config: Record<string, unknown> }[] } };
  weightsManifest: {
    paths: string[];
    weights: ({ name: string; dtype: string; shape: number[] } & Record<string, unknown>)[];
  }[];
}

function weightOf(file: Editable, i: number) {
  return file.weightsManifest[0]!.weights[i]!;
}

afterAll(() => {
  tf.disposeVariables();
});
