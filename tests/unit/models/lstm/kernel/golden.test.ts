import { describe, expect, it } from 'vitest';
import { lstmKernelEngine } from '../../../../../packages/models/src/lstm/kernel/wasm-engine.ts';
import { drawNetwork, golden, partOf } from './golden-network.ts';

const { tolerance } = golden;

describe.each(['plain', 'relaxed'] as const)('the %s kernel against PyTorch in double precision', (arithmetic) => {
  const engine = lstmKernelEngine(arithmetic);

  it.each(golden.gradients)('has the gradients of $input.shape on $input.windows windows', async (vector) => {
    const { input, expected } = vector;
    const { weights, batch } = drawNetwork(input);
    const network = await engine.open(input.shape, { batchSize: input.windows });
    network.setWeights(weights);

    const gradients = await network.gradients(batch);

    const largest = Math.max(...expected.gradients.flat().map(Math.abs));
    expect(gradients.map(({ length }) => length)).toEqual(weights.map(({ length }) => length));
    expect(largestDifference(gradients, expected.gradients) / largest).toBeLessThan(tolerance.gradientOfLargest);
    const predictions = await network.predict(batch);
    expect(largestDifference([predictions], [expected.predictions])).toBeLessThan(tolerance.prediction);
    const loss = await network.trainBatch(batch, 0.001);
    expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(tolerance.lossRelative);
    network.dispose();
  });

  it.each(golden.curves)('has the losses of 10 epochs of $input.shape, clipped at $input.clipNorm', async (vector) => {
    const { input, expected } = vector;
    const { shape, windows, batchSize, clipNorm } = input;
    const { weights, batch } = drawNetwork(input);
    const network = await engine.open(shape, { batchSize, ...(clipNorm !== undefined && { clipNorm }) });
    network.setWeights(weights);

    const losses: number[] = [];
    for (let epoch = 0; epoch < input.epochs; epoch++) {
      let total = 0;
      for (let first = 0; first < windows; first += batchSize) {
        const last = Math.min(windows, first + batchSize);
        const loss = await network.trainBatch(partOf(batch, shape, first, last), input.learningRate);
        total += loss * (last - first);
      }
      losses.push(total / windows);
    }

    expect(losses).toHaveLength(expected.losses.length);
    for (const [epoch, loss] of losses.entries()) {
      expect(Math.abs(loss / expected.losses[epoch]! - 1)).toBeLessThan(tolerance.lossRelative);
    }
    const predictions = await network.predict(batch);
    expect(largestDifference([predictions], [expected.predictions])).toBeLessThan(tolerance.curvePrediction);
    network.dispose();
  });
});

function largestDifference(values: readonly ArrayLike<number>[], expected: readonly (readonly number[])[]): number {
  const differences = expected.flatMap((array, i) => array.map((value, j) => Math.abs(value - values[i]![j]!)));
  return Math.max(...differences);
}
