import '@tensorflow/tfjs-backend-wasm';
import { exportLayersModel, lstmFamily } from '@mlperf/models';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadLayers, predictLayers } from './tfjs-layers.ts';
import { fitContext, quick, signOfSum } from './toy-sequences.ts';

const train = signOfSum(150, 'train');
const fresh = signOfSum(60, 'fresh').features;
const parameters = { ...quick, units: [6, 5], layers: 2, epochs: 3 };

beforeAll(async () => {
  expect(await tf.setBackend('wasm')).toBe(true);
});

describe('on the WASM backend of TensorFlow.js', () => {
  it('an exported model predicts the same to 1e-5', async () => {
    const model = await lstmFamily.fit(train, parameters, fitContext());
    const layers = await loadLayers(exportLayersModel(model));
    const answers = (await model.predict(fresh)).filter((_, i) => i % 2 === 1);
    expect(tf.getBackend()).toBe('wasm');
    predictLayers(layers, fresh, 4).forEach((value, i) => {
      expect(Math.abs(value - answers[i]!)).toBeLessThanOrEqual(1e-5);
    });
  });

  it('the tfjs engine trains the model that our kernel trains, up to rounding, on the backend that is set', async () => {
    const ours = await lstmFamily.fit(train, parameters, fitContext());
    const theirs = await lstmFamily.fit(train, { ...parameters, engine: 'tfjs' }, fitContext());
    expect(tf.getBackend()).toBe('wasm');
    const answers = await theirs.predict(fresh);
    (await ours.predict(fresh)).forEach((value, i) => {
      expect(Math.abs(value - answers[i]!)).toBeLessThan(1e-3);
    });
  });
});
