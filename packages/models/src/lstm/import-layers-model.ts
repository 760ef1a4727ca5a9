import { InvalidInputError, type TrainedModel } from '@mlperf/core';
import { namesProblem } from '../model-names.ts';
import type { FeatureScaling } from './layers-model/layers-model.ts';
import { readLayersModel } from './layers-model/read-layers-model.ts';
import { MAX_LOOK_BACK, MAX_TEXT } from './limits.ts';
import { requireHeadFor } from './lstm-file.ts';
import { openLstmModel } from './lstm-model.ts';
import { LSTM, LSTM_REGRESSION } from './model-type.ts';

/** What the files do not say. */
export interface ImportOptions {
  /** Labels in the order of the outputs; with one sigmoid output, the second is the one it is the probability of. Absent: a regression. */
  readonly classes?: readonly string[];
  /** One per input. */
  readonly featureNames: readonly string[];
  /** Steps of a window less one; needed when the model leaves them open. */
  readonly lookBack?: number;
  /** Standardisation that the host did outside the model: z = (x − mean) / scale, one number per feature. Default: none. */
  readonly scaling?: { readonly mean: ArrayLike<number>; readonly scale: ArrayLike<number> };
}

/**
 * An LSTM trained with TensorFlow.js or Keras, as a model of ours: a Sequential, or a functional model that is one chain,
 * of perhaps a BatchNormalization, one to three LSTM layers (tanh; sigmoid or hard-sigmoid gates), Dropout, and one Dense
 * layer. What is not supported is refused by name.
 *
 * @param json - Parsed content of `model.json`.
 * @param weights - Content of its weight files, one after the other.
 * @throws {@link MlperfError} `MODEL_FORMAT` | `TOO_LARGE` for the files; `LENGTH_MISMATCH` | `OUT_OF_RANGE` |
 * `INVALID_RECORD` for the options.
 * @remarks With hard-sigmoid gates, the default of `tf.layers.lstm`, it predicts in plain code, several times slower than
 * the kernel does with sigmoid gates.
 */
export async function importLayersModel(
  json: unknown,
  weights: Uint8Array,
  options: ImportOptions,
): Promise<TrainedModel> {
  requireArguments(weights, options);
  const classes = [...(options.classes ?? [])];
  requireNames('classes', classes);
  requireNames('featureNames', options.featureNames);
  const { lookBack } = options;
  if (lookBack !== undefined && !(Number.isInteger(lookBack) && lookBack >= 0 && lookBack <= MAX_LOOK_BACK)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `lookBack must be a whole number from 0 to ${MAX_LOOK_BACK}; got ${lookBack}`,
    );
  }
  const { network, scaling } = readLayersModel(json, weights, lookBack === undefined ? undefined : lookBack + 1);
  const { features } = network.shape;
  requireHeadFor(classes, network.shape);
  requireCount('featureNames', options.featureNames.length, features);
  if (scaling !== undefined && options.scaling !== undefined) {
    throw new InvalidInputError('INVALID_RECORD', 'scaling must be left out for a model whose first layer scales');
  }
  return openLstmModel({
    modelType: classes.length === 0 ? LSTM_REGRESSION : LSTM,
    classes,
    featureNames: [...options.featureNames],
    scaling: scaling ?? requireScaling(options.scaling, features),
    ...(classes.length === 0 ? { target: { mean: 0, scale: 1 } } : {}),
    network,
  });
}

function requireArguments(weights: unknown, options: unknown): void {
  if (!(weights instanceof Uint8Array)) {
    throw new InvalidInputError('INVALID_TYPE', `weights must be the bytes of the weight files; got ${typeof weights}`);
  }
  const { featureNames, classes = [] } = (options ?? {}) as Partial<ImportOptions>;
  if (!Array.isArray(featureNames) || !Array.isArray(classes)) {
    throw new InvalidInputError('INVALID_TYPE', 'options must hold a list of featureNames, and for classes theirs');
  }
}

function requireScaling(scaling: ImportOptions['scaling'], features: number): FeatureScaling {
  if (scaling === undefined) return { mean: new Float64Array(features), scale: new Float64Array(features).fill(1) };
  requireCount('scaling.mean', scaling?.mean?.length, features);
  requireCount('scaling.scale', scaling?.scale?.length, features);
  const read = { mean: Float64Array.from(scaling.mean), scale: Float64Array.from(scaling.scale) };
  const bad = [...read.mean.map((value) => (Number.isFinite(value) ? 1 : value)), ...read.scale].find(
    (value) => !(value > 0 && Number.isFinite(value)),
  );
  if (bad !== undefined) {
    throw new InvalidInputError('OUT_OF_RANGE', `scaling must have finite means and finite scales above 0; got ${bad}`);
  }
  return read;
}

function requireNames(subject: string, names: readonly string[]): void {
  const tooLong = names.some((name) => typeof name !== 'string' || name.length > MAX_TEXT);
  if (tooLong || namesProblem(names) !== undefined) {
    throw new InvalidInputError('INVALID_RECORD', `${subject} must be unique names of 1 to ${MAX_TEXT} characters`);
  }
}

function requireCount(subject: string, count: number | undefined, expected: number): void {
  if (count === expected) return;
  throw new InvalidInputError(
    'LENGTH_MISMATCH',
    `${subject} must have ${expected} entries, one per input; got ${count}`,
  );
}
