import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '@mlperf/core';
import { type RandomForestModel, type RandomForestParameters, randomForestFamily } from '@mlperf/models';
import { waves } from './forest/waves.ts';
import type { BenchmarkOptions, Report } from './harness/figure.ts';
import { openPeer, type Peer, type TimedResult } from './peers/peer.ts';
import { sideBySide } from './peers/side-by-side.ts';

export const name = 'forest';

interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly trees: number;
  readonly rounds: number;
}

const SIZES: readonly Size[] = [
  { rows: 2_000, columns: 10, trees: 100, rounds: 5 },
  { rows: 10_000, columns: 20, trees: 100, rounds: 5 },
  { rows: 100_000, columns: 50, trees: 50, rounds: 5 },
];
const QUICK: readonly Size[] = [{ rows: 600, columns: 8, trees: 20, rounds: 5 }];

interface Quality {
  readonly rows: number;
  readonly columns: number;
  readonly trees: number;
  readonly seeds: number;
  readonly testRows: number;
}

/**
 * Held-out scores are compared at the sizes that are timed, over this many seeds of data and forest: two at the
 * largest, where scikit-learn needs minutes and ten thousand test rows leave little to chance.
 */
const QUALITY: readonly Quality[] = [
  { rows: 2_000, columns: 10, trees: 100, seeds: 10, testRows: 10_000 },
  { rows: 10_000, columns: 20, trees: 100, seeds: 10, testRows: 10_000 },
  { rows: 100_000, columns: 50, trees: 50, seeds: 2, testRows: 10_000 },
];
const QUICK_QUALITY: readonly Quality[] = [{ rows: 600, columns: 8, trees: 20, seeds: 2, testRows: 1_000 }];

const ONE_ROW_CALLS = 20_000;

/**
 * Training time of the random forest with default parameters beside scikit-learn's, one thread each, and beside
 * ml-random-forest; the same by processor time, in which Node's helper threads (garbage collection, compilation) count,
 * since other cores may do their work; held-out accuracy and log loss on the same rows; the time of one row's prediction.
 */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mlperf-forest-'));
  const peer = await openPeer('sklearn_forest.py');
  try {
    for (const size of quick ? QUICK : SIZES) await compareTraining(report, size, peer, folder);
    for (const quality of quick ? QUICK_QUALITY : QUALITY) await compareQuality(report, quality, peer, folder);
    await timeOneRow(report, quick);
    await compareLibrary(report, quick);
  } finally {
    if (!('missing' in peer)) await peer.close();
    await rm(folder, { recursive: true, force: true });
  }
}

type MaybePeer = Peer | { readonly missing: string };

async function compareTraining(report: Report, size: Size, peer: MaybePeer, folder: string): Promise<void> {
  const { rows, columns, trees, rounds } = size;
  const label = `${rows.toLocaleString('en-US')} × ${columns} × ${trees} trees`;
  const train = waves(rows, columns, `train ${label}`);
  const test = waves(2_000, columns, `test ${label}`);
  const ratio = { name: `${label}: scikit-learn's time over ours`, unit: '×', budget: { min: 3 } };
  const cpuRatio = { name: `${label}: scikit-learn's processor time over ours`, unit: '×', budget: { min: 3 } };
  if ('missing' in peer) {
    const { seconds } = await timedFit(train, { nEstimators: trees }, 0);
    report({ name: `${label}: training`, unit: 's', value: seconds });
    report({ ...ratio, skipped: peer.missing });
    report({ ...cpuRatio, skipped: peer.missing });
    return;
  }
  await load(peer, folder, train, test);
  const cpuRatios: number[] = [];
  const compared = await sideBySide<WithCpu<RandomForestModel>, PeerFit>({
    rounds,
    ours: (round) => withCpu(() => timedFit(train, { nEstimators: trees }, round)),
    theirs: (round) => peer.call<PeerFit>('fit', { trees, seed: round + 1 }),
    agree({ value: model, cpuSeconds }, { nodes, cpuSeconds: theirs }, round) {
      if (round >= 0) cpuRatios.push(theirs / cpuSeconds);
      const own = model.treeStructure!().trees.reduce((sum, tree) => sum + tree.feature.length, 0);
      assert.ok(own > 0.8 * nodes && own < 1.25 * nodes, `both must grow trees to the end; ${own} and ${nodes} nodes`);
    },
  });
  report({ name: `${label}: training`, unit: 's', value: compared.ourSeconds });
  report({
    name: `${label}: training, scikit-learn ${peer.versions['scikit-learn']}`,
    unit: 's',
    value: compared.theirSeconds,
  });
  report({ ...ratio, value: compared.ratio });
  cpuRatios.sort((a, b) => a - b);
  report({ ...cpuRatio, value: cpuRatios[Math.floor(cpuRatios.length / 2)]! });
}

interface PeerFit {
  readonly nodes: number;
  readonly cpuSeconds: number;
}

interface WithCpu<Value> {
  readonly value: Value;
  /** Of all threads of this process. */
  readonly cpuSeconds: number;
}

async function withCpu<Value>(work: () => Promise<TimedResult<Value>>): Promise<TimedResult<WithCpu<Value>>> {
  const before = process.cpuUsage();
  const { seconds, result } = await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds, result: { value: result, cpuSeconds: (user + system) / 1e6 } };
}

async function compareQuality(report: Report, quality: Quality, peer: MaybePeer, folder: string): Promise<void> {
  const { rows, columns, trees, seeds, testRows } = quality;
  const label = `${rows.toLocaleString('en-US')} × ${columns} × ${trees} trees, ${seeds} seeds`;
  const ours = { accuracy: 0, logLoss: 0 };
  const theirs = { accuracy: 0, logLoss: 0 };
  for (let seed = 0; seed < seeds; seed++) {
    const train = waves(rows, columns, `quality train ${seed}`);
    const test = waves(testRows, columns, `quality test ${seed}`);
    const { result } = await timedFit(train, { nEstimators: trees }, seed);
    const answers = await result.predict(test.features);
    add(
      ours,
      scores(
        Float64Array.from({ length: testRows }, (_, row) => answers[2 * row + 1]!),
        test.targets,
      ),
      seeds,
    );
    if ('missing' in peer) continue;
    await load(peer, folder, train, test);
    await peer.call('fit', { trees, seed });
    const other = (await peer.call<number[]>('answers', null)).result;
    add(theirs, scores(Float64Array.from(other), test.targets), seeds);
  }
  // Two thirds of the labels follow from the features: a forest that learned nothing would be near one half.
  assert.ok(ours.accuracy > 0.6, `held-out accuracy must show that the rule was learned; got ${ours.accuracy}`);
  report({ name: `${label}: held-out accuracy`, unit: '%', value: 100 * ours.accuracy });
  const lost = { name: `${label}: accuracy lost to scikit-learn's`, unit: 'points', budget: { max: 0.5 } };
  const loss = { name: `${label}: log loss above scikit-learn's`, unit: '× 0.01 nats', budget: { max: 0.5 } };
  if ('missing' in peer) {
    report({ ...lost, skipped: peer.missing });
    report({ ...loss, skipped: peer.missing });
    return;
  }
  report({ ...lost, value: 100 * (theirs.accuracy - ours.accuracy) });
  report({ name: `${label}: held-out log loss`, unit: 'nats', value: ours.logLoss });
  report({ ...loss, value: 100 * (ours.logLoss - theirs.logLoss) });
}

async function timeOneRow(report: Report, quick: boolean): Promise<void> {
  const rows = quick ? 600 : 10_000;
  const train = waves(rows, 20, 'one row');
  const { result: model } = await timedFit(train, { nEstimators: 100 }, 0);
  const test = waves(1_000, 20, 'one row, fresh');
  const out = new Float64Array(2);
  const row = { values: new Float64Array(20), rows: 1, columns: 20 };
  const calls = quick ? 1_000 : ONE_ROW_CALLS;
  const times: number[] = [];
  const cpuTimes: number[] = [];
  for (let round = -1; round < 5; round++) {
    const before = process.cpuUsage();
    const start = process.hrtime.bigint();
    for (let call = 0; call < calls; call++) {
      row.values.set(test.features.values.subarray(20 * (call % 1_000), 20 * (call % 1_000) + 20));
      model.predict(row, out);
    }
    if (round < 0) continue;
    times.push(Number(process.hrtime.bigint() - start) / 1e3 / calls);
    const { user, system } = process.cpuUsage(before);
    cpuTimes.push((user + system) / calls);
  }
  assert.ok(Math.abs(out[0]! + out[1]! - 1) < 1e-12, 'probabilities must add up to 1');
  const label = `one row predicted, 100 trees of ${rows} rows`;
  for (const [name, all] of [
    [label, times],
    [`${label}, processor time`, cpuTimes],
  ] as const) {
    all.sort((a, b) => a - b);
    report({ name, unit: 'µs', value: all[2]!, budget: { max: 20 } });
  }
}

async function compareLibrary(report: Report, quick: boolean): Promise<void> {
  const rows = quick ? 150 : 1_500;
  const train = waves(rows, 10, 'library');
  // The same trees for both: all rows with replacement, every feature, to the end.
  const shared = { nEstimators: 20, maxFeatures: 1, maxSamples: 1, minSamplesSplit: 2, maxDepth: 32 };
  const compared = await sideBySide<RandomForestModel, RandomForestModel>({
    rounds: 5,
    ours: (round) => timedFit(train, shared, round),
    // One tree stands for twenty: its time is multiplied.
    theirs: async (round) => {
      const one = await timedFit(train, { ...shared, nEstimators: 1, engine: 'ml-random-forest' }, round);
      return { ...one, seconds: 20 * one.seconds };
    },
    agree(ours, library) {
      const test = waves(500, 10, 'library, fresh');
      const own = scores(secondColumn(ours.predict(test.features)), test.targets).accuracy;
      const other = scores(secondColumn(library.predict(test.features)), test.targets).accuracy;
      assert.ok(own > other - 0.05, `twenty trees must not do worse than one of the library; ${own} and ${other}`);
    },
  });
  report({
    name: `${rows} × 10 × 20 trees: ml-random-forest's time over ours`,
    unit: '×',
    value: compared.ratio,
    budget: { min: 100 },
  });
}

async function timedFit(
  train: Dataset,
  parameters: Partial<RandomForestParameters>,
  seed: number,
): Promise<TimedResult<RandomForestModel>> {
  const start = process.hrtime.bigint();
  const result = await randomForestFamily.fit(train, parameters, {
    seed: `benchmark ${seed}`,
    signal: new AbortController().signal,
    report: async () => 'continue',
    onProgress() {},
  });
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, result };
}

async function load(peer: Peer, folder: string, train: Dataset, test: Dataset): Promise<void> {
  const paths: Record<string, string> = {};
  for (const [part, { features, targets }] of Object.entries({ train, test })) {
    paths[`${part}Features`] = join(folder, `${part}-features`);
    paths[`${part}Targets`] = join(folder, `${part}-targets`);
    await writeFile(join(folder, `${part}-features`), features.values);
    await writeFile(join(folder, `${part}-targets`), Uint8Array.from(targets));
  }
  const { result } = await peer.call<number[]>('load', { ...paths, columns: train.features.columns });
  assert.deepEqual(result, [train.features.rows, test.features.rows], 'the peer must read the rows that were written');
}

function add(
  into: { accuracy: number; logLoss: number },
  own: { accuracy: number; logLoss: number },
  seeds: number,
): void {
  into.accuracy += own.accuracy / seeds;
  into.logLoss += own.logLoss / seeds;
}

/** Accuracy, and log loss with probabilities kept off 0 and 1 by half a vote of a hundred trees. */
function scores(up: Float64Array, targets: Float64Array): { accuracy: number; logLoss: number } {
  let right = 0;
  let loss = 0;
  for (let row = 0; row < targets.length; row++) {
    const probability = Math.min(0.995, Math.max(0.005, up[row]!));
    if ((up[row]! > 0.5 ? 1 : 0) === targets[row]) right++;
    loss -= Math.log(targets[row] === 1 ? probability : 1 - probability);
  }
  return { accuracy: right / targets.length, logLoss: loss / targets.length };
}

function secondColumn(answers: Float64Array | Promise<Float64Array>): Float64Array {
  assert.ok(answers instanceof Float64Array, 'a forest answers at once');
  return answers.filter((_, i) => i % 2 === 1);
}
