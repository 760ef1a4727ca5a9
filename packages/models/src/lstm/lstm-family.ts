import {
  type Dataset,
  type FamilyRequirements,
  type FitContext,
  InvalidInputError,
  keyedRandom,
  type ModelFamily,
  randomInteger,
  requireMatrix,
  requireNoMissingValues,
  type TrainedModel,
} from '@mlperf/core';
import { requireFitArguments } from '../fit-arguments.ts';
import { namesProblem } from '../model-names.ts';
import type { LstmEngine, LstmShape } from './engine.ts';
import { prepareFit } from './fit-windows.ts';
import { initialWeights } from './initial-weights.ts';
import { wasmLstmEngine } from './kernel/wasm-engine.ts';
import { MAX_CLASSES, MAX_FEATURES, MAX_NAME_BYTES, MAX_TEXT } from './limits.ts';
import { decodeLstmFile } from './lstm-file.ts';
import { openLstmModel } from './lstm-model.ts';
import { LSTM, LSTM_REGRESSION, type LstmModelType } from './model-type.ts';
import {
  type LstmParameters,
  lstmDefaults,
  lstmSearchSpace,
  requireLstmParameters,
  unitsPerLayer,
} from './parameters.ts';
import { pauseFor, requireRunning } from './pause.ts';
import { requireTargets } from './require-targets.ts';
import { openTfjsEngine } from './tfjs-engine.ts';
import { trainNetwork } from './train-network.ts';
import { weightShapes } from './weight-shapes.ts';

/** Its search space by name, so that a tuner knows the type of its best parameters. */
export type LstmFamily = ModelFamily<LstmParameters> & { readonly searchSpace: typeof lstmSearchSpace };

const REQUIREMENTS: FamilyRequirements = Object.freeze({
  missingValues: 'refused',
  scaling: 'built-in',
  series: true,
  weights: true,
});

/**
 * LSTM networks for classification: one to three layers over the last `lookBack` + 1 rows of a series, and a dense layer
 * with sigmoid (two classes) or softmax.
 *
 *   iₜ = σ(xₜWᵢ + hₜ₋₁Uᵢ + bᵢ), fₜ and oₜ alike · cₜ = fₜ∘cₜ₋₁ + iₜ∘tanh(xₜW_c + hₜ₋₁U_c + b_c) · hₜ = oₜ∘tanh(cₜ)
 *
 * Features are standardised on the training rows, inside the fit, and the model carries that scaling. Windows lie in one
 * series and never span a gap. With `patience`, the newest rows are kept back, the rows whose labels reach into them are
 * not used, and the weights of the epoch with the least loss on them are restored. `report(epoch, score)` is called after
 * each epoch with the accuracy (`lstm-regression`: −RMSE, so that larger is better), by the rows' weights, on the
 * validation rows, or else on the tail; with neither, with the mean training loss of the epoch below 0.
 *
 * @remarks Deterministic with engine `wasm` on every machine. Between batches the signal is asked, and about every
 * ten milliseconds the event loop runs.
 * @see Hochreiter & Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735; Gers et al. (2000) for the forget gate
 */
export const lstmFamily: LstmFamily = lstmFamilyOf(LSTM);

/** As {@link lstmFamily}, with a linear output, for values: the targets are standardised for training and back. */
export const lstmRegressionFamily: LstmFamily = lstmFamilyOf(LSTM_REGRESSION);

function lstmFamilyOf(modelType: LstmModelType): LstmFamily {
  return {
    modelType,
    task: modelType === LSTM ? 'classification' : 'regression',
    searchSpace: lstmSearchSpace,
    defaults: lstmDefaults,
    requirements: REQUIREMENTS,
    lookBackOf: ({ lookBack = lstmDefaults.lookBack }) => lookBack,
    async fit(train, given, context) {
      requireFitArguments(train, context);
      const parameters = requireLstmParameters(given);
      requireSeed(context.seed);
      requireTrainingData(modelType, train);
      return fitLstm(modelType, train, parameters, context);
    },
    async load(bytes) {
      return openLstmModel(decodeLstmFile(modelType, bytes));
    },
  };
}

async function fitLstm(
  modelType: LstmModelType,
  train: Dataset,
  parameters: LstmParameters,
  context: FitContext,
): Promise<TrainedModel> {
  const pause = pauseFor(context.signal);
  requireRunning(context.signal);
  const { windows, coding, scaling } = await prepareFit(train, parameters, context, pause);
  const units = unitsPerLayer(parameters);
  const dropout = units.map(() => parameters.dropout);
  const { head, outputs, target } = coding;
  const shape: LstmShape = { features: train.features.columns, steps: parameters.lookBack + 1, units, outputs, head };
  weightShapes(shape);
  const network = await (await engineOf(parameters.engine)).open(shape, {
    batchSize: Math.min(parameters.batchSize, windows.train.count),
    dropout,
    seed: randomInteger(keyedRandom(context.seed, 'lstm', 'dropout'), 2 ** 32),
    ...(parameters.clipNorm === 0 ? {} : { clipNorm: parameters.clipNorm }),
  });
  try {
    const look = () => requireRunning(context.signal);
    network.setWeights(await initialWeights(shape, context.seed, pause), look);
    look();
    const weights = await trainNetwork(network, windows, coding, parameters, context, pause);
    look();
    return await openLstmModel(
      {
        modelType,
        classes: [...(train.classes ?? [])],
        featureNames: [...train.featureNames],
        scaling,
        ...(target === undefined ? {} : { target }),
        network: { shape, dropout, weights },
        training: { parameters, seed: context.seed },
      },
      look,
    );
  } finally {
    network.dispose();
  }
}

function engineOf(engine: LstmParameters['engine']): LstmEngine | Promise<LstmEngine> {
  return engine === 'wasm' ? wasmLstmEngine : openTfjsEngine();
}

function requireSeed(seed: unknown): void {
  if (typeof seed === 'string' && seed.length <= MAX_TEXT) return;
  throw new InvalidInputError('INVALID_TYPE', `seed must be a text of at most ${MAX_TEXT} characters`);
}

/** A model that trains must also load again. */
function requireTrainingData(modelType: LstmModelType, train: Dataset): void {
  const { classes, featureNames, features } = train;
  if ((classes === undefined) !== (modelType === LSTM_REGRESSION)) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `'${modelType}' must be trained on ${modelType === LSTM ? 'classes' : 'values'}; got a data set of ${classes === undefined ? 'values' : 'classes'}`,
    );
  }
  requireNoMissingValues(train);
  requireMatrix(features, 'features');
  if ((classes?.length ?? 0) > MAX_CLASSES || featureNames.length > MAX_FEATURES) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `an LSTM takes up to ${MAX_CLASSES} classes and ${MAX_FEATURES} features; got ${classes?.length ?? 0} and ${featureNames.length}`,
    );
  }
  requireTargets('targets', train);
  if (featureNames.length !== features.columns) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `featureNames must have ${features.columns} entries, one per column; got ${featureNames.length}`,
    );
  }
  for (const [subject, names] of Object.entries({ classes: classes ?? [], featureNames })) {
    const problem = namesProblem(names);
    if (problem !== undefined) throw new InvalidInputError('INVALID_RECORD', `${subject} ${problem}`);
  }
  const tooLong = [...(classes ?? []), ...featureNames].find((name) => name.length > MAX_TEXT);
  if (tooLong !== undefined) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `names of classes and features must have at most ${MAX_TEXT} characters; got ${tooLong.length}`,
    );
  }
  const bytes = new TextEncoder().encode(JSON.stringify([classes, featureNames])).length;
  if (bytes > MAX_NAME_BYTES) {
    throw new InvalidInputError(
      'TOO_LARGE',
      `names of classes and features must have at most ${MAX_NAME_BYTES} bytes together, as a model file holds them; got ${bytes}`,
    );
  }
}
