import { describe, expect, it } from 'vitest';
import type { LstmShape } from '../../../../packages/models/src/lstm/engine.ts';
import { initialWeights } from '../../../../packages/models/src/lstm/initial-weights.ts';
import { pauseFor } from '../../../../packages/models/src/lstm/pause.ts';

const shape: LstmShape = { features: 10, steps: 5, units: [24, 7], outputs: 3, head: 'softmax' };
const pause = pauseFor(new AbortController().signal);

describe('initialWeights', () => {
  it('come in Keras order, with the shapes of the layers', async () => {
    const weights = await initialWeights(shape, 'seed', pause);
    expect(weights.map((array) => array.length)).toEqual([10 * 96, 24 * 96, 96, 24 * 28, 7 * 28, 28, 7 * 3, 3]);
  });

  it('have kernels uniform within Glorot’s limit', async () => {
    const [kernel] = await initialWeights({ ...shape, features: 200 }, 'seed', pause);
    const limit = Math.sqrt(6 / (200 + 96));
    expect(Math.max(...kernel!)).toBeLessThanOrEqual(limit);
    expect(Math.min(...kernel!)).toBeGreaterThanOrEqual(-limit);
    const n = kernel!.length;
    const mean = kernel!.reduce((sum, value) => sum + value, 0) / n;
    const square = kernel!.reduce((sum, value) => sum + value * value, 0) / n;
    // Five standard errors of a uniform's mean and of its square, whose variance is 4/45 · limit⁴.
    expect(Math.abs(mean)).toBeLessThan((5 * limit) / Math.sqrt(3 * n));
    expect(Math.abs(square - limit ** 2 / 3)).toBeLessThan(5 * limit ** 2 * Math.sqrt(4 / 45 / n));
  });

  it.each([1, 7, 24, 65])('have recurrent kernels of %i orthonormal rows', async (units) => {
    const [, recurrent] = await initialWeights({ ...shape, units: [units] }, 'seed', pause);
    const row = (i: number) => recurrent!.subarray(i * 4 * units, (i + 1) * 4 * units);
    for (let i = 0; i < units; i++) {
      for (let j = 0; j <= i; j++) {
        const dot = row(i).reduce((sum, value, k) => sum + value * row(j)[k]!, 0);
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 5);
      }
    }
  });

  it('have biases of 0, but of 1 for the forget gates', async () => {
    const weights = await initialWeights(shape, 'seed', pause);
    expect([...weights[2]!]).toEqual(Array.from({ length: 96 }, (_, i) => (i >= 24 && i < 48 ? 1 : 0)));
    expect([...weights[7]!]).toEqual([0, 0, 0]);
  });

  it('are the same for the same seed, and draw each array from a stream of its own', async () => {
    const weights = await initialWeights(shape, 'seed', pause);
    expect(await initialWeights(shape, 'seed', pause)).toEqual(weights);
    expect((await initialWeights(shape, 'other', pause))[0]).not.toEqual(weights[0]);
    const deeper = await initialWeights({ ...shape, units: [24, 7, 5] }, 'seed', pause);
    expect(deeper.slice(0, 6)).toEqual(weights.slice(0, 6));
  });

  it('end when aborted', async () => {
    const signal = AbortSignal.abort(new Error('no more'));
    await expect(initialWeights(shape, 'seed', pauseFor(signal))).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
