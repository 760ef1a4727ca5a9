import assert from 'node:assert/strict';
import { loadavg } from 'node:os';
import { keyedRandom } from '@mlperf/core';
import { type LstmNetwork, lstmKernelEngine, wasmLstmEngine } from '@mlperf/models';
import type { BenchmarkOptions, Report } from './harness/figure.ts';
import type { Data, Task } from './lstm/task.ts';
import { TfjsLstm } from './lstm/tfjs-lstm.ts';
import { openPeer, type Peer, type TimedResult } from './peers/peer.ts';
import { sideBySide } from './peers/side-by-side.ts';

export const name = 'lstm';

const BATCH = 32;
const LEARNING_RATE = 0.001;

const TASKS: readonly Task[] = [
  { units: 16, steps: 20, features: 8, batches: 100, epochBudget: 0.5, predictionBudget: 0.5 },
  { units: 50, steps: 30, features: 10, batches: 40, epochBudget: 1, predictionBudget: 0.5 },
  { units: 128, steps: 60, features: 20, batches: 8, epochBudget: 2 },
];

/** Training and single predictions beside PyTorch on one thread, training beside tfjs WASM, and the longest stretch a cancellation waits. */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  report({ name: 'load of the machine over the last minute, before', value: loadavg()[0] ?? 0, unit: 'processes' });
  const rounds = quick ? 5 : 9;
  for (const task of TASKS) {
    await reportPyTorch(report, quick ? { ...task, steps: 5, batches: 3 } : task, rounds, quick ? 20 : 500);
  }
  const [, middle] = TASKS;
  await reportTfjs(report, { ...middle!, ...(quick ? { steps: 3, batches: 1 } : { batches: 2 }) });
  await reportStretch(report, quick);
  report({ name: 'load of the machine over the last minute, after', value: loadavg()[0] ?? 0, unit: 'processes' });
}

async function reportPyTorch(report: Report, task: Task, rounds: number, calls: number): Promise<void> {
  const label = labelOf(task);
  const ways = [
    { call: 'epoch', words: 'slices of a tensor' },
    { call: 'loader_epoch', words: 'a DataLoader' },
  ] as const;
  const epoch = (words: string) => ({
    name: `${label}: epoch over PyTorch's with ${words}`,
    unit: '×',
    budget: { max: task.epochBudget },
  });
  const prediction = {
    name: `${label}: one prediction over PyTorch's`,
    unit: '×',
    ...(task.predictionBudget !== undefined && { budget: { max: task.predictionBudget } }),
  };
  const peer = await openPeer('pytorch_lstm.py');
  if ('missing' in peer) {
    for (const { words } of ways) report({ ...epoch(words), skipped: peer.missing });
    report({ ...prediction, skipped: peer.missing });
    return;
  }
  const data = drawData(task);
  const network = await openNetwork(task, data);
  const relaxed = await openNetwork(task, data, 'relaxed');
  try {
    for (const { call, words } of ways) {
      await loadPeer(peer, task, data);
      network.setWeights(data.weights);
      const compared = await sideBySide<number, number>({
        rounds,
        ours: () => timedEpoch(network, task, data),
        theirs: () => peer.call<number>(call, {}),
        agree: (ours, theirs) => assert.ok(Math.abs(ours - theirs) < 1e-3, `losses must agree; ${ours}, ${theirs}`),
      });
      report({ ...epoch(words), value: 1 / compared.ratio });
      report({ name: `${label}: epoch, ours`, value: compared.ourSeconds * 1000, unit: 'ms' });
      report({
        name: `${label}: epoch, PyTorch ${peer.versions.torch} on the CPU with ${words}`,
        value: compared.theirSeconds * 1000,
        unit: 'ms',
      });
    }
    const fused = await sideBySide<number, number>({
      rounds,
      ours: () => timedEpoch(relaxed, task, data),
      theirs: () => timedEpoch(network, task, data),
      agree: () => {},
    });
    report({ name: `${label}: epoch with relaxed SIMD over plain`, value: 1 / fused.ratio, unit: '×' });
    await loadPeer(peer, task, data);
    network.setWeights(data.weights);
    const single = await sideBySide<number, number>({
      rounds,
      ours: () => timedPredictions(network, task, data, calls),
      theirs: () => peer.call<number>('predict', { calls }),
      agree: (ours, theirs) =>
        assert.ok(Math.abs(ours - theirs) < 1e-5, `probabilities must agree; ${ours}, ${theirs}`),
    });
    report({ ...prediction, value: 1 / single.ratio });
    report({ name: `${label}: one prediction, ours`, value: (single.ourSeconds / calls) * 1e6, unit: 'µs' });
  } finally {
    network.dispose();
    relaxed.dispose();
    await peer.close();
  }
}

async function reportTfjs(report: Report, task: Task): Promise<void> {
  const data = drawData(task);
  const network = await openNetwork(task, data);
  const theirs = await TfjsLstm.open(task, data, { batchSize: BATCH, learningRate: LEARNING_RATE });
  const { ratio, ourSeconds, theirSeconds } = await sideBySide<number, number>({
    rounds: 5,
    ours: () => timedEpoch(network, task, data),
    theirs: () => theirs.timedEpoch(),
    agree: (our, their) => assert.ok(Math.abs(our - their) < 1e-3, `losses must agree; ${our}, ${their}`),
  });
  const label = labelOf(task);
  report({ name: `${label}: tfjs WASM's time over ours`, value: ratio, unit: '×', budget: { min: 20 } });
  report({ name: `${label}: a batch, ours`, value: (ourSeconds / task.batches) * 1000, unit: 'ms' });
  report({
    name: `${label}: a batch, tfjs WASM ${theirs.version}`,
    value: (theirSeconds / task.batches) * 1000,
    unit: 'ms',
  });
  network.dispose();
  theirs.dispose();
}

/** How long training goes on before it looks at its signal again, in a network far larger than traders train. */
async function reportStretch(report: Report, quick: boolean): Promise<void> {
  const windows = 64;
  const units = quick ? [64, 64, 64] : [256, 256, 256];
  const shape = { features: 50, steps: quick ? 10 : 100, units, outputs: 3, head: 'softmax' } as const;
  const network = await wasmLstmEngine.open(shape, { batchSize: windows, dropout: [0.2, 0.2, 0.2] });
  const random = keyedRandom('lstm', 'stretch');
  const features = Float32Array.from({ length: (windows + shape.steps) * 50 }, () => random.next() - 0.5);
  const rows = Int32Array.from(
    { length: windows * shape.steps },
    (_, i) => Math.floor(i / shape.steps) + (i % shape.steps),
  );
  const targets = Float32Array.from({ length: windows * 3 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const gaps: number[] = [];
  let last = 0;
  const signal = new Proxy(new AbortController().signal, {
    get(target, key) {
      const now = performance.now();
      if (key === 'aborted') gaps.push(now - last);
      last = now;
      return Reflect.get(target, key);
    },
  });
  for (let i = 0; i < 2; i++) {
    gaps.length = 0;
    last = performance.now();
    await network.trainBatch({ features, rows, targets }, LEARNING_RATE, signal);
    gaps.push(performance.now() - last);
  }
  network.dispose();
  report({
    name: `${shape.steps} steps, layers of ${units.join(', ')} units, batch ${windows}: longest between two looks at the signal`,
    value: Math.max(...gaps),
    unit: 'ms',
    budget: { max: 50 },
  });
}

function labelOf({ units, steps, features }: Task): string {
  return `${units} units × ${steps} steps × ${features} features`;
}

function drawData({ units, steps, features, batches }: Task): Data {
  const random = keyedRandom('lstm', units, steps);
  const draw = (length: number, width: number) => Float32Array.from({ length }, () => (2 * random.next() - 1) * width);
  const windows = batches * BATCH;
  return {
    rows: draw((windows + steps - 1) * features, 1.7),
    targets: Float32Array.from({ length: windows }, () => (random.next() < 0.5 ? 0 : 1)),
    weights: [
      draw(features * 4 * units, Math.sqrt(6 / (features + 4 * units))),
      draw(units * 4 * units, Math.sqrt(3 / units)),
      Float32Array.from({ length: 4 * units }, (_, i) => (Math.floor(i / units) === 1 ? 1 : 0)),
      draw(units, Math.sqrt(6 / (units + 1))),
      new Float32Array(1),
    ],
  };
}

async function openNetwork(task: Task, data: Data, arithmetic: 'plain' | 'relaxed' = 'plain'): Promise<LstmNetwork> {
  const shape = {
    features: task.features,
    steps: task.steps,
    units: [task.units],
    outputs: 1,
    head: 'sigmoid',
  } as const;
  const network = await lstmKernelEngine(arithmetic).open(shape, { batchSize: BATCH });
  network.setWeights(data.weights);
  return network;
}

function loadPeer(peer: Peer, { features, units, steps }: Task, data: Data): Promise<unknown> {
  return peer.call('load', {
    features,
    units,
    steps,
    rows: [...data.rows],
    targets: [...data.targets],
    weights: data.weights.map((values) => [...values]),
    batchSize: BATCH,
    learningRate: LEARNING_RATE,
  });
}

async function timedEpoch(network: LstmNetwork, { steps, batches }: Task, data: Data): Promise<TimedResult<number>> {
  const start = process.hrtime.bigint();
  let total = 0;
  for (let batch = 0; batch < batches; batch++) {
    const rows = new Int32Array(BATCH * steps);
    for (let i = 0; i < rows.length; i++) rows[i] = batch * BATCH + Math.floor(i / steps) + (i % steps);
    const targets = data.targets.subarray(batch * BATCH, (batch + 1) * BATCH);
    total += await network.trainBatch({ features: data.rows, rows, targets }, LEARNING_RATE);
  }
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, result: total / batches };
}

async function timedPredictions(
  network: LstmNetwork,
  { steps, batches }: Task,
  data: Data,
  calls: number,
): Promise<TimedResult<number>> {
  const out = new Float64Array(1);
  const rows = new Int32Array(steps);
  const start = process.hrtime.bigint();
  let total = 0;
  for (let call = 0; call < calls; call++) {
    const first = call % (batches * BATCH);
    for (let step = 0; step < steps; step++) rows[step] = first + step;
    await network.predict({ features: data.rows, rows }, out);
    total += out[0]!;
  }
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, result: total / calls };
}
