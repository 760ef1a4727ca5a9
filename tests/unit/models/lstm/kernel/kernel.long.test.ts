import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { compileKernel } from '../../../../../packages/models/src/lstm/kernel/build-kernel.ts';
import { compileLstmKernel } from '../../../../../packages/models/src/lstm/kernel/kernel-module.ts';
import { PLAIN_KERNEL } from '../../../../../packages/models/src/lstm/kernel/plain-kernel.ts';
import { RELAXED_KERNEL } from '../../../../../packages/models/src/lstm/kernel/relaxed-kernel.ts';
import { wasmLstmEngine } from '../../../../../packages/models/src/lstm/kernel/wasm-engine.ts';
import { drawNetwork, type GoldenInput } from './golden-network.ts';

const MEBIBYTE = 2 ** 20;
const input: GoldenInput = {
  seed: 31,
  shape: { features: 5, steps: 12, units: [10, 7], outputs: 3, head: 'softmax' },
  windows: 16,
  scale: 1,
};

describe('the embedded kernel', () => {
  it.each([
    ['plain', PLAIN_KERNEL],
    ['relaxed', RELAXED_KERNEL],
  ] as const)('is what the compiler makes of its sources: %s', async (arithmetic, embedded) => {
    expect(sha256(await compileKernel(arithmetic))).toBe(sha256(Buffer.from(embedded, 'base64')));
  });

  it('runs in a worker that adopts it, to the same bits', async () => {
    const { weights, batch } = drawNetwork(input);
    const network = await wasmLstmEngine.open(input.shape, { batchSize: 16, dropout: [0.2, 0.2], seed: 1 });
    network.setWeights(weights);
    for (let i = 0; i < 3; i++) await network.trainBatch(batch, 0.01);
    const worker = new Worker(new URL('./adopting-worker.ts', import.meta.url), {
      workerData: { kernel: await compileLstmKernel(), input },
      execArgv: ['--conditions=@mlperf/source'],
    });
    const [answer] = await once(worker, 'message');
    expect(answer).toEqual({ adopted: true, weights: network.getWeights() });
    network.dispose();
    await worker.terminate();
  });

  it('leaves no memory behind over 1,000 networks trained and disposed of', async () => {
    const { weights, batch } = drawNetwork(input);
    const trainOnce = async () => {
      const network = await wasmLstmEngine.open(input.shape, { batchSize: 16, dropout: [0.2, 0.2] });
      network.setWeights(weights);
      const loss = await network.trainBatch(batch, 0.01);
      network.dispose();
      return loss;
    };
    const first = await trainOnce();
    for (let i = 0; i < 100; i++) expect(await trainOnce()).toBe(first);
    const before = process.memoryUsage();
    for (let i = 0; i < 1_000; i++) expect(await trainOnce()).toBe(first);
    const after = process.memoryUsage();
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(4 * MEBIBYTE);
    expect(after.rss - before.rss).toBeLessThan(64 * MEBIBYTE);
  });

  it('allocates nothing to predict one window', async () => {
    const { weights, batch } = drawNetwork(input);
    const network = await wasmLstmEngine.open(input.shape);
    network.setWeights(weights);
    const one = { features: batch.features, rows: batch.rows.slice(0, 12) };
    const out = new Float64Array(3);
    const calls = (count: number) => {
      for (let i = 0; i < count; i++) network.predict(one, out);
    };
    calls(20_000);
    const before = process.memoryUsage().heapUsed;
    calls(200_000);
    // The smallest object has 16 bytes: one a call would be 3.2 million.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(800_000);
    network.dispose();
  });

  it('hands memories that were dropped back to the collector', async () => {
    // Each takes more than the pool keeps: 300 of them at once would need 20 GiB.
    const shape = { features: 8, steps: 4, units: [720], outputs: 1, head: 'sigmoid' } as const;
    for (let i = 0; i < 300; i++) {
      const network = await wasmLstmEngine.open(shape, { batchSize: 4 });
      network.dispose();
    }
    expect(process.memoryUsage().rss).toBeLessThan(4_096 * MEBIBYTE);
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
