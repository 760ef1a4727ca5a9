import { InterruptedError, InvalidInputError, MlperfError } from '@mlperf/core';
import type { LstmBatch, LstmNetwork, LstmShape, LstmTraining, LstmWindows } from '../engine.ts';
import { type AdamState, nextAdamStep } from './adam-step.ts';
import type { KernelExports } from './kernel-exports.ts';
import { maskSeed } from './mask-seed.ts';
import { type LayerPlan, type MemoryPlan, padded } from './memory-plan.ts';
import { NetworkMemory } from './network-memory.ts';
import { requireBatch, requirePositive, requireWindows } from './require-network.ts';
import { copyWeights, weightLengths } from './weight-layout.ts';

const HEAD_NUMBERS = { sigmoid: 0, softmax: 1, linear: 2 } as const;
/** Rows × steps whose part of the weight gradient is summed in registers: long sums in single precision go astray. */
const GRADIENT_ROWS = 128;
/** Multiplications between two looks at the signal, some milliseconds' worth. */
const WORK_BETWEEN_LOOKS = 20e6;

/** A network in the WASM kernel's memory. */
export class WasmLstmNetwork implements LstmNetwork {
  readonly shape: LstmShape;
  readonly #plan: MemoryPlan;
  readonly #training: LstmTraining | undefined;
  readonly #memory: NetworkMemory;
  readonly #adam: AdamState;
  readonly #free: (kernel: KernelExports) => void;
  #kernel: KernelExports | undefined;
  /** Batches trained on since the weights were set: the place in the dropout stream. */
  #batches = 0;

  /** @param free - Called once with the kernel, when the network is disposed of. */
  constructor(
    kernel: KernelExports,
    plan: MemoryPlan,
    shape: LstmShape,
    training: LstmTraining | undefined,
    free: (kernel: KernelExports) => void,
  ) {
    this.shape = shape;
    this.#kernel = kernel;
    this.#plan = plan;
    this.#training = training;
    this.#free = free;
    this.#memory = new NetworkMemory(kernel, plan, shape);
    this.#adam = {
      beta1: training?.beta1 ?? 0.9,
      beta2: training?.beta2 ?? 0.999,
      epsilon: training?.epsilon ?? 1e-7,
      steps: 0,
    };
  }

  setWeights(weights: readonly Float32Array[], look?: () => void): void {
    const kernel = this.#requireKernel();
    const lengths = weightLengths(this.#plan, this.shape.outputs);
    if (weights.length !== lengths.length || weights.some((array, i) => array.length !== lengths[i])) {
      throw new InvalidInputError(
        'LENGTH_MISMATCH',
        `weights must be arrays of ${lengths.join(', ')} values; got ${weights.map(({ length }) => length).join(', ')}`,
      );
    }
    if (!weights.every(hasFiniteValues)) {
      throw new InvalidInputError('NOT_FINITE', 'weights must be finite');
    }
    copyWeights('in', this.#plan, weights, this.#memory.floats, 0, look);
    look?.();
    this.#adam.steps = 0;
    this.#batches = 0;
    if (!this.#plan.trains) return;
    this.#fill(this.#plan.firstMoment);
    this.#fill(this.#plan.secondMoment);
    this.#transpose(kernel);
  }

  getWeights(): Float32Array[] {
    this.#requireKernel();
    return this.#copyOut(0);
  }

  trainBatch(batch: LstmBatch, learningRate: number, signal?: AbortSignal): number {
    const kernel = this.#requireKernel();
    const training = this.#requireTraining();
    const count = requireBatch(batch, this.shape, training.batchSize);
    requirePositive('learningRate', learningRate);
    const loss = this.#accumulate(kernel, batch, count, training.dropout, signal);
    requireGoingOn(signal);
    const plan = this.#plan;
    const norm = Math.sqrt(kernel.sumOfSquares(plan.gradient, plan.weightCount));
    if (!(Number.isFinite(loss) && Number.isFinite(norm))) {
      throw new MlperfError(
        'TRAINING_FAILED',
        `the loss and its gradient must be finite; got a loss of ${loss} and a gradient of norm ${norm}`,
      );
    }
    const { clipNorm } = training;
    requireGoingOn(signal);
    const scale = clipNorm === undefined || norm <= clipNorm ? 1 : clipNorm / norm;
    const { beta1, beta2, epsilon } = this.#adam;
    const step = nextAdamStep(this.#adam, learningRate);
    kernel.adam(
      plan.weights,
      plan.gradient,
      plan.firstMoment,
      plan.secondMoment,
      plan.weightCount,
      scale,
      beta1,
      step.oneMinusBeta1,
      beta2,
      step.oneMinusBeta2,
      step.stepSize,
      step.secondCorrection,
      epsilon,
    );
    this.#batches++;
    this.#transpose(kernel);
    return loss;
  }

  gradients(batch: LstmBatch): Float32Array[] {
    const kernel = this.#requireKernel();
    const { batchSize } = this.#requireTraining();
    this.#accumulate(kernel, batch, requireBatch(batch, this.shape, batchSize), undefined, undefined);
    return this.#copyOut(this.#plan.gradient - this.#plan.weights);
  }

  predict(windows: LstmWindows, out?: Float64Array, signal?: AbortSignal): Float64Array {
    const kernel = this.#requireKernel();
    const { shape } = this;
    const count = requireWindows(windows, shape);
    const result = out ?? new Float64Array(count * shape.outputs);
    if (result.length !== count * shape.outputs) {
      throw new InvalidInputError(
        'LENGTH_MISMATCH',
        `out must have ${shape.outputs} values for each of ${count} windows; got ${result.length}`,
      );
    }
    const sums = this.#plan.sums / 8;
    for (let first = 0; first < count; first += this.#plan.rows) {
      const rows = Math.min(this.#plan.rows, count - first);
      this.#memory.gather(windows, first, rows);
      this.#memory.useMasks(never);
      for (let l = 0; l < this.#plan.layers.length; l++) {
        const layer = this.#plan.layers[l]!;
        // In stretches, `forward` gives one row the bits of `predictOne`.
        if (signal !== undefined && (rows > 1 || stretchOf(layer) < shape.steps)) this.#forward(kernel, layer, signal);
        else if (rows === 1) kernel.predictOne(layer.address, shape.steps);
        else kernel.forward(layer.address, 0, shape.steps);
      }
      this.#dense(kernel, 0, rows);
      for (let i = 0; i < rows * shape.outputs; i++)
        result[first * shape.outputs + i] = this.#memory.doubles[sums + i]!;
    }
    return result;
  }

  dispose(): void {
    const kernel = this.#kernel;
    this.#kernel = undefined;
    if (kernel !== undefined) this.#free(kernel);
  }

  /** Leaves the batch's gradient in the kernel's memory. @returns the loss. */
  #accumulate(
    kernel: KernelExports,
    batch: LstmBatch,
    count: number,
    dropout: readonly number[] | undefined,
    signal: AbortSignal | undefined,
  ): number {
    const { layers, rows: most, gradient } = this.#plan;
    this.#fill(gradient);
    let loss = 0;
    for (let first = 0; first < count; first += most) {
      const rows = Math.min(most, count - first);
      this.#memory.gather(batch, first, rows);
      this.#memory.setTargets(batch.targets, batch.weights, first, rows);
      const denseMask = this.#drawMasks(kernel, dropout, first, padded(rows));
      for (const layer of layers) this.#forward(kernel, layer, signal);
      loss += this.#dense(kernel, denseMask, padded(rows), 1 / count);
      for (const layer of layers.toReversed()) this.#backward(kernel, layer, signal);
    }
    return loss;
  }

  #forward(kernel: KernelExports, layer: LayerPlan, signal: AbortSignal | undefined): void {
    const { steps } = this.shape;
    const stretch = stretchOf(layer);
    for (let from = 0; from < steps; from += stretch) {
      requireGoingOn(signal);
      kernel.forward(layer.address, from, Math.min(steps, from + stretch));
    }
  }

  #backward(kernel: KernelExports, layer: LayerPlan, signal: AbortSignal | undefined): void {
    const { rows, units, cellGradient, stateGradient, outputGradient } = layer.record;
    this.#memory.floats.fill(0, cellGradient / 4, cellGradient / 4 + rows * units);
    // The last layer's comes from the dense layer.
    if (outputGradient !== 0) this.#memory.floats.fill(0, stateGradient / 4, stateGradient / 4 + rows * units);
    const stretch = Math.min(stretchOf(layer), Math.ceil(GRADIENT_ROWS / rows));
    for (let to = this.shape.steps; to > 0; to -= stretch) {
      requireGoingOn(signal);
      const from = Math.max(0, to - stretch);
      kernel.backward(layer.address, from, to);
      kernel.weightGradient(layer.address, from, to);
    }
  }

  /** Predictions of the rows at hand, or with `scale` their loss and the gradients of dense layer and state. */
  #dense(kernel: KernelExports, mask: number, rows: number, scale?: number): number {
    const { layers, denseWeights, denseBias, sums, targets, rowWeights, weights, gradient } = this.#plan;
    const { z, zRow, zStep, inputs, units, stateGradient } = layers[layers.length - 1]!.record;
    const { steps, outputs, head } = this.shape;
    const state = z + steps * zStep + 4 * inputs;
    kernel.denseForward(state, zRow, mask, denseWeights, denseBias, sums, rows, units, outputs);
    if (scale === undefined) return kernel.loss(HEAD_NUMBERS[head], sums, 0, 0, rows, outputs, 0);
    const loss = kernel.loss(HEAD_NUMBERS[head], sums, targets, rowWeights, rows, outputs, scale);
    const shift = gradient - weights;
    kernel.denseBackward(
      state,
      zRow,
      mask,
      denseWeights,
      sums,
      denseWeights + shift,
      denseBias + shift,
      stateGradient,
      rows,
      units,
      outputs,
    );
    return loss;
  }

  /** @returns the address of the mask ahead of the dense layer, 0 for none. */
  #drawMasks(kernel: KernelExports, dropout: readonly number[] | undefined, first: number, rows: number): number {
    const { layers, denseMask } = this.#plan;
    const share = (layer: number): number => dropout?.[layer] ?? 0;
    this.#memory.useMasks((layer) => share(layer) > 0);
    const last = layers.length - 1;
    for (const [l, { mask, record }] of layers.entries()) {
      if (share(l) === 0) continue;
      const count = (l === last ? 1 : this.shape.steps) * rows * record.units;
      const seed = maskSeed(this.#training?.seed ?? 0, this.#batches, l, first);
      const threshold = Math.min(2 ** 32 - 1, Math.round(share(l) * 2 ** 32));
      kernel.dropoutMask(l === last ? denseMask : mask, count, seed, threshold, 1 / (1 - share(l)));
    }
    return share(last) > 0 ? denseMask : 0;
  }

  #transpose(kernel: KernelExports): void {
    for (const { address } of this.#plan.layers) kernel.transposeWeights(address);
  }

  #fill(address: number): void {
    this.#memory.floats.fill(0, address / 4, address / 4 + this.#plan.weightCount);
  }

  #copyOut(shift: number): Float32Array[] {
    const arrays = weightLengths(this.#plan, this.shape.outputs).map((length) => new Float32Array(length));
    copyWeights('out', this.#plan, arrays, this.#memory.floats, shift);
    return arrays;
  }

  #requireKernel(): KernelExports {
    if (this.#kernel !== undefined) return this.#kernel;
    throw new InterruptedError('CLOSED', 'the network must not be used after dispose');
  }

  #requireTraining(): LstmTraining {
    if (this.#training !== undefined) return this.#training;
    throw new InvalidInputError('INVALID_TYPE', 'a network must be opened with `training` to be trained; it was not');
  }
}

/** Steps between two looks at the signal. */
function stretchOf({ record: { rows, inputs, units } }: LayerPlan): number {
  return Math.max(1, Math.floor(WORK_BETWEEN_LOOKS / (rows * (inputs + units) * 4 * units)));
}

function requireGoingOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new InterruptedError('ABORTED', 'training was cancelled within a batch');
}

function hasFiniteValues(array: Float32Array): boolean {
  for (let i = 0; i < array.length; i++) if (!Number.isFinite(array[i]!)) return false;
  return true;
}

function never(): boolean {
  return false;
}
