import { parentPort, workerData } from 'node:worker_threads';
import { adoptLstmKernel, compileLstmKernel } from '../../../../../packages/models/src/lstm/kernel/kernel-module.ts';
import { wasmLstmEngine } from '../../../../../packages/models/src/lstm/kernel/wasm-engine.ts';
import { drawNetwork, type GoldenInput } from './golden-network.ts';

/** Trains three batches on the kernel it is handed, and answers with the weights. */
const { kernel, input }: { readonly kernel: object; readonly input: GoldenInput } = workerData;
adoptLstmKernel(kernel);
const { weights, batch } = drawNetwork(input);
const network = await wasmLstmEngine.open(input.shape, { batchSize: input.windows, dropout: [0.2, 0.2], seed: 1 });
network.setWeights(weights);
for (let i = 0; i < 3; i++) await network.trainBatch(batch, 0.01);
parentPort?.postMessage({ adopted: (await compileLstmKernel()) === kernel, weights: network.getWeights() });
network.dispose();
