import { InterruptedError, InvalidInputError, MlperfError } from '@mlperf/core';
import type * as TfjsTypes from '@tensorflow/tfjs';
import type { LstmBatch, LstmNetwork, LstmShape, LstmTraining, LstmWindows } from './engine.ts';
import { requireBatch, requireWindows } from './kernel/require-network.ts';
import { type WeightShape, weightCount, weightShapes } from './weight-shapes.ts';

export type Tfjs = (typeof TfjsTypes)['default'];
type Tensor = TfjsTypes.Tensor;
type Tensor2D = TfjsTypes.Tensor2D;
type Variable = TfjsTypes.Variable;

/** A network of TensorFlow.js operations, differentiated by TensorFlow.js. See {@link LstmNetwork} for what is computed. */
export class TfjsNetwork implements LstmNetwork {
  readonly shape: LstmShape;
  readonly #tf: Tfjs;
  readonly #training: LstmTraining | undefined;
  readonly #shapes: readonly WeightShape[];
  readonly #weights: readonly Variable[];
  /** Adam's moments, one pair per weight array. */
  readonly #moments: readonly (readonly [Variable, Variable])[];
  #step = 0;
  #closed = false;

  constructor(tf: Tfjs, shape: LstmShape, training: LstmTraining | undefined) {
    this.shape = shape;
    this.#tf = tf;
    this.#training = training;
    this.#shapes = weightShapes(shape);
    const zeros = (item: WeightShape) => tf.tidy(() => tf.variable(tf.zeros([...item])));
    this.#weights = this.#shapes.map(zeros);
    this.#moments = training === undefined ? [] : this.#shapes.map((item) => [zeros(item), zeros(item)] as const);
  }

  setWeights(weights: readonly Float32Array[]): void {
    this.#requireOpen();
    requireLength('weights', weights.length, this.#shapes.length);
    this.#shapes.forEach((item, i) => {
      requireLength(`weights[${i}]`, weights[i]!.length, weightCount(item));
    });
    const tf = this.#tf;
    tf.tidy(() => {
      this.#weights.forEach((variable, i) => {
        // Copied: the CPU backend keeps the array it is given.
        variable.assign(tf.tensor(weights[i]!.slice(), [...this.#shapes[i]!], 'float32'));
      });
      for (const moment of this.#moments.flat()) moment.assign(tf.zerosLike(moment));
    });
    this.#step = 0;
  }

  getWeights(): Float32Array[] {
    this.#requireOpen();
    return this.#weights.map((variable) => Float32Array.from(variable.dataSync()));
  }

  async trainBatch(batch: LstmBatch, learningRate: number, signal?: AbortSignal): Promise<number> {
    this.#requireOpen();
    const training = this.#training;
    if (training === undefined) throw new MlperfError('OUT_OF_RANGE', 'a network opened to predict cannot be trained');
    const windows = requireBatch(batch, this.shape, training.batchSize);
    this.#requireRows(batch);
    const tf = this.#tf;
    const { loss, norm, gradients } = this.#lossAndGradients(batch, windows, training);
    try {
      const [lossValue] = await loss.data();
      const [normValue] = await norm.data();
      if (!Number.isFinite(lossValue) || !Number.isFinite(normValue)) {
        throw new MlperfError(
          'TRAINING_FAILED',
          `loss and gradient must stay finite; got a loss of ${lossValue} and a gradient of norm ${normValue}`,
        );
      }
      if (signal?.aborted) throw new InterruptedError('ABORTED', 'a batch was aborted', { cause: signal.reason });
      this.#requireOpen();
      const clipNorm = training.clipNorm ?? Number.POSITIVE_INFINITY;
      this.#adam(gradients, normValue! > clipNorm ? clipNorm / normValue! : 1, learningRate, training);
      return lossValue!;
    } finally {
      tf.dispose([loss, norm, ...gradients]);
    }
  }

  async gradients(batch: LstmBatch): Promise<Float32Array[]> {
    this.#requireOpen();
    const windows = requireBatch(batch, this.shape, Number.POSITIVE_INFINITY);
    this.#requireRows(batch);
    const { loss, norm, gradients } = this.#lossAndGradients(batch, windows, undefined);
    const arrays = await Promise.all(gradients.map(async (gradient) => Float32Array.from(await gradient.data())));
    this.#tf.dispose([loss, norm, ...gradients]);
    return arrays;
  }

  async predict(windows: LstmWindows, out?: Float64Array): Promise<Float64Array> {
    this.#requireOpen();
    const count = requireWindows(windows, this.shape);
    this.#requireRows(windows);
    const { outputs, head } = this.shape;
    const answer = out ?? new Float64Array(count * outputs);
    requireLength('out', answer.length, count * outputs);
    const tf = this.#tf;
    const tensor = tf.tidy(() => {
      const sums = this.#sums(windows, count, undefined);
      return head === 'sigmoid' ? tf.sigmoid(sums) : head === 'softmax' ? tf.softmax(sums) : sums;
    });
    answer.set(await tensor.data());
    tensor.dispose();
    return answer;
  }

  dispose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tf.dispose([...this.#weights, ...this.#moments.flat()]);
  }

  #lossAndGradients(batch: LstmBatch, windows: number, training: LstmTraining | undefined) {
    const tf = this.#tf;
    return tf.tidy(() => {
      const targets = tf.tensor2d(batch.targets, [windows, this.shape.outputs]);
      const weights = batch.weights === undefined ? tf.ones([windows]) : tf.tensor1d(batch.weights);
      const { value, grads } = tf.variableGrads(
        () =>
          this.#losses(this.#sums(batch, windows, training), targets)
            .mul(weights)
            .mean()
            .asScalar(),
        [...this.#weights],
      );
      const gradients = this.#weights.map((variable) => grads[variable.name]!);
      const squares = gradients.map((gradient) => gradient.square().sum());
      return { loss: value, norm: tf.addN(squares).sqrt(), gradients };
    });
  }

  /** The loss of each window, from the dense layer's sums, in forms that do not overflow. */
  #losses(sums: Tensor2D, targets: Tensor2D): Tensor {
    const tf = this.#tf;
    if (this.shape.head === 'softmax') return tf.neg(tf.logSoftmax(sums).mul(targets).sum(1));
    if (this.shape.head === 'linear') return sums.sub(targets).square().mean(1);
    // −t·log σ(s) − (1 − t)·log(1 − σ(s)) = max(s, 0) − s·t + log(1 + exp(−|s|))
    const tail = tf.log1p(tf.exp(tf.neg(tf.abs(sums))));
    return tf.relu(sums).sub(sums.mul(targets)).add(tail).mean(1);
  }

  /** What the dense layer sums to for each window; with `training`, dropout at work. */
  #sums(windows: LstmWindows, count: number, training: LstmTraining | undefined): Tensor2D {
    const tf = this.#tf;
    const { steps, units } = this.shape;
    let inputs = this.#inputs(windows, count);
    units.forEach((size, layer) => {
      const [kernel, recurrent, bias] = this.#weights.slice(3 * layer, 3 * layer + 3);
      let hidden: Tensor2D = tf.zeros([count, size]);
      let cell: Tensor2D = tf.zeros([count, size]);
      const outputs: Tensor2D[] = [];
      for (const input of inputs) {
        const sums = tf.matMul(input, kernel!).add(tf.matMul(hidden, recurrent!)).add(bias!);
        const [i, f, c, o] = tf.split(sums, 4, 1);
        cell = tf
          .sigmoid(f!)
          .mul(cell)
          .add(tf.sigmoid(i!).mul(tf.tanh(c!)));
        hidden = tf.sigmoid(o!).mul(tf.tanh(cell));
        outputs.push(hidden);
      }
      const isLast = layer === units.length - 1;
      const share = training?.dropout?.[layer] ?? 0;
      const read = isLast ? outputs.slice(-1) : outputs;
      inputs =
        share === 0
          ? read
          : read.map(
              (output, step) =>
                tf.dropout(output, share, undefined, this.#maskSeed(layer, step + (isLast ? steps : 0))) as Tensor2D,
            );
    });
    const [kernel, bias] = this.#weights.slice(-2);
    return tf.matMul(inputs[0]!, kernel!).add(bias!);
  }

  /** One tensor (windows × features) per step. */
  #inputs({ features, rows }: LstmWindows, count: number): Tensor2D[] {
    const { features: columns, steps } = this.shape;
    return Array.from({ length: steps }, (_, step) => {
      const values = new Float32Array(count * columns);
      for (let window = 0; window < count; window++) {
        const from = rows[window * steps + step]! * columns;
        values.set(features.subarray(from, from + columns), window * columns);
      }
      return this.#tf.tensor2d(values, [count, columns]);
    });
  }

  /** A seed of its own for every mask. Multiplied by odd constants, so that near numbers give far seeds. */
  #maskSeed(layer: number, step: number): number {
    const seed = this.#training?.seed ?? 0;
    const mixed = Math.imul(seed ^ Math.imul(this.#step + 1, 0x9e3779b1), 0x85ebca6b);
    return (mixed ^ Math.imul(layer * 4096 + step + 1, 0xc2b2ae35)) >>> 0;
  }

  /** w ← w − rate · m̂ / (√v̂ + ε), moments corrected for their start at 0 (Kingma & Ba 2015, arXiv 1412.6980). */
  #adam(gradients: readonly Tensor[], scale: number, learningRate: number, training: LstmTraining): void {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = training;
    const tf = this.#tf;
    this.#step++;
    const correction1 = 1 - beta1 ** this.#step;
    const correction2 = 1 - beta2 ** this.#step;
    tf.tidy(() => {
      this.#weights.forEach((weight, i) => {
        const gradient = gradients[i]!.mul(scale);
        const [first, second] = this.#moments[i]!;
        first.assign(first.mul(beta1).add(gradient.mul(1 - beta1)));
        second.assign(second.mul(beta2).add(gradient.square().mul(1 - beta2)));
        const size = second.div(correction2).sqrt().add(epsilon);
        weight.assign(weight.sub(first.mul(learningRate / correction1).div(size)));
      });
    });
  }

  #requireRows({ features, rows }: LstmWindows): void {
    const known = features.length / this.shape.features;
    for (const row of rows) {
      if (row >= 0 && row < known) continue;
      throw new InvalidInputError('OUT_OF_RANGE', `rows must be among the ${known} rows of features; got ${row}`);
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new InterruptedError('CLOSED', 'the network was disposed of');
  }
}

function requireLength(name: string, length: number, expected: number): void {
  if (length === expected) return;
  throw new InvalidInputError('LENGTH_MISMATCH', `${name} must have ${expected} values; got ${length}`);
}
