import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { TimedResult } from '../peers/peer.ts';
import type { Data, Task } from './task.ts';

/** The same task as a tfjs layers model on the WASM backend, one thread. */
export class TfjsLstm {
  readonly version = tf.version.tfjs;
  readonly #model: tf.Sequential;
  readonly #x: tf.Tensor;
  readonly #y: tf.Tensor;
  readonly #batchSize: number;

  private constructor(model: tf.Sequential, x: tf.Tensor, y: tf.Tensor, batchSize: number) {
    this.#model = model;
    this.#x = x;
    this.#y = y;
    this.#batchSize = batchSize;
  }

  static async open(
    { units, steps, features }: Task,
    { rows, targets, weights }: Data,
    { batchSize, learningRate }: { readonly batchSize: number; readonly learningRate: number },
  ): Promise<TfjsLstm> {
    const backend = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
    setWasmPaths(`${backend}/dist/`);
    await tf.setBackend('wasm');
    const recurrentInitializer = 'zeros';
    const model = tf.sequential({
      layers: [
        tf.layers.lstm({ units, inputShape: [steps, features], recurrentActivation: 'sigmoid', recurrentInitializer }),
        tf.layers.dense({ units: 1, activation: 'sigmoid' }),
      ],
    });
    model.compile({ optimizer: tf.train.adam(learningRate, 0.9, 0.999, 1e-7), loss: 'binaryCrossentropy' });
    const shapes = [[features, 4 * units], [units, 4 * units], [4 * units], [units, 1], [1]];
    model.setWeights(weights.map((values, i) => tf.tensor(values, shapes[i]!)));
    const windows = targets.length;
    const width = steps * features;
    const values = new Float32Array(windows * width);
    for (let w = 0; w < windows; w++) values.set(rows.subarray(w * features, w * features + width), w * width);
    return new TfjsLstm(
      model,
      tf.tensor3d(values, [windows, steps, features]),
      tf.tensor2d(targets, [windows, 1]),
      batchSize,
    );
  }

  /** @returns the mean loss. */
  async timedEpoch(): Promise<TimedResult<number>> {
    const start = process.hrtime.bigint();
    const { history } = await this.#model.fit(this.#x, this.#y, {
      batchSize: this.#batchSize,
      epochs: 1,
      shuffle: false,
      verbose: 0,
    });
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    return { seconds, result: Number(history.loss?.[0]) };
  }

  dispose(): void {
    this.#model.dispose();
    this.#x.dispose();
    this.#y.dispose();
  }
}
