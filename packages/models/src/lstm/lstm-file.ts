import { InvalidInputError, MlperfError } from '@mlperf/core';
import { decodeModelFile, encodeModelFile } from '../model-file.ts';
import { namesProblem } from '../model-names.ts';
import { rawArray, rawNumber, rawObject, refusedModel } from '../random-forest/raw-value.ts';
import { requirePlainKeys } from './layers-model/layer-config.ts';
import type { FeatureScaling } from './layers-model/layers-model.ts';
import { readLayersModel } from './layers-model/read-layers-model.ts';
import { writeLayersModel } from './layers-model/write-layers-model.ts';
import { MAX_CLASSES, MAX_FEATURES, MAX_HEADER_BYTES, MAX_TEXT } from './limits.ts';
import type { LstmContent, TargetScaling } from './lstm-content.ts';
import { LSTM, type LstmModelType } from './model-type.ts';
import { requireLstmParameters, unitsPerLayer } from './parameters.ts';

/**
 * Version 1 of the payload:
 *
 *   0 header length (u32, little-endian) · 4 header, JSON in UTF-8 · weight bytes of the layers model
 *
 * The header holds classes, feature names, scaling and training, and as `layersModel` the model.json of TensorFlow.js.
 */
const FORMAT_VERSION = 1;

const HEADER_KEYS = ['classes', 'featureNames', 'scaling', 'target', 'training', 'layersModel'];

/** The bytes of a model file. Equal content, equal bytes. @throws {@link MlperfError} `TOO_LARGE`. */
export function encodeLstmFile(content: LstmContent): Uint8Array {
  const { modelType, classes, featureNames, scaling, target, training } = content;
  const { json, weights } = writeLayersModel(content.network);
  const header = new TextEncoder().encode(
    JSON.stringify({
      classes,
      featureNames,
      scaling: { mean: [...scaling.mean], scale: [...scaling.scale] },
      target: target ?? null,
      training: training ?? null,
      layersModel: json,
    }),
  );
  if (header.length > MAX_HEADER_BYTES) {
    throw new MlperfError(
      'TOO_LARGE',
      `an LSTM's header may have at most ${MAX_HEADER_BYTES} bytes; got ${header.length}`,
    );
  }
  const payload = new Uint8Array(4 + header.length + weights.length);
  new DataView(payload.buffer).setUint32(0, header.length, true);
  payload.set(header, 4);
  payload.set(weights, 4 + header.length);
  return encodeModelFile({ family: modelType, formatVersion: FORMAT_VERSION }, payload);
}

/** @throws {@link MlperfError} `MODEL_FORMAT` | `ARTIFACT_CORRUPT` | `TOO_LARGE`, saying what was found. */
export function decodeLstmFile(modelType: LstmModelType, bytes: Uint8Array): LstmContent {
  const { payload } = decodeModelFile({ family: modelType, formatVersion: FORMAT_VERSION }, bytes);
  const [json, weights] = splitPayload(payload);
  requirePlainKeys(json);
  const header = rawObject(json, 'header', HEADER_KEYS);
  const isClassifier = modelType === LSTM;
  const classes = readTexts(header.classes, 'classes', isClassifier ? 2 : 0, isClassifier ? MAX_CLASSES : 0);
  const featureNames = readTexts(header.featureNames, 'featureNames', 1, MAX_FEATURES);
  const { network, scaling } = readLayersModel(header.layersModel, weights);
  const { shape } = network;
  if (scaling !== undefined) throw refusedModel('layersModel', 'must not scale by a layer in a stored model');
  if (shape.features !== featureNames.length) {
    throw refusedModel(
      'featureNames',
      `must have ${shape.features} entries as the network has inputs; got ${featureNames.length}`,
    );
  }
  requireHeadFor(classes, network.shape);
  const training = readTraining(header.training);
  if (training !== undefined) {
    const { lookBack } = training.parameters;
    const units = unitsPerLayer(training.parameters).join(', ');
    if (lookBack + 1 !== shape.steps || units !== shape.units.join(', ')) {
      throw refusedModel(
        'training',
        `must say ${shape.steps} steps of ${shape.units.join(', ')} units, as the network has`,
      );
    }
  }
  const target = readTarget(header.target, isClassifier);
  return {
    modelType,
    classes,
    featureNames,
    scaling: readScaling(header.scaling, featureNames.length),
    ...(target === undefined ? {} : { target }),
    network,
    ...(training === undefined ? {} : { training }),
  };
}

/** @throws {@link MlperfError} `MODEL_FORMAT` unless the outputs are those of the classes, or of a value without any. */
export function requireHeadFor(classes: readonly string[], shape: LstmContent['network']['shape']): void {
  const { head, outputs } = shape;
  const fits =
    classes.length === 0
      ? head === 'linear' && outputs === 1
      : head === 'softmax'
        ? outputs === classes.length
        : head === 'sigmoid' && outputs === 1 && classes.length === 2;
  if (fits) return;
  throw refusedModel(
    'the dense layer',
    `must have one sigmoid output for two classes, one softmax output per class, or one linear output without classes; got ${outputs} × ${head} for ${classes.length} classes`,
  );
}

function splitPayload(payload: Uint8Array): readonly [unknown, Uint8Array] {
  const length =
    payload.length < 4 ? 0 : new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(0, true);
  if (length < 1 || length > Math.min(MAX_HEADER_BYTES, payload.length - 4)) {
    throw refusedModel(
      'header',
      `must have 1 to ${Math.min(MAX_HEADER_BYTES, payload.length - 4)} bytes; got ${length}`,
    );
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload.subarray(4, 4 + length));
    return [JSON.parse(text), payload.subarray(4 + length)];
  } catch (cause) {
    throw new MlperfError('MODEL_FORMAT', 'model file: the header must be JSON in UTF-8', { cause });
  }
}

function readScaling(value: unknown, features: number): FeatureScaling {
  const { mean, scale } = rawObject(value, 'scaling', ['mean', 'scale']);
  const numbers = (list: unknown, at: string, low: number) =>
    Float64Array.from(rawArray(list, at, features, features), (item, i) =>
      rawNumber(item, `${at}[${i}]`, low, Number.MAX_VALUE),
    );
  return {
    mean: numbers(mean, 'scaling.mean', -Number.MAX_VALUE),
    scale: numbers(scale, 'scaling.scale', Number.MIN_VALUE),
  };
}

function readTarget(value: unknown, isClassifier: boolean): TargetScaling | undefined {
  if (isClassifier !== (value === null)) {
    throw refusedModel('target', `must be ${isClassifier ? 'null for classes' : 'the scaling of a regression'}`);
  }
  if (value === null) return undefined;
  const { mean, scale } = rawObject(value, 'target', ['mean', 'scale']);
  return {
    mean: rawNumber(mean, 'target.mean', -Number.MAX_VALUE, Number.MAX_VALUE),
    scale: rawNumber(scale, 'target.scale', Number.MIN_VALUE, Number.MAX_VALUE),
  };
}

function readTraining(value: unknown): LstmContent['training'] {
  if (value === null) return undefined;
  const training = rawObject(value, 'training', ['parameters', 'seed']);
  const parameters = training.parameters;
  if (typeof parameters !== 'object' || parameters === null)
    throw refusedModel('training.parameters', 'must be an object');
  try {
    return { parameters: requireLstmParameters(parameters), seed: readText(training.seed, 'training.seed') };
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    throw new MlperfError('MODEL_FORMAT', `model file: training.parameters: ${cause.message}`, { cause });
  }
}

function readTexts(value: unknown, at: string, least: number, most: number): readonly string[] {
  const texts = rawArray(value, at, least, most).map((text, i) => readText(text, `${at}[${i}]`));
  const problem = namesProblem(texts);
  if (problem !== undefined) throw refusedModel(at, problem);
  return texts;
}

function readText(value: unknown, at: string): string {
  if (typeof value === 'string' && value.length <= MAX_TEXT) return value;
  throw refusedModel(at, `must be a text of at most ${MAX_TEXT} characters`);
}
