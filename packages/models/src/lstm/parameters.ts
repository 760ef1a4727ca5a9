import { InvalidInputError, type SearchSpace } from '@mlperf/core';
import { type ClassWeights, requireClassWeights } from '../class-weights.ts';
import { MAX_LAYERS, MAX_LOOK_BACK, MAX_UNITS } from './limits.ts';

/** Hyperparameters of an LSTM. Shares are fractions. */
export interface LstmParameters {
  /** LSTM layers, one on the other, 1 to 3. */
  readonly layers: number;
  /** Units of every layer, or a list with one number per layer; each 1 to 1,024. */
  readonly units: number | readonly number[];
  /** Share of each layer's outputs set to 0 while training, in [0, 0.9]; the last layer's before the dense layer. */
  readonly dropout: number;
  /** Earlier rows a prediction sees beside its own, 1 to 1,000: windows have one row more. */
  readonly lookBack: number;
  /** Windows per step of Adam, 1 to 4,096. */
  readonly batchSize: number;
  /** Most passes over the training windows, 1 to 10,000. */
  readonly epochs: number;
  /** Of Adam, in (0, 1]. */
  readonly learningRate: number;
  /** The gradient is scaled down to this Euclidean norm, in (0, 1e6]; 0 for no clipping. */
  readonly clipNorm: number;
  /**
   * Epochs without a better loss on the tail after which training stops, 0 to 10,000; the best weights are restored.
   * 0: no tail is kept back, every epoch is run, the last weights stay.
   */
  readonly patience: number;
  /** Share of the rows, newest by time, kept back as the tail when `patience` is above 0; in (0, 0.5]. */
  readonly validationShare: number;
  /** Factors on the rows' weights by class, or `balanced`. Not for a regression. */
  readonly classWeights?: ClassWeights;
  /** What trains: our kernel, or `@tensorflow/tfjs` on the backend the host has set. The model is the same kind. */
  readonly engine: 'wasm' | 'tfjs';
}

export const lstmDefaults: LstmParameters = Object.freeze({
  layers: 1,
  units: 32,
  dropout: 0.1,
  lookBack: 20,
  batchSize: 32,
  epochs: 50,
  learningRate: 1e-3,
  clipNorm: 1,
  patience: 5,
  validationShare: 0.15,
  engine: 'wasm',
});

/** What is worth searching; the other parameters keep their defaults. */
export const lstmSearchSpace = Object.freeze({
  layers: { type: 'int', low: 1, high: 2 },
  units: { type: 'int', low: 8, high: 64, log: true },
  dropout: { type: 'float', low: 0, high: 0.5 },
  lookBack: { type: 'int', low: 5, high: 40, log: true },
  learningRate: { type: 'float', low: 3e-4, high: 1e-2, log: true },
} as const satisfies SearchSpace);

interface Range {
  readonly low: number;
  readonly high: number;
  readonly openLow?: boolean;
  readonly whole?: boolean;
}

type NumberParameter = Exclude<keyof LstmParameters, 'units' | 'classWeights' | 'engine'>;

const UNITS: Range = { low: 1, high: MAX_UNITS, whole: true };
const RANGES: Readonly<Record<NumberParameter, Range>> = {
  layers: { low: 1, high: MAX_LAYERS, whole: true },
  dropout: { low: 0, high: 0.9 },
  lookBack: { low: 1, high: MAX_LOOK_BACK, whole: true },
  batchSize: { low: 1, high: 4096, whole: true },
  epochs: { low: 1, high: 10_000, whole: true },
  learningRate: { low: 0, high: 1, openLow: true },
  clipNorm: { low: 0, high: 1e6 },
  patience: { low: 0, high: 10_000, whole: true },
  validationShare: { low: 0, high: 0.5, openLow: true },
};

/**
 * The parameters with defaults filled in; the labels of `classWeights` are judged with the data set.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a wrong type or an unknown name; `OUT_OF_RANGE`;
 * `LENGTH_MISMATCH` for a list of units of another length than `layers`.
 */
export function requireLstmParameters(given: Partial<LstmParameters>): LstmParameters {
  if (typeof given !== 'object' || given === null) {
    throw new InvalidInputError('INVALID_TYPE', `lstm parameters must be an object; got ${String(given)}`);
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(lstmDefaults, name) && name !== 'classWeights') {
      const known = [...Object.keys(lstmDefaults), 'classWeights'].join(', ');
      throw new InvalidInputError('INVALID_TYPE', `lstm parameters must be of ${known}; got '${name}'`);
    }
  }
  const number = (name: NumberParameter) => requireInRange(name, given[name] ?? lstmDefaults[name], RANGES[name]);
  const layers = number('layers');
  const classWeights = requireClassWeights(given.classWeights);
  return {
    layers,
    units: requireUnits(given.units ?? lstmDefaults.units, layers),
    dropout: number('dropout'),
    lookBack: number('lookBack'),
    batchSize: number('batchSize'),
    epochs: number('epochs'),
    learningRate: number('learningRate'),
    clipNorm: number('clipNorm'),
    patience: number('patience'),
    validationShare: number('validationShare'),
    ...(classWeights === undefined ? {} : { classWeights }),
    engine: requireEngine(given.engine ?? lstmDefaults.engine),
  };
}

/** Units of each layer, first layer first. */
export function unitsPerLayer({ layers, units }: Pick<LstmParameters, 'layers' | 'units'>): readonly number[] {
  return typeof units === 'number' ? Array.from({ length: layers }, () => units) : units;
}

function requireUnits(units: unknown, layers: number): number | readonly number[] {
  if (!Array.isArray(units)) return requireInRange('units', units, UNITS);
  if (units.length !== layers) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `units must be a number, or a list with one for each of the ${layers} layers; got a list of ${units.length}`,
    );
  }
  return units.map((value: unknown, i) => requireInRange(`units[${i}]`, value, UNITS));
}

function requireEngine(engine: unknown): 'wasm' | 'tfjs' {
  if (engine === 'wasm' || engine === 'tfjs') return engine;
  throw new InvalidInputError('INVALID_TYPE', `engine must be 'wasm' or 'tfjs'; got ${JSON.stringify(engine)}`);
}

function requireInRange(name: string, value: unknown, range: Range): number {
  const { low, high, openLow = false, whole = false } = range;
  if (typeof value !== 'number') {
    throw new InvalidInputError('INVALID_TYPE', `${name} must be a number; got ${typeof value}`);
  }
  const inside = (openLow ? value > low : value >= low) && value <= high;
  if (!inside || (whole && !Number.isInteger(value))) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `${name} must be ${whole ? 'a whole number ' : ''}in ${openLow ? '(' : '['}${low}, ${high}]; got ${value}`,
    );
  }
  return value;
}
