import { InvalidInputError, type Matrix, MlperfError, type TrainedModel } from '@mlperf/core';
import type { LstmWindows } from './engine.ts';
import { scaleFeatures } from './feature-scaling.ts';
import { wasmLstmEngine } from './kernel/wasm-engine.ts';
import { WasmLstmNetwork } from './kernel/wasm-network.ts';
import type { LayersNetwork } from './layers-model/layers-model.ts';
import type { LstmContent } from './lstm-content.ts';
import { encodeLstmFile } from './lstm-file.ts';
import { PlainLstmNetwork } from './plain-network.ts';

/** Windows predicted together: their rows are listed, `steps` numbers each. */
const WINDOWS_AT_ONCE = 256;

/**
 * A network ready to predict, always by our kernel (imported hard-sigmoid gates: in plain code), so that it answers the
 * same before and after it was stored, whatever trained it. Features are taken as they are and standardised here, in double precision.
 */
export async function openLstmModel(content: LstmContent, look?: () => void): Promise<TrainedModel> {
  const network = await openNetwork(content.network, look);
  const predictor = new LstmPredictor(content, network);
  return {
    modelType: content.modelType,
    classes: content.classes,
    featureNames: content.featureNames,
    lookBack: content.network.shape.steps - 1,
    predict: (features, out) => predictor.predict(features, out),
    serialize: () => encodeLstmFile(content),
    dispose: () => network.dispose(),
  };
}

type PredictingNetwork = WasmLstmNetwork | PlainLstmNetwork;

async function openNetwork(content: LayersNetwork, look: (() => void) | undefined): Promise<PredictingNetwork> {
  if (content.gates?.includes('hard-sigmoid')) return new PlainLstmNetwork(content);
  const network = await wasmLstmEngine.open(content.shape);
  if (!(network instanceof WasmLstmNetwork)) {
    throw new MlperfError(
      'PREDICTION_FAILED',
      `the kernel must open a network of its own; got one of ${network.constructor.name}`,
    );
  }
  try {
    network.setWeights(content.weights, look);
  } catch (error) {
    network.dispose();
    throw error;
  }
  return network;
}

class LstmPredictor {
  readonly #content: LstmContent;
  readonly #network: PredictingNetwork;
  /** Values of a row's answer. */
  readonly #width: number;
  /** One window and its answer, for predictions that allocate nothing. */
  readonly #window: LstmWindows;
  readonly #answer: Float64Array;

  constructor(content: LstmContent, network: PredictingNetwork) {
    const { features, steps, outputs } = content.network.shape;
    this.#content = content;
    this.#network = network;
    this.#width = Math.max(1, content.classes.length);
    this.#window = {
      features: new Float32Array(steps * features),
      rows: Int32Array.from({ length: steps }, (_, i) => i),
    };
    this.#answer = new Float64Array(outputs);
  }

  predict(features: Matrix, out?: Float64Array): Float64Array {
    const { shape } = this.#content.network;
    requireShape(features, shape.features, shape.steps);
    const count = features.rows - shape.steps + 1;
    const answers = out ?? new Float64Array(count * this.#width);
    if (answers.length !== count * this.#width) {
      throw new InvalidInputError(
        'LENGTH_MISMATCH',
        `out must have ${count * this.#width} values; got ${answers.length}`,
      );
    }
    if (count === 1) {
      scaleFeatures(features.values, this.#content.scaling, this.#window.features);
      this.#network.predict(this.#window, this.#answer);
      this.#write(this.#answer, 1, answers, 0);
    } else this.#predictMany(features, count, answers);
    return answers;
  }

  #predictMany(features: Matrix, count: number, answers: Float64Array): void {
    const { steps, outputs } = this.#content.network.shape;
    const scaled = new Float32Array(features.values.length);
    scaleFeatures(features.values, this.#content.scaling, scaled);
    const rows = new Int32Array(Math.min(count, WINDOWS_AT_ONCE) * steps);
    const predicted = new Float64Array(Math.min(count, WINDOWS_AT_ONCE) * outputs);
    for (let from = 0; from < count; from += WINDOWS_AT_ONCE) {
      const windows = Math.min(count - from, WINDOWS_AT_ONCE);
      for (let w = 0, i = 0; w < windows; w++) for (let step = 0; step < steps; step++) rows[i++] = from + w + step;
      const part = predicted.subarray(0, windows * outputs);
      this.#network.predict({ features: scaled, rows: rows.subarray(0, windows * steps) }, part);
      this.#write(part, windows, answers, from);
    }
  }

  /** Answers of the network as those of the model, from row `from` on. */
  #write(predicted: Float64Array, windows: number, answers: Float64Array, from: number): void {
    const { target, network } = this.#content;
    const { outputs, head } = network.shape;
    for (let i = 0; i < windows * outputs; i++) {
      const value = predicted[i]!;
      if (!Number.isFinite(value)) {
        throw new MlperfError(
          'PREDICTION_FAILED',
          `the network must answer finite numbers; got ${value} for row ${from}`,
        );
      }
      if (head === 'softmax') answers[from * outputs + i] = value;
      else if (head === 'sigmoid') {
        answers[2 * (from + i)] = 1 - value;
        answers[2 * (from + i) + 1] = value;
      } else answers[from + i] = target === undefined ? value : target.mean + target.scale * value;
    }
  }
}

function requireShape(features: Matrix, expected: number, steps: number): void {
  if (!(features?.values instanceof Float64Array)) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      'features must be a matrix: values in a Float64Array, rows and columns',
    );
  }
  const { values, rows, columns } = features;
  if (columns !== expected) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `features must have the ${expected} columns trained on; got ${columns}`,
    );
  }
  if (values.length !== rows * columns) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `features of ${rows} × ${columns} must hold ${rows * columns} values; got ${values.length}`,
    );
  }
  if (rows < steps) {
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `features must have at least ${steps} rows for a model that looks back on ${steps - 1}; got ${rows}`,
    );
  }
}
