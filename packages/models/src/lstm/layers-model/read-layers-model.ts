import { InvalidInputError } from '@mlperf/core';
import { rawArray, rawNumber, rawText, rawWhole, refusedModel } from '../../random-forest/raw-value.ts';
import type { LstmHead, LstmShape } from '../engine.ts';
import { MAX_CLASSES, MAX_FEATURES, MAX_LAYERS, MAX_LOOK_BACK, MAX_UNITS } from '../limits.ts';
import { weightShapes } from '../weight-shapes.ts';
import { type ConfigField, configField, configFlag, configOf, requirePlainKeys } from './layer-config.ts';
import type { FeatureScaling, LayersNetwork } from './layers-model.ts';
import { readWeights } from './read-weights.ts';

/** What a layers-model file holds, for us. */
export interface ReadLayersModel {
  readonly network: LayersNetwork;
  /** Of a BatchNormalization in front. */
  readonly scaling?: FeatureScaling;
}

/**
 * Reads a Sequential of tfjs or Keras: an InputLayer, perhaps a BatchNormalization, one to three LSTM layers, each
 * perhaps followed by Dropout, and one Dense layer.
 *
 * Everything announced is checked against the bounds and the bytes before memory is taken for it.
 *
 * @param json - Parsed `model.json`.
 * @param bytes - The weight files of the manifest, one after the other.
 * @param steps - Rows of a window, where the topology leaves them open.
 * @throws {@link MlperfError} `MODEL_FORMAT`, naming the layer and what is not supported | `TOO_LARGE`.
 */
export function readLayersModel(json: unknown, bytes: Uint8Array, steps?: number): ReadLayersModel {
  requirePlainKeys(json);
  const topology = configOf(configField(json, 'modelTopology', 'model.json'), 'modelTopology');
  // Keras wraps what tfjs writes directly.
  const model = topology.model_config === undefined ? topology : configOf(topology.model_config, 'model_config');
  rawText(model.class_name, 'modelTopology.class_name', ['Sequential']);
  const listed = Array.isArray(model.config)
    ? model.config
    : configField(model.config, 'layers', 'modelTopology.config');
  const layers = rawArray(listed, 'modelTopology.config.layers', 1, MAX_LISTED_LAYERS).map((layer, i) =>
    readLayer(layer, i),
  );

  const [stated, features] = readInputShape(layers);
  const body = layers.filter((layer) => layer.className !== 'InputLayer' || layer !== layers[0]);
  const normalization = body[0]?.className === 'BatchNormalization' ? body.shift() : undefined;
  const stack = readStack(body);
  const shape: LstmShape = { ...stack.shape, features, steps: readSteps(stated, steps) };
  const shapes = weightShapes(shape);
  const expected = new Map<string, readonly number[]>();
  stack.names.forEach((name, i) => {
    expected.set(name, shapes[i]!);
  });
  const batchNormalization = normalization === undefined ? undefined : normalizationWeights(normalization);
  for (const name of batchNormalization?.names ?? []) expected.set(name, [features]);
  const weights = readWeights(configField(json, 'weightsManifest', 'model.json'), bytes, expected);
  const network: LayersNetwork = {
    shape,
    dropout: stack.dropout,
    weights: stack.names.map((name) => weights.get(name)!),
  };
  return batchNormalization === undefined
    ? { network }
    : { network, scaling: scalingOf(batchNormalization, weights, features) };
}

/** InputLayer, BatchNormalization, three LSTM and Dropout layers, Dense: anything longer cannot be ours to read. */
const MAX_LISTED_LAYERS = 2 + 2 * MAX_LAYERS + 1;

interface Layer {
  readonly className: string;
  readonly name: string;
  readonly at: string;
  readonly config: ConfigField;
}

const SUPPORTED = ['InputLayer', 'BatchNormalization', 'LSTM', 'Dropout', 'Dense'];

function readLayer(value: unknown, i: number): Layer {
  const at = `layer ${i}`;
  const layer = configOf(value, at);
  const className = rawText(layer.class_name, `${at} class_name`, SUPPORTED);
  const config = configOf(layer.config, `${at} config`);
  const name = config.name;
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME) {
    throw refusedModel(`${at} name`, `must be a text of 1 to ${MAX_NAME} characters`);
  }
  return { className, name, at: `layer '${name}' (${className})`, config };
}

const MAX_NAME = 1000;

/** Steps, if stated, and features of the windows. */
function readInputShape([first]: readonly Layer[]): readonly [number | undefined, number] {
  const { at, config } = first!;
  const stated = config.batch_input_shape ?? config.batch_shape;
  const [, steps, features] = rawArray(stated, `${at} batch_input_shape`, 3, 3);
  return [
    steps === null ? undefined : rawWhole(steps, `${at} steps`, 1, MAX_LOOK_BACK + 1),
    rawWhole(features, `${at} features`, 1, MAX_FEATURES),
  ];
}

function readSteps(stated: number | undefined, given: number | undefined): number {
  if (stated === undefined && given === undefined) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      'lookBack must be given, since the model leaves its steps open; got none',
    );
  }
  if (stated !== undefined && given !== undefined && stated !== given) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `lookBack must be ${stated - 1}, one less than the model's ${stated} steps; got ${given - 1}`,
    );
  }
  return stated ?? given!;
}

interface Stack {
  readonly shape: Omit<LstmShape, 'features' | 'steps'>;
  readonly dropout: readonly number[];
  /** Of the weights, in Keras order. */
  readonly names: readonly string[];
}

function readStack(layers: readonly Layer[]): Stack {
  const units: number[] = [];
  const dropout: number[] = [];
  const names: string[] = [];
  const lstmCount = layers.filter((layer) => layer.className === 'LSTM').length;
  if (lstmCount < 1 || lstmCount > MAX_LAYERS) {
    throw refusedModel('modelTopology', `must have 1 to ${MAX_LAYERS} LSTM layers; got ${lstmCount}`);
  }
  const dense = layers.at(-1)!;
  if (dense.className !== 'Dense')
    throw refusedModel(dense.at, 'must not be the last layer, which must be a Dense one');
  for (const layer of layers.slice(0, -1)) {
    if (layer.className === 'LSTM') {
      units.push(readLstm(layer, units.length === lstmCount - 1));
      dropout.push(0);
      names.push(`${layer.name}/kernel`, `${layer.name}/recurrent_kernel`, `${layer.name}/bias`);
    } else if (layer.className === 'Dropout' && units.length > 0 && dropout.at(-1) === 0) {
      dropout[dropout.length - 1] = rawNumber(layer.config.rate, `${layer.at} rate`, 0, 0.999);
      requireAbsent(layer, 'noise_shape');
    } else {
      throw refusedModel(layer.at, 'must stand elsewhere: LSTM layers, each with at most one Dropout, then Dense');
    }
  }
  names.push(`${dense.name}/kernel`, `${dense.name}/bias`);
  return { shape: { units, ...readDense(dense) }, dropout, names };
}

function readLstm(layer: Layer, isLast: boolean): number {
  const { at, config } = layer;
  rawText(config.activation, `${at} activation`, ['tanh']);
  rawText(config.recurrent_activation, `${at} recurrent_activation`, ['sigmoid']);
  configFlag(config, 'use_bias', at, true);
  configFlag(config, 'return_sequences', at, !isLast);
  for (const flag of ['return_state', 'go_backwards', 'stateful', 'time_major']) configFlag(config, flag, at, false);
  for (const share of ['dropout', 'recurrent_dropout']) rawNumber(config[share] ?? 0, `${at} ${share}`, 0, 0);
  return rawWhole(config.units, `${at} units`, 1, MAX_UNITS);
}

function readDense({ at, config }: Layer): { readonly outputs: number; readonly head: LstmHead } {
  const head = rawText(config.activation, `${at} activation`, ['sigmoid', 'softmax', 'linear']) as LstmHead;
  configFlag(config, 'use_bias', at, true);
  const outputs = rawWhole(
    config.units,
    `${at} units`,
    head === 'softmax' ? 2 : 1,
    head === 'softmax' ? MAX_CLASSES : 1,
  );
  return { outputs, head };
}

interface BatchNormalization {
  readonly layer: Layer;
  readonly epsilon: number;
  readonly names: readonly string[];
}

function normalizationWeights(layer: Layer): BatchNormalization {
  const { at, config, name } = layer;
  const axis = Array.isArray(config.axis) ? config.axis[0] : (config.axis ?? -1);
  if (axis !== -1 && axis !== 2) throw refusedModel(`${at} axis`, 'must be the features, −1 or 2');
  const epsilon = rawNumber(config.epsilon ?? 1e-3, `${at} epsilon`, 0, 1);
  const parts = ['moving_mean', 'moving_variance'];
  if (config.scale !== false) parts.push('gamma');
  if (config.center !== false) parts.push('beta');
  return { layer, epsilon, names: parts.map((part) => `${name}/${part}`) };
}

/** γ · (x − μ) / √(σ² + ε) + β as (x − mean) / scale, in double precision. */
function scalingOf(
  { layer, epsilon }: BatchNormalization,
  weights: ReadonlyMap<string, Float32Array>,
  features: number,
): FeatureScaling {
  const part = (name: string, absent: number) =>
    weights.get(`${layer.name}/${name}`) ?? new Float32Array(features).fill(absent);
  const gamma = part('gamma', 1);
  const beta = part('beta', 0);
  const variance = part('moving_variance', 1);
  const scale = Float64Array.from(variance, (value, i) => Math.sqrt(value + epsilon) / gamma[i]!);
  const mean = Float64Array.from(part('moving_mean', 0), (value, i) => value - beta[i]! * scale[i]!);
  for (let i = 0; i < features; i++) {
    if (!(scale[i]! > 0 && Number.isFinite(scale[i]!) && Number.isFinite(mean[i]!))) {
      throw refusedModel(layer.at, `must scale feature ${i} by a finite number above 0; got 1 / ${scale[i]}`);
    }
  }
  return { mean, scale };
}

function requireAbsent(layer: Layer, key: string): void {
  const value = layer.config[key];
  if (value !== undefined && value !== null) throw refusedModel(`${layer.at} ${key}`, 'is not supported');
}
