import { keyedRandom, type RandomSource, randomNormal } from '@mlperf/core';
import type { LstmShape } from './engine.ts';
import type { Pause } from './pause.ts';
import { weightShapes } from './weight-shapes.ts';

/**
 * The weights a network starts from, as Keras draws them, each array from a stream of its own.
 *
 *   kernels            Glorot uniform: U(−a, a), a = √(6 / (inputs + outputs))
 *   recurrent kernels  orthonormal rows: the Q of a Gaussian matrix's QR with a positive diagonal of R
 *   biases             0, but 1 for the forget gates
 *
 * @param pause - Asked between the columns of an orthogonal matrix, which costs 8·units³ multiplications.
 * @see Glorot & Bengio (2010), AISTATS; Saxe et al. (2014), arXiv 1312.6120; Jozefowicz et al. (2015), ICML
 */
export async function initialWeights(shape: LstmShape, seed: string, pause: Pause): Promise<Float32Array[]> {
  const shapes = weightShapes(shape);
  const weights: Float32Array[] = [];
  for (const [layer, units] of shape.units.entries()) {
    const [kernel] = shapes.slice(3 * layer);
    weights.push(
      await glorotUniform(kernel![0], 4 * units, keyedRandom(seed, 'lstm', layer, 'kernel'), pause),
      await orthogonalRows(units, 4 * units, keyedRandom(seed, 'lstm', layer, 'recurrent-kernel'), pause),
      new Float32Array(4 * units).fill(1, units, 2 * units),
    );
  }
  const inputs = shape.units.at(-1)!;
  weights.push(
    await glorotUniform(inputs, shape.outputs, keyedRandom(seed, 'lstm', 'dense', 'kernel'), pause),
    new Float32Array(shape.outputs),
  );
  return weights;
}

async function glorotUniform(
  inputs: number,
  outputs: number,
  random: RandomSource,
  pause: Pause,
): Promise<Float32Array> {
  const limit = Math.sqrt(6 / (inputs + outputs));
  const weights = new Float32Array(inputs * outputs);
  for (let i = 0; i < weights.length; i++) {
    weights[i] = (2 * random.next() - 1) * limit;
    if (i % DRAWS_PER_PAUSE === 0) await pause.after(WORK_PER_DRAW * DRAWS_PER_PAUSE);
  }
  return weights;
}

/**
 * A (rows × columns) matrix, rows ≤ columns, with orthonormal rows, uniform over all such (Haar).
 *
 * Gram–Schmidt on Gaussian rows, each orthogonalised twice (Giraud et al. 2005: twice is enough), in double precision.
 */
async function orthogonalRows(
  rows: number,
  columns: number,
  random: RandomSource,
  pause: Pause,
): Promise<Float32Array> {
  const matrix = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const current = matrix.subarray(row * columns, (row + 1) * columns);
    for (let i = 0; i < columns; i++) current[i] = randomNormal(random);
    for (let pass = 0; pass < 2; pass++) {
      for (let earlier = 0; earlier < row; earlier++) {
        const other = matrix.subarray(earlier * columns, (earlier + 1) * columns);
        let dot = 0;
        for (let i = 0; i < columns; i++) dot += current[i]! * other[i]!;
        for (let i = 0; i < columns; i++) current[i] = current[i]! - dot * other[i]!;
      }
    }
    let square = 0;
    for (let i = 0; i < columns; i++) square += current[i]! * current[i]!;
    const norm = Math.sqrt(square);
    for (let i = 0; i < columns; i++) current[i] = current[i]! / norm;
    await pause.after((4 * row + WORK_PER_DRAW) * columns);
  }
  return Float32Array.from(matrix);
}

const DRAWS_PER_PAUSE = 1 << 14;
/** A random number costs about as much as this many multiplications. */
const WORK_PER_DRAW = 20;
