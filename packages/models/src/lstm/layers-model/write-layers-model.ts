import { InvalidInputError } from '@mlperf/core';
import { weightShapes } from '../weight-shapes.ts';
import type {
  FeatureScaling,
  GateActivation,
  LayerJson,
  LayersModelFiles,
  LayersNetwork,
  WeightEntryJson,
} from './layers-model.ts';

/** What else the files say. */
export interface LayersModelOptions {
  /** A first layer that standardises the features, so that the model takes them as they are. */
  readonly scaling?: FeatureScaling;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface NamedWeights {
  readonly entry: WeightEntryJson;
  readonly values: ArrayLike<number>;
}

/**
 * The network in the layers-model format: a Sequential of LSTM, Dropout and Dense layers on windows
 * (batch × steps × features). Equal networks give equal bytes.
 *
 * A scaling becomes a BatchNormalization in front, with moving mean μ, moving variance 1, gamma 1 / scale and epsilon 0.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` when the scaling's numbers are beyond what float32 can hold, or a mean is
 * more than 100 times its spread.
 */
export function writeLayersModel(network: LayersNetwork, options: LayersModelOptions = {}): LayersModelFiles {
  const { shape, dropout, gates } = network;
  const layers: LayerJson[] = [];
  const named: NamedWeights[] = [];
  const inputShape = { batch_input_shape: [null, shape.steps, shape.features], dtype: 'float32' };
  if (options.scaling !== undefined) {
    layers.push(scalingLayer(inputShape));
    named.push(...scalingWeights(options.scaling, shape.features));
  }
  const shapes = weightShapes(shape);
  const add = (name: string, i: number) => {
    named.push({ entry: { name, shape: shapes[i]!, dtype: 'float32' }, values: network.weights[i]! });
  };
  shape.units.forEach((units, layer) => {
    const name = `lstm_${layer + 1}`;
    const isLast = layer === shape.units.length - 1;
    layers.push(lstmLayer(name, units, gates?.[layer] ?? 'sigmoid', !isLast, layers.length === 0 ? inputShape : {}));
    const rate = dropout[layer] ?? 0;
    if (rate > 0)
      layers.push({ class_name: 'Dropout', config: { name: `dropout_${layer + 1}`, trainable: true, rate } });
    LSTM_WEIGHTS.forEach((weight, i) => {
      add(`${name}/${weight}`, 3 * layer + i);
    });
  });
  layers.push(denseLayer(shape.outputs, shape.head));
  add('dense/kernel', shapes.length - 2);
  add('dense/bias', shapes.length - 1);
  return {
    json: {
      format: 'layers-model',
      generatedBy: '@mlperf/models',
      convertedBy: null,
      modelTopology: {
        class_name: 'Sequential',
        config: { name: 'lstm', layers },
        keras_version: 'tfjs-layers 4.22.0',
        backend: 'tensor_flow.js',
      },
      weightsManifest: [{ paths: ['weights.bin'], weights: named.map((item) => item.entry) }],
      ...(options.metadata === undefined ? {} : { userDefinedMetadata: options.metadata }),
    },
    weights: weightBytes(named),
  };
}

const LSTM_WEIGHTS = ['kernel', 'recurrent_kernel', 'bias'] as const;

function lstmLayer(
  name: string,
  units: number,
  gates: GateActivation,
  returnSequences: boolean,
  first: object,
): LayerJson {
  return {
    class_name: 'LSTM',
    config: {
      name,
      trainable: true,
      ...first,
      units,
      activation: 'tanh',
      recurrent_activation: gates === 'sigmoid' ? 'sigmoid' : 'hard_sigmoid',
      use_bias: true,
      kernel_initializer: { class_name: 'GlorotUniform', config: { seed: null } },
      recurrent_initializer: { class_name: 'Orthogonal', config: { gain: 1, seed: null } },
      bias_initializer: { class_name: 'Zeros', config: {} },
      unit_forget_bias: true,
      dropout: 0,
      recurrent_dropout: 0,
      return_sequences: returnSequences,
      return_state: false,
      go_backwards: false,
      stateful: false,
      unroll: false,
    },
  };
}

function denseLayer(units: number, activation: string): LayerJson {
  return {
    class_name: 'Dense',
    config: {
      name: 'dense',
      trainable: true,
      units,
      activation,
      use_bias: true,
      kernel_initializer: { class_name: 'GlorotUniform', config: { seed: null } },
      bias_initializer: { class_name: 'Zeros', config: {} },
    },
  };
}

function scalingLayer(first: object): LayerJson {
  return {
    class_name: 'BatchNormalization',
    config: { name: 'scaling', trainable: false, ...first, axis: -1, epsilon: 0, center: false, scale: true },
  };
}

function scalingWeights({ mean, scale }: FeatureScaling, features: number): NamedWeights[] {
  const gamma = Array.from(scale, (value) => 1 / value);
  for (const value of [...gamma, ...mean]) {
    const rounded = Math.fround(value);
    if (!Number.isFinite(rounded) || (value !== 0 && Math.abs(rounded) < SMALLEST_NORMAL)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `the scaling must fit float32 to become a layer; got ${value}: export without it and scale outside`,
      );
    }
  }
  mean.forEach((value, i) => {
    if (!(Math.abs(value) > MOST_SPREADS * scale[i]!)) return;
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `the mean of feature ${i} must be at most ${MOST_SPREADS} times its spread to be scaled in float32; got ${value} and ${scale[i]}: export with scaling 'outside'`,
    );
  });
  const entry = (weight: string) => ({ name: `scaling/${weight}`, shape: [features], dtype: 'float32' }) as const;
  return [
    { entry: entry('gamma'), values: gamma },
    { entry: entry('moving_mean'), values: mean },
    { entry: entry('moving_variance'), values: gamma.map(() => 1) },
  ];
}

const SMALLEST_NORMAL = 2 ** -126;
/** A float32 has 24 bits: x − μ is then off by 6e-6 of the spread at most, and predictions, as tested, by 1e-5. */
const MOST_SPREADS = 100;

function weightBytes(named: readonly NamedWeights[]): Uint8Array {
  const count = named.reduce((sum, { values }) => sum + values.length, 0);
  const view = new DataView(new ArrayBuffer(4 * count));
  let at = 0;
  for (const { values } of named) {
    for (let i = 0; i < values.length; i++, at += 4) view.setFloat32(at, values[i]!, true);
  }
  return new Uint8Array(view.buffer);
}
