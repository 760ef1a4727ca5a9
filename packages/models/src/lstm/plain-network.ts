import { InterruptedError, InvalidInputError } from '@mlperf/core';
import type { LstmWindows } from './engine.ts';
import { requireWindows } from './kernel/require-network.ts';
import type { GateActivation, LayersNetwork } from './layers-model/layers-model.ts';

interface PlainLayer {
  readonly inputs: number;
  readonly units: number;
  readonly gate: (x: number) => number;
  readonly kernel: Float32Array;
  readonly recurrent: Float32Array;
  readonly bias: Float32Array;
  /** Of the gates i, f, c, o, one block of units each. */
  readonly sums: Float64Array;
  readonly hidden: Float64Array;
  readonly cell: Float64Array;
}

/**
 * A network that only predicts, in plain double precision: for gates that the kernel does not have.
 */
export class PlainLstmNetwork {
  readonly #network: LayersNetwork;
  readonly #layers: readonly PlainLayer[];
  /** One step's features. */
  readonly #input: Float64Array;
  #closed = false;

  constructor(network: LayersNetwork) {
    const { shape, gates, weights } = network;
    this.#network = network;
    this.#input = new Float64Array(shape.features);
    this.#layers = shape.units.map((units, l) => ({
      inputs: l === 0 ? shape.features : shape.units[l - 1]!,
      units,
      gate: GATES[gates?.[l] ?? 'sigmoid'],
      kernel: weights[3 * l]!,
      recurrent: weights[3 * l + 1]!,
      bias: weights[3 * l + 2]!,
      sums: new Float64Array(4 * units),
      hidden: new Float64Array(units),
      cell: new Float64Array(units),
    }));
  }

  /** As `LstmNetwork.predict`. */
  predict(windows: LstmWindows, out: Float64Array): Float64Array {
    if (this.#closed) throw new InterruptedError('CLOSED', 'the network must not be used after dispose');
    const { shape } = this.#network;
    const count = requireWindows(windows, shape);
    if (out.length !== count * shape.outputs) {
      throw new InvalidInputError(
        'LENGTH_MISMATCH',
        `out must have ${shape.outputs} values for each of ${count} windows; got ${out.length}`,
      );
    }
    for (let window = 0; window < count; window++) {
      this.#runSteps(windows, window * shape.steps);
      this.#writeAnswer(out, window * shape.outputs);
    }
    return out;
  }

  dispose(): void {
    this.#closed = true;
  }

  #runSteps({ features, rows }: LstmWindows, first: number): void {
    const { features: columns, steps } = this.#network.shape;
    for (let l = 0; l < this.#layers.length; l++) {
      this.#layers[l]!.hidden.fill(0);
      this.#layers[l]!.cell.fill(0);
    }
    for (let step = 0; step < steps; step++) {
      const start = rows[first + step]! * columns;
      for (let column = 0; column < columns; column++) this.#input[column] = features[start + column]!;
      for (let l = 0; l < this.#layers.length; l++) {
        advance(this.#layers[l]!, l === 0 ? this.#input : this.#layers[l - 1]!.hidden);
      }
    }
  }

  #writeAnswer(out: Float64Array, at: number): void {
    const { shape, weights } = this.#network;
    const { outputs, head } = shape;
    const { hidden } = this.#layers[this.#layers.length - 1]!;
    const kernel = weights[weights.length - 2]!;
    const bias = weights[weights.length - 1]!;
    let largest = Number.NEGATIVE_INFINITY;
    for (let output = 0; output < outputs; output++) {
      let sum = bias[output]!;
      for (let unit = 0; unit < hidden.length; unit++) sum += hidden[unit]! * kernel[unit * outputs + output]!;
      out[at + output] = head === 'sigmoid' ? sigmoid(sum) : sum;
      if (sum > largest) largest = sum;
    }
    if (head !== 'softmax') return;
    let total = 0;
    for (let i = at; i < at + outputs; i++) {
      out[i] = Math.exp(out[i]! - largest);
      total += out[i]!;
    }
    for (let i = at; i < at + outputs; i++) out[i] = out[i]! / total;
  }
}

const GATES: Readonly<Record<GateActivation, (x: number) => number>> = { sigmoid, 'hard-sigmoid': hardSigmoid };

/** One step of a layer: its state after reading `input`. */
function advance(layer: PlainLayer, input: Float64Array): void {
  const { inputs, units, kernel, recurrent, bias, sums, hidden, cell, gate } = layer;
  const width = 4 * units;
  for (let i = 0; i < width; i++) sums[i] = bias[i]!;
  addProduct(sums, input, inputs, kernel);
  addProduct(sums, hidden, units, recurrent);
  for (let unit = 0; unit < units; unit++) {
    const kept = gate(sums[units + unit]!) * cell[unit]!;
    cell[unit] = kept + gate(sums[unit]!) * Math.tanh(sums[2 * units + unit]!);
    hidden[unit] = gate(sums[3 * units + unit]!) * Math.tanh(cell[unit]!);
  }
}

/** sums += vector · matrix, the matrix row-major. */
function addProduct(sums: Float64Array, vector: Float64Array, length: number, matrix: Float32Array): void {
  const width = sums.length;
  for (let k = 0; k < length; k++) {
    const x = vector[k]!;
    const start = k * width;
    for (let i = 0; i < width; i++) sums[i] = sums[i]! + x * matrix[start + i]!;
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function hardSigmoid(x: number): number {
  return Math.min(1, Math.max(0, 0.2 * x + 0.5));
}
