import { describe, expect, it } from 'vitest';
import type { LstmShape, LstmTraining } from '../../../../../packages/models/src/lstm/engine.ts';
import { maskSeed } from '../../../../../packages/models/src/lstm/kernel/mask-seed.ts';
import { wasmLstmEngine } from '../../../../../packages/models/src/lstm/kernel/wasm-engine.ts';
import { drawNetwork } from './golden-network.ts';
import { openKernel } from './open-kernel.ts';

const COUNT = 400_000;
const shape: LstmShape = { features: 3, steps: 5, units: [6, 5], outputs: 1, head: 'sigmoid' };
const drawn = drawNetwork({ seed: 5, shape, windows: 8, scale: 2 });

async function draw(seed: number, share: number): Promise<Float32Array> {
  const { kernel, address, numbers } = await openKernel(COUNT);
  kernel.dropoutMask(address, COUNT, seed, Math.round(share * 2 ** 32), 1 / (1 - share));
  return numbers.slice();
}

async function open(training: Partial<LstmTraining>) {
  const network = await wasmLstmEngine.open(shape, { batchSize: 8, ...training });
  network.setWeights(drawn.weights);
  return network;
}

describe('a dropout mask', () => {
  it.each([0.1, 0.5, 0.9])('drops a share of %d and scales what it keeps', async (share) => {
    const mask = await draw(maskSeed(7, 0, 0, 0), share);
    const kept = mask.filter((factor) => factor !== 0);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / (1 - share))]));
    // Five standard errors.
    const error = Math.sqrt((share * (1 - share)) / COUNT);
    expect(Math.abs(1 - kept.length / COUNT - share)).toBeLessThan(5 * error);
  });

  it('has neither neighbours nor batches that go together', async () => {
    const dropped = async (batch: number) => (await draw(maskSeed(7, batch, 0, 0), 0.5)).map((factor) => factor - 1);
    const [first, second] = [await dropped(0), await dropped(1)];
    const correlation = (a: Float32Array, b: Float32Array, lag: number) =>
      a.reduce((sum, value, i) => sum + value * b[(i + lag) % COUNT]!, 0) / COUNT;
    for (const lag of [1, 2, 3, 4, 5, 6, 8, 16, 32, 64]) {
      expect(Math.abs(correlation(first, first, lag))).toBeLessThan(5 / Math.sqrt(COUNT));
    }
    for (const lag of [0, 1, 4]) {
      expect(Math.abs(correlation(first, second, lag))).toBeLessThan(5 / Math.sqrt(COUNT));
    }
  });
});

describe('training with dropout', () => {
  it('is fixed by the seed, and starts anew with the weights', async () => {
    const curve = async (seed: number) => {
      const network = await open({ dropout: [0.4, 0.4], seed });
      const once = [await network.trainBatch(drawn.batch, 0.01), await network.trainBatch(drawn.batch, 0.01)];
      network.setWeights(drawn.weights);
      const again = [await network.trainBatch(drawn.batch, 0.01), await network.trainBatch(drawn.batch, 0.01)];
      network.dispose();
      return { once, again };
    };
    const [first, same, other] = [await curve(1), await curve(1), await curve(2)];
    expect(same).toEqual(first);
    expect(first.again).toEqual(first.once);
    expect(other.once).not.toEqual(first.once);
  });

  it('touches neither predictions nor `gradients`', async () => {
    const [with_, without] = [await open({ dropout: [0.5, 0.5] }), await open({})];
    await with_.trainBatch(drawn.batch, 0.01);
    with_.setWeights(drawn.weights);
    expect(await with_.predict(drawn.batch)).toEqual(await without.predict(drawn.batch));
    expect(await with_.gradients(drawn.batch)).toEqual(await without.gradients(drawn.batch));
    with_.dispose();
    without.dispose();
  });

  it('goes down the gradient of the loss it answers', async () => {
    // With epsilon 1, Adam's first step is g / (|g| + 1) times the learning rate: g can be read off it.
    const training = { dropout: [0.3, 0.5], seed: 3, epsilon: 1 };
    const network = await open(training);
    const rate = 2 ** -4;
    await network.trainBatch(drawn.batch, rate);
    const after = network.getWeights();
    const probe = await open(training);
    const lossAt = async (array: number, index: number, by: number) => {
      const weights = drawn.weights.map((values) => values.slice());
      weights[array]![index]! += by;
      probe.setWeights(weights);
      return probe.trainBatch(drawn.batch, rate);
    };
    const step = 2 ** -6;
    let largest = 0;
    for (const [array, values] of drawn.weights.entries()) {
      for (let index = 0; index < values.length; index += 5) {
        const share = (values[index]! - after[array]![index]!) / rate;
        const gradient = share / (1 - Math.abs(share));
        const slope = ((await lossAt(array, index, step)) - (await lossAt(array, index, -step))) / (2 * step);
        largest = Math.max(largest, Math.abs(slope));
        expect(Math.abs(gradient - slope)).toBeLessThan(1e-4);
      }
    }
    expect(largest).toBeGreaterThan(0.05);
    network.dispose();
    probe.dispose();
  });
});
