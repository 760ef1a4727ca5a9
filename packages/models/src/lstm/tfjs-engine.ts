import { InvalidInputError, MlperfError } from '@mlperf/core';
import type { LstmEngine, LstmShape, LstmTraining } from './engine.ts';
import { type Tfjs, TfjsNetwork } from './tfjs-network.ts';
import { weightShapes } from './weight-shapes.ts';

/**
 * The engine on TensorFlow.js: on whichever backend the host has set, the GPU included. The package is a peer
 * dependency that only this engine loads.
 *
 * @param load - How the package is loaded.
 * @throws {@link InvalidInputError} `INVALID_CONFIG` when it is not installed.
 */
export async function openTfjsEngine(load: () => Promise<Tfjs> = importTfjs): Promise<LstmEngine> {
  const tf = await load().catch((cause: unknown) => {
    throw new InvalidInputError(
      'INVALID_CONFIG',
      "engine 'tfjs' must find the package @tensorflow/tfjs; install it beside @mlperf/models, or use engine 'wasm'",
      { cause },
    );
  });
  await tf.ready();
  return {
    name: 'tfjs',
    async open(shape, training) {
      requireShape(shape);
      return new TfjsNetwork(tf, shape, training === undefined ? undefined : requireTraining(training, shape));
    },
  };
}

/** Of CommonJS, of which Node names only the exports that its scanner finds: all of them are on `default`. */
async function importTfjs(): Promise<Tfjs> {
  const tfjs = await import('@tensorflow/tfjs');
  return tfjs.default ?? tfjs;
}

function requireShape(shape: LstmShape): void {
  const { features, steps, units, outputs } = shape;
  for (const [name, value] of Object.entries({ features, steps, outputs, layers: units.length }))
    requireSize(name, value);
  units.forEach((value, i) => {
    requireSize(`units[${i}]`, value);
  });
  weightShapes(shape);
}

function requireTraining(training: LstmTraining, shape: LstmShape): LstmTraining {
  requireSize('batchSize', training.batchSize);
  const { dropout } = training;
  if (dropout !== undefined && dropout.length !== shape.units.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `dropout must have one share for each of the ${shape.units.length} layers; got ${dropout.length}`,
    );
  }
  for (const share of dropout ?? []) {
    if (!(share >= 0 && share < 1)) {
      throw new InvalidInputError('OUT_OF_RANGE', `dropout must be in [0, 1); got ${share}`);
    }
  }
  return training;
}

function requireSize(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value < 2 ** 31) return;
  throw new MlperfError('OUT_OF_RANGE', `${name} must be a whole number from 1 to 2^31 − 1; got ${value}`);
}
