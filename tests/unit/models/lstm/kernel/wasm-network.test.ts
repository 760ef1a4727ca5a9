import { describe, expect, it } from 'vitest';
import type { LstmBatch, LstmShape } from '../../../../../packages/models/src/lstm/engine.ts';
import { planMemory } from '../../../../../packages/models/src/lstm/kernel/memory-plan.ts';
import { wasmLstmEngine } from '../../../../../packages/models/src/lstm/kernel/wasm-engine.ts';
import { drawNetwork, partOf } from './golden-network.ts';

const shape: LstmShape = { features: 3, steps: 4, units: [5, 6], outputs: 2, head: 'softmax' };
const { weights, batch } = drawNetwork({ seed: 21, shape, windows: 41, scale: 1 });

async function openWith(given: readonly Float32Array[] = weights, batchSize = 41, of = shape) {
  const network = await wasmLstmEngine.open(of, { batchSize });
  network.setWeights(given);
  return network;
}

describe('a network in WASM memory', () => {
  it('gives back the weights it was given, in Keras order', async () => {
    const network = await openWith();
    expect(network.getWeights()).toEqual(weights);
    network.dispose();
  });

  it('predicts one window to the same bits as many, trained or only opened to predict', async () => {
    const network = await openWith();
    const predictor = await wasmLstmEngine.open(shape);
    predictor.setWeights(weights);
    const many = await network.predict(batch);
    expect(await predictor.predict(batch)).toEqual(many);
    for (let window = 0; window < 41; window++) {
      const one = partOf(batch, shape, window, window + 1);
      const expected = many.slice(2 * window, 2 * window + 2);
      expect(await network.predict(one)).toEqual(expected);
      expect(await predictor.predict(one, new Float64Array(2))).toEqual(expected);
    }
    for (let row = 0; row < 41; row++) expect(many[2 * row]! + many[2 * row + 1]!).toBeCloseTo(1, 15);
    network.dispose();
    predictor.dispose();
  });

  it('writes predictions into the array it is given', async () => {
    const network = await openWith();
    const out = new Float64Array(82);
    expect(await network.predict(batch, out)).toBe(out);
    expect(out).toEqual(await network.predict(batch));
    network.dispose();
  });

  it('has bits that depend on weights and data alone, not on what ran before or in between', async () => {
    const curve = async (between: boolean) => {
      const network = await openWith();
      const losses: number[] = [];
      for (let first = 0; first < 41; first += 16) {
        const part = partOf(batch, shape, first, Math.min(41, first + 16));
        losses.push(await network.trainBatch(part, 0.01));
        if (between) await network.predict(partOf(batch, shape, 3, 12));
        if (between) await network.predict(partOf(batch, shape, 7, 8));
      }
      const trained = network.getWeights();
      network.dispose();
      return { losses, trained };
    };
    const first = await curve(false);
    expect(await curve(true)).toEqual(first);
    expect(first.trained).not.toEqual(weights);
  });

  it('trains a batch of several slices like one of a single slice', async () => {
    const wide: LstmShape = { features: 2, steps: 50, units: [24, 8], outputs: 1, head: 'sigmoid' };
    const drawn = drawNetwork({ seed: 9, shape: wide, windows: 150, scale: 1 });
    expect(planMemory(wide, 150).rows).toBeLessThan(150);
    const whole = await openWith(drawn.weights, 150, wide);
    const gradients = await whole.gradients(drawn.batch);
    const parts = await openWith(drawn.weights, 10, wide);
    const sums = drawn.weights.map(({ length }) => new Float64Array(length));
    for (let first = 0; first < 150; first += 10) {
      const part = await parts.gradients(partOf(drawn.batch, wide, first, first + 10));
      for (const [array, values] of part.entries()) {
        for (const [i, value] of values.entries()) sums[array]![i]! += value / 15;
      }
    }
    const largest = Math.max(...sums.flatMap((values) => [...values].map(Math.abs)));
    for (const [array, values] of gradients.entries()) {
      for (const [i, value] of values.entries())
        expect(Math.abs(value - sums[array]![i]!) / largest).toBeLessThan(2e-6);
    }
    whole.dispose();
    parts.dispose();
  });

  it('counts a window of weight 2 twice, and one of weight 0 not at all', async () => {
    const network = await openWith();
    const pair = partOf(batch, shape, 0, 2);
    const alone = partOf(batch, shape, 0, 1);
    const weighted = await network.gradients({ ...pair, weights: Float32Array.of(2, 0) });
    const single = await network.gradients({ ...alone, weights: Float32Array.of(1) });
    for (const [array, values] of weighted.entries()) {
      for (const [i, value] of values.entries()) expect(value).toBeCloseTo(single[array]![i]!, 6);
    }
    const { weights: _, ...unweighted } = pair;
    expect(await network.gradients(unweighted)).toEqual(
      await network.gradients({ ...pair, weights: Float32Array.of(1, 1) }),
    );
    network.dispose();
  });

  it('stops within a batch when it is cancelled, with its weights as they were', async () => {
    const wide: LstmShape = { features: 2, steps: 60, units: [96, 96], outputs: 1, head: 'sigmoid' };
    const drawn = drawNetwork({ seed: 4, shape: wide, windows: 40, scale: 0.5 });
    const network = await openWith(drawn.weights, 40, wide);
    const signal = abortedAfter(30);
    expect(() => network.trainBatch(drawn.batch, 0.01, signal)).toThrow(
      expect.objectContaining({ name: 'InterruptedError', code: 'ABORTED' }),
    );
    expect(network.getWeights()).toEqual(drawn.weights);
    const fresh = await openWith(drawn.weights, 40, wide);
    expect(await network.trainBatch(drawn.batch, 0.01)).toBe(await fresh.trainBatch(drawn.batch, 0.01));
    expect(network.getWeights()).toEqual(fresh.getWeights());
    network.dispose();
    fresh.dispose();
  });

  it('leaves its weights alone when the loss is not finite', async () => {
    const linear: LstmShape = { ...shape, outputs: 1, head: 'linear' };
    const drawn = drawNetwork({ seed: 4, shape: linear, windows: 2, scale: 1 });
    const network = await openWith(drawn.weights, 2, linear);
    expect(() => network.trainBatch({ ...drawn.batch, targets: Float32Array.of(3e38, 1) }, 0.01)).toThrow(
      expect.objectContaining({ code: 'TRAINING_FAILED' }),
    );
    expect(network.getWeights()).toEqual(drawn.weights);
    network.dispose();
  });

  it.each<readonly [string, Partial<LstmBatch>, string]>([
    ['a row the features do not have', { rows: Int32Array.of(0, 1, 2, 400) }, 'OUT_OF_RANGE'],
    ['a negative row', { rows: Int32Array.of(-1, 0, 1, 2) }, 'OUT_OF_RANGE'],
    ['part of a window', { rows: Int32Array.of(0, 1, 2) }, 'LENGTH_MISMATCH'],
    ['no window', { rows: new Int32Array(0) }, 'EMPTY_INPUT'],
    ['part of a row', { features: new Float32Array(31) }, 'LENGTH_MISMATCH'],
    ['NaN', { features: new Float32Array(30).fill(Number.NaN) }, 'NOT_FINITE'],
    ['infinity', { features: new Float32Array(30).fill(Number.NEGATIVE_INFINITY) }, 'NOT_FINITE'],
  ])('refuses %s', async (_, change, code) => {
    const network = await openWith();
    const one = { ...partOf(batch, shape, 0, 1), ...change };
    expect(() => network.predict(one)).toThrow(expect.objectContaining({ code }));
    expect(() => network.trainBatch(one, 0.01)).toThrow(expect.objectContaining({ code }));
    expect(network.getWeights()).toEqual(weights);
    network.dispose();
  });

  it.each<readonly [string, Partial<LstmBatch>, number, string]>([
    ['too few targets', { targets: new Float32Array(1) }, 0.01, 'LENGTH_MISMATCH'],
    ['too many weights', { weights: new Float32Array(2) }, 0.01, 'LENGTH_MISMATCH'],
    ['more windows than the batch size', { rows: new Int32Array(4 * 42) }, 0.01, 'OUT_OF_RANGE'],
    ['a learning rate of 0', {}, 0, 'OUT_OF_RANGE'],
    ['an infinite learning rate', {}, Number.POSITIVE_INFINITY, 'OUT_OF_RANGE'],
  ])('refuses to train on %s', async (_, change, rate, code) => {
    const network = await openWith();
    expect(() => network.trainBatch({ ...partOf(batch, shape, 0, 1), ...change }, rate)).toThrow(
      expect.objectContaining({ code }),
    );
    network.dispose();
  });

  it('refuses weights of another network, weights that are not finite, and a short result array', async () => {
    const network = await openWith();
    expect(() => network.setWeights(weights.slice(1))).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }));
    const bad = weights.map((values) => values.slice());
    bad[3]![2] = Number.NaN;
    expect(() => network.setWeights(bad)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    expect(() => network.predict(batch, new Float64Array(81))).toThrow(
      expect.objectContaining({ code: 'LENGTH_MISMATCH' }),
    );
    expect(network.getWeights()).toEqual(weights);
    network.dispose();
  });

  it('refuses to train when it was opened to predict', async () => {
    const predictor = await wasmLstmEngine.open(shape);
    expect(() => predictor.trainBatch(batch, 0.01)).toThrow(expect.objectContaining({ code: 'INVALID_TYPE' }));
    predictor.dispose();
  });

  it('refuses everything after dispose, which may be called twice', async () => {
    const network = await openWith();
    network.dispose();
    network.dispose();
    const closed = expect.objectContaining({ code: 'CLOSED' });
    expect(() => network.predict(batch)).toThrow(closed);
    expect(() => network.trainBatch(batch, 0.01)).toThrow(closed);
    expect(() => network.gradients(batch)).toThrow(closed);
    expect(() => network.getWeights()).toThrow(closed);
    expect(() => network.setWeights(weights)).toThrow(closed);
  });
});

describe('opening a network', () => {
  it('starts from weights 0, also in memory another network has used', async () => {
    const used = await openWith();
    await used.trainBatch(batch, 0.01);
    used.dispose();
    const network = await wasmLstmEngine.open(shape, { batchSize: 41 });
    expect(network.getWeights().every((values) => values.every((value) => value === 0))).toBe(true);
    const predictions = await network.predict(batch);
    expect(predictions.every((value) => value === 0.5)).toBe(true);
    network.dispose();
  });

  it('gives two networks that are open at once a memory each', async () => {
    const [first, second] = [await openWith(), await openWith(weights.map((values) => values.map((value) => -value)))];
    const before = await second.predict(batch);
    await first.trainBatch(batch, 0.1);
    expect(await second.predict(batch)).toEqual(before);
    first.dispose();
    second.dispose();
  });

  it.each<readonly [string, Partial<LstmShape>, string]>([
    ['no layer', { units: [] }, 'OUT_OF_RANGE'],
    ['half a unit', { units: [2.5] }, 'OUT_OF_RANGE'],
    ['0 steps', { steps: 0 }, 'OUT_OF_RANGE'],
    ['0 features', { features: 0 }, 'OUT_OF_RANGE'],
    ['no output', { outputs: 0 }, 'OUT_OF_RANGE'],
    ['a softmax of one output', { outputs: 1 }, 'OUT_OF_RANGE'],
    ['a thousand million units', { units: [1e9] }, 'OUT_OF_RANGE'],
    ['more than fits', { units: [20_000] }, 'TOO_LARGE'],
    ['more steps than fit', { steps: 1_000_000, units: [64] }, 'TOO_LARGE'],
  ])('refuses %s before memory is taken', async (_, change, code) => {
    await expect(wasmLstmEngine.open({ ...shape, ...change }, { batchSize: 8 })).rejects.toThrow(
      expect.objectContaining({ code }),
    );
  });

  it.each([
    [{ batchSize: 0 }, 'OUT_OF_RANGE'],
    [{ batchSize: 8, dropout: [0.5] }, 'LENGTH_MISMATCH'],
    [{ batchSize: 8, dropout: [0.5, 1] }, 'OUT_OF_RANGE'],
    [{ batchSize: 8, seed: 2 ** 32 }, 'OUT_OF_RANGE'],
    [{ batchSize: 8, beta1: 1 }, 'OUT_OF_RANGE'],
    [{ batchSize: 8, epsilon: 0 }, 'OUT_OF_RANGE'],
    [{ batchSize: 8, clipNorm: 0 }, 'OUT_OF_RANGE'],
  ])('refuses training with %o', async (training, code) => {
    await expect(wasmLstmEngine.open(shape, training)).rejects.toThrow(expect.objectContaining({ code }));
  });
});

/** A signal that turns aborted when it is asked for the n-th time, as a thread's shared flag may at any moment. */
function abortedAfter(looks: number): AbortSignal {
  let left = looks;
  return new Proxy(new AbortController().signal, {
    get: (target, key) => (key === 'aborted' ? --left < 0 : Reflect.get(target, key)),
  });
}
