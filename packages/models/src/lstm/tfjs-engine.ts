import { InvalidInputError } from '@mlperf/core';
import type { LstmEngine } from './engine.ts';
import { requireShape, requireTraining } from './kernel/require-network.ts';
import { type Tfjs, TfjsNetwork } from './tfjs-network.ts';

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
      if (training !== undefined) requireTraining(training, shape.units.length);
      return new TfjsNetwork(tf, shape, training);
    },
  };
}

/** Of CommonJS, of which Node names only the exports that its scanner finds: all of them are on `default`. */
async function importTfjs(): Promise<Tfjs> {
  const tfjs = await import('@tensorflow/tfjs');
  return tfjs.default ?? tfjs;
}
