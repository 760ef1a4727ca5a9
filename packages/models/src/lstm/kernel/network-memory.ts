import { InvalidInputError } from '@mlperf/core';
import type { LstmShape, LstmWindows } from '../engine.ts';
import type { KernelExports } from './kernel-exports.ts';
import { writeLayerRecord } from './layer-record.ts';
import { type MemoryPlan, padded } from './memory-plan.ts';

/** A network's part of the kernel's memory, and what has to be in place before the kernel runs. */
export class NetworkMemory {
  readonly plan: MemoryPlan;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
  readonly #words: Int32Array;
  readonly #shape: LstmShape;
  /** Rows the records are set for. */
  #rows = 0;
  /** The features last gathered from, and their bits: numbers are copied without a conversion. */
  #features: Float32Array | undefined;
  #bits: Int32Array = new Int32Array(0);

  constructor(kernel: KernelExports, plan: MemoryPlan, shape: LstmShape) {
    this.plan = plan;
    this.#shape = shape;
    this.floats = new Float32Array(kernel.memory.buffer);
    this.doubles = new Float64Array(kernel.memory.buffer);
    this.#words = new Int32Array(kernel.memory.buffer);
    for (const { record } of plan.layers) {
      const width = record.zRow / 4;
      const end = record.z / 4 + (shape.steps + 1) * plan.rows * width;
      for (let one = record.z / 4 + record.inputs - 1; one < end; one += width) this.floats[one] = 1;
    }
    this.#setRows(padded(1));
  }

  /**
   * Copies windows `first` to `first + count − 1` into the first layer's inputs, and sets the records for as many rows.
   * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a row the features do not have; `NOT_FINITE`.
   */
  gather({ features, rows }: LstmWindows, first: number, count: number): void {
    const kept = padded(count);
    if (kept !== this.#rows) this.#setRows(kept);
    const { record } = this.plan.layers[0]!;
    const { features: columns, steps } = this.#shape;
    const words = this.#words;
    const source = this.#wordsOf(features);
    const width = record.zRow / 4;
    const known = features.length / columns;
    let target = record.z / 4;
    // Negative as soon as an exponent is all ones: infinite, or not a number.
    let worst = 0;
    for (let step = 0; step < steps; step++) {
      for (let row = 0; row < count; row++) {
        const from = rows[(first + row) * steps + step]!;
        if (!(from >= 0 && from < known)) {
          throw new InvalidInputError('OUT_OF_RANGE', `rows must be below ${known}, the rows of features; got ${from}`);
        }
        const start = from * columns;
        for (let column = 0; column < columns; column++) {
          const bits = source[start + column]!;
          worst |= (bits & 0x7f800000) + 0x00800000;
          words[target + column] = bits;
        }
        target += width;
      }
      for (let row = count; row < kept; row++) {
        words.fill(0, target, target + columns);
        target += width;
      }
    }
    if (worst < 0) throw new InvalidInputError('NOT_FINITE', 'features must be finite in every row of a window');
  }

  /** Copies the targets and weights of a slice of a batch; rows that only fill up weigh nothing. */
  setTargets(targets: Float32Array, weights: Float32Array | undefined, first: number, count: number): void {
    const { outputs } = this.#shape;
    const target = this.plan.targets / 4;
    for (let i = 0; i < count * outputs; i++) this.floats[target + i] = targets[first * outputs + i]!;
    const weight = this.plan.rowWeights / 4;
    for (let row = 0; row < count; row++) this.floats[weight + row] = weights === undefined ? 1 : weights[first + row]!;
    this.floats.fill(0, weight + count, weight + padded(count));
    this.floats.fill(0, target + count * outputs, target + padded(count) * outputs);
  }

  /** Points the layers at their dropout masks, or at none. `masked`: which layers have one. */
  useMasks(masked: (layer: number) => boolean): void {
    // Counted by hand: one prediction allocates nothing.
    for (let l = 0; l < this.plan.layers.length; l++) {
      const { address, mask, record } = this.plan.layers[l]!;
      const wanted = mask !== 0 && masked(l) ? mask : 0;
      if (record.mask === wanted) continue;
      record.mask = wanted;
      writeLayerRecord(this.#words, address, record);
    }
  }

  #wordsOf(features: Float32Array): Int32Array {
    if (features !== this.#features) {
      this.#features = features;
      this.#bits = new Int32Array(features.buffer, features.byteOffset, features.length);
    }
    return this.#bits;
  }

  /** Distances between steps follow from the rows: a step's rows lie right behind the one before. */
  #setRows(rows: number): void {
    for (const { address, record } of this.plan.layers) {
      record.rows = rows;
      record.zStep = rows * record.zRow;
      record.nextStep = rows * record.nextRow;
      if (this.plan.trains) {
        record.gateStep = rows * 32;
        record.cellStep = rows * 16;
      }
      // The state ahead of the first step: another distance may have written a later step's there.
      const width = record.zRow / 4;
      for (let row = 0; row < rows; row++) {
        const state = record.z / 4 + row * width + record.inputs;
        this.floats.fill(0, state, state + record.units);
      }
      writeLayerRecord(this.#words, address, record);
    }
    this.#rows = rows;
  }
}
