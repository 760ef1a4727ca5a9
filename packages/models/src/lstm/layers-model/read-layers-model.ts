import { InvalidInputError } from '@mlperf/core';
import { rawArray, rawNumber, rawText, rawWhole, refusedModel } from '../../random-forest/raw-value.ts';
import type { LstmHead, LstmShape } from '../engine.ts';
import { MAX_CLASSES, MAX_FEATURES, MAX_LAYERS, MAX_LOOK_BACK, MAX_UNITS } from '../limits.ts';
import { weightCount, weightShapes } from '../weight-shapes.ts';
import { requireChain } from './functional-chain.ts';
import { type ConfigField, configField, configFlag, configOf, requirePlainKeys } from './layer-config.ts';
import type { FeatureScaling, GateActivation, LayersNetwork } from './layers-model.ts';
import { readWeights } from './read-weights.ts';

/** What a layers-model file holds, for us. */
export interface ReadLayersModel {
  readonly network: LayersNetwork;
  /** Of a BatchNormalization in front. */
  readonly scaling?: FeatureScaling;
}

/**
 * Reads a Sequential of tfjs or Keras, or a functional model that is one chain: an InputLayer, perhaps a
 * BatchNormalization, one to three LSTM layers, each perhaps followed by Dropout, and one Dense layer, perhaps with its
 * activation in a layer of its own. Dropout before the first LSTM layer or inside of one changes no prediction and is
 * not kept.
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
  const className = rawText(model.class_name, 'modelTopology.class_name', ['Sequential', 'Functional', 'Model']);
  const listed = Array.isArray(model.config)
    ? model.config
    : configField(model.config, 'layers', 'modelTopology.config');
  const layers = rawArray(listed, 'modelTopology.config.layers', 1, MAX_LISTED_LAYERS).map((layer, i) =>
    readLayer(layer, i),
  );
  if (className !== 'Sequential') requireChain(model.config, layers);
  requireOneHardSigmoid(topology.keras_version, layers);

  const [stated, features] = readInputShape(layers);
  const body = layers.filter((layer) => layer.className !== 'InputLayer' || layer !== layers[0]);
  skipDropout(body);
  const normalization = body[0]?.className === 'BatchNormalization' ? body.shift() : undefined;
  skipDropout(body);
  const stack = readStack(body);
  const shape: LstmShape = { ...stack.shape, features, steps: readSteps(stated, steps) };
  const shapes = weightShapes(shape);
  const expected = new Map<string, readonly number[]>();
  stack.names.forEach((name, i) => {
    if (name !== undefined) expected.set(name, shapes[i]!);
  });
  const batchNormalization = normalization === undefined ? undefined : normalizationWeights(normalization);
  for (const name of batchNormalization?.names ?? []) expected.set(name, [features]);
  const weights = readWeights(configField(json, 'weightsManifest', 'model.json'), bytes, expected);
  const network: LayersNetwork = {
    shape,
    ...(stack.gates.every((gate) => gate === 'sigmoid') ? {} : { gates: stack.gates }),
    dropout: stack.dropout,
    weights: stack.names.map((name, i) =>
      name === undefined ? new Float32Array(weightCount(shapes[i]!)) : weights.get(name)!,
    ),
  };
  return batchNormalization === undefined
    ? { network }
    : { network, scaling: scalingOf(batchNormalization, weights, features) };
}

/**
 * InputLayer, BatchNormalization with Dropout around it, three LSTM and Dropout layers, Dense and Activation: anything
 * longer cannot be ours to read.
 */
const MAX_LISTED_LAYERS = 4 + 2 * MAX_LAYERS + 2;

interface Layer {
  readonly className: string;
  readonly name: string;
  readonly at: string;
  readonly config: ConfigField;
  /** Of a functional model: the layers it reads. */
  readonly inbound: unknown;
}

const SUPPORTED = ['InputLayer', 'BatchNormalization', 'LSTM', 'Dropout', 'Dense', 'Activation'];

function readLayer(value: unknown, i: number): Layer {
  const at = `layer ${i}`;
  const layer = configOf(value, at);
  const className = rawText(layer.class_name, `${at} class_name`, SUPPORTED);
  const config = configOf(layer.config, `${at} config`);
  const name = config.name;
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME) {
    throw refusedModel(`${at} name`, `must be a text of 1 to ${MAX_NAME} characters`);
  }
  return { className, name, at: `layer '${name}' (${className})`, config, inbound: layer.inbound_nodes };
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
  readonly gates: readonly GateActivation[];
  readonly dropout: readonly number[];
  /** Of the weights, in Keras order; `undefined` for a bias that the layer goes without. */
  readonly names: readonly (string | undefined)[];
}

/** Takes a Dropout off the front: it changes no prediction. */
function skipDropout(layers: Layer[]): void {
  if (layers[0]?.className !== 'Dropout') return;
  readRate(layers.shift()!);
}

/** Keras 3 has another function of this name: clip(x / 6 + 0.5, 0, 1). */
function requireOneHardSigmoid(version: unknown, layers: readonly Layer[]): void {
  const hard = layers.find(({ config }) => config.recurrent_activation === 'hard_sigmoid');
  if (hard === undefined || typeof version !== 'string' || !/^[3-9]\./.test(version)) return;
  throw refusedModel(
    `${hard.at} recurrent_activation`,
    `must be 'sigmoid' in a model of Keras ${version.slice(0, 20)}`,
  );
}

function readStack(layers: readonly Layer[]): Stack {
  const units: number[] = [];
  const gates: GateActivation[] = [];
  const dropout: number[] = [];
  const names: (string | undefined)[] = [];
  const lstmCount = layers.filter((layer) => layer.className === 'LSTM').length;
  if (lstmCount < 1 || lstmCount > MAX_LAYERS) {
    throw refusedModel('modelTopology', `must have 1 to ${MAX_LAYERS} LSTM layers; got ${lstmCount}`);
  }
  const activation = layers.at(-1)!.className === 'Activation' ? layers.at(-1) : undefined;
  const stacked = activation === undefined ? layers : layers.slice(0, -1);
  const dense = stacked.at(-1)!;
  if (dense.className !== 'Dense')
    throw refusedModel(dense.at, 'must not be the last layer, which must be a Dense one');
  for (const layer of stacked.slice(0, -1)) {
    if (layer.className === 'LSTM') {
      units.push(readLstm(layer, units.length === lstmCount - 1));
      gates.push(layer.config.recurrent_activation === 'sigmoid' ? 'sigmoid' : 'hard-sigmoid');
      dropout.push(0);
      names.push(`${layer.name}/kernel`, `${layer.name}/recurrent_kernel`, `${layer.name}/bias`);
    } else if (layer.className === 'Dropout' && units.length > 0 && dropout.at(-1) === 0) {
      dropout[dropout.length - 1] = readRate(layer);
    } else {
      throw refusedModel(layer.at, 'must stand elsewhere: LSTM layers, each with at most one Dropout, then Dense');
    }
  }
  const { head, outputs, bias } = readDense(dense, activation);
  names.push(`${dense.name}/kernel`, bias ? `${dense.name}/bias` : undefined);
  return { shape: { units, outputs, head }, gates, dropout, names };
}

function readRate(layer: Layer): number {
  requireAbsent(layer, 'noise_shape');
  return rawNumber(layer.config.rate, `${layer.at} rate`, 0, 0.999);
}

function readLstm(layer: Layer, isLast: boolean): number {
  const { at, config } = layer;
  rawText(config.activation, `${at} activation`, ['tanh']);
  rawText(config.recurrent_activation, `${at} recurrent_activation`, ['sigmoid', 'hard_sigmoid']);
  configFlag(config, 'use_bias', at, true);
  configFlag(config, 'return_sequences', at, !isLast);
  for (const flag of ['return_state', 'go_backwards', 'stateful', 'time_major']) configFlag(config, flag, at, false);
  for (const share of ['dropout', 'recurrent_dropout']) rawNumber(config[share] ?? 0, `${at} ${share}`, 0, 1);
  return rawWhole(config.units, `${at} units`, 1, MAX_UNITS);
}

/** @param activation - A layer of its own behind a linear Dense. */
function readDense(
  { at, config }: Layer,
  activation: Layer | undefined,
): { readonly outputs: number; readonly head: LstmHead; readonly bias: boolean } {
  if (activation !== undefined) rawText(config.activation, `${at} activation`, ['linear']);
  const named = activation ?? { at, config };
  const heads = ['sigmoid', 'softmax', 'linear'];
  const head = rawText(named.config.activation, `${named.at} activation`, heads) as LstmHead;
  const bias = config.use_bias ?? true;
  if (typeof bias !== 'boolean') throw refusedModel(`${at} use_bias`, `must be true or false; got ${String(bias)}`);
  const outputs = rawWhole(
    config.units,
    `${at} units`,
    head === 'softmax' ? 2 : 1,
    head === 'softmax' ? MAX_CLASSES : 1,
  );
  return { outputs, head, bias };
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
