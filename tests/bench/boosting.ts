import assert from 'node:assert/strict';
import {
  accuracy,
  type Dataset,
  type FitContext,
  keyedRandom,
  logLoss,
  randomNormal,
  type TrainedModel,
} from '@mlperf/core';
import { gradientBoostingFamily } from '@mlperf/models';
import type { BenchmarkOptions, Report } from './harness/figure.ts';
import { openPeer, type Peer, type TimedResult } from './peers/peer.ts';
import { type Comparison, sideBySide } from './peers/side-by-side.ts';

export const name = 'boosting';

const COLUMNS = 20;
const ROUNDS = 5;
const ONE_ROW_CALLS = 20_000;

interface Scores {
  readonly accuracy: number;
  readonly logLoss: number;
}

interface Trained extends Scores {
  /** Of all threads, while training. */
  readonly cpuSeconds: number;
}

interface Size {
  readonly rows: number;
  readonly testRows: number;
  readonly trees: number;
  readonly leaves: number;
}

/** Training against LightGBM on one thread, on new data each round; scores on held-out rows; one prediction. */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  const size: Size = quick
    ? { rows: 4_000, testRows: 4_000, trees: 20, leaves: 15 }
    : { rows: 50_000, testRows: 20_000, trees: 200, leaves: 31 };
  const label = `${size.rows.toLocaleString('en-US')} × ${COLUMNS}, ${size.trees} rounds, ${size.leaves} leaves`;
  await reportAgainstLightGbm(report, size, label);
  await reportOneRow(report, size);
}

async function reportAgainstLightGbm(report: Report, size: Size, label: string): Promise<void> {
  const time = { name: `${label}: time over LightGBM's, one thread`, unit: '×', budget: { max: 1.5 } };
  // Node's helper threads (compiler, collector) may run on other cores; processor time counts them all.
  const cpuTime = { name: `${label}: processor time over LightGBM's`, unit: '×', budget: { max: 1.5 } };
  const points = { name: `${label}: accuracy below LightGBM's`, unit: 'points', budget: { max: 0.5 } };
  const peer = await openPeer('lightgbm_boosting.py');
  if ('missing' in peer) {
    report({ ...time, skipped: peer.missing });
    report({ ...cpuTime, skipped: peer.missing });
    report({ ...points, skipped: peer.missing });
    return;
  }
  try {
    const gaps: number[] = [];
    const losses: number[] = [];
    const cpuRatios: number[] = [];
    const compared = await compare(peer, size, (ours, theirs) => {
      cpuRatios.push(ours.cpuSeconds / theirs.cpuSeconds);
      gaps.push(100 * (theirs.accuracy - ours.accuracy));
      losses.push(ours.logLoss - theirs.logLoss);
    });
    report({ ...time, value: 1 / compared.ratio });
    report({ ...cpuTime, value: cpuRatios.sort((a, b) => a - b)[Math.floor(cpuRatios.length / 2)]! });
    report({ name: `${label}: ours`, value: compared.ourSeconds * 1000, unit: 'ms' });
    report({ name: `${label}: LightGBM ${peer.versions.lightgbm}`, value: compared.theirSeconds * 1000, unit: 'ms' });
    report({ ...points, value: mean(gaps) });
    report({ name: `${label}: log loss above LightGBM's`, value: mean(losses), unit: 'nats' });
  } finally {
    await peer.close();
  }
}

async function compare(peer: Peer, size: Size, score: (ours: Trained, theirs: Trained) => void): Promise<Comparison> {
  const loaded = new Map<number, { readonly train: Dataset; readonly test: Dataset }>();
  const rowsOf = async (round: number) => {
    const known = loaded.get(round);
    if (known !== undefined) return known;
    loaded.clear();
    const data = { train: madeRows(size.rows, round, 'train'), test: madeRows(size.testRows, round, 'test') };
    loaded.set(round, data);
    await peer.call('load', { columns: COLUMNS, train: asText(data.train), test: asText(data.test) });
    return data;
  };
  return sideBySide<Trained, Trained>({
    rounds: ROUNDS,
    async ours(round) {
      const { train, test } = await rowsOf(round);
      const before = process.cpuUsage();
      const { seconds, result } = await fitTimed(train, size);
      const { user, system } = process.cpuUsage(before);
      return { seconds, result: { ...(await scoresOf(result, test)), cpuSeconds: (user + system) / 1e6 } };
    },
    async theirs(round) {
      await rowsOf(round);
      const booster = { num_leaves: size.leaves, learning_rate: 0.1, max_bin: 255, min_data_in_leaf: 20 };
      const { seconds, result } = await peer.call<{ readonly trees: number; readonly cpuSeconds: number }>('train', {
        booster,
        rounds: size.trees,
      });
      assert.equal(result.trees, size.trees, 'LightGBM grows every tree');
      const scores = (await peer.call<Scores>('score', null)).result;
      return { seconds, result: { ...scores, cpuSeconds: result.cpuSeconds } };
    },
    agree(ours, theirs, round) {
      // The same method on the same rows: bins and ties differ, and what follows from them.
      assert.ok(Math.abs(ours.accuracy - theirs.accuracy) < 0.02, `accuracies ${ours.accuracy}, ${theirs.accuracy}`);
      assert.ok(Math.abs(ours.logLoss - theirs.logLoss) < 0.02, `log losses ${ours.logLoss}, ${theirs.logLoss}`);
      if (round >= 0) score(ours, theirs);
    },
  });
}

async function fitTimed(train: Dataset, size: Size): Promise<TimedResult<TrainedModel>> {
  const start = process.hrtime.bigint();
  const model = await gradientBoostingFamily.fit(
    train,
    { nEstimators: size.trees, numLeaves: size.leaves, learningRate: 0.1, maxBins: 255, minChildSamples: 20 },
    context(),
  );
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  assert.equal(model.treeStructure?.().trees.length, size.trees, 'we grow every tree');
  return { seconds, result: model };
}

async function reportOneRow(report: Report, size: Size): Promise<void> {
  const model = (await fitTimed(madeRows(Math.min(size.rows, 10_000), 0, 'one row'), size)).result;
  const { features } = madeRows(1_000, 0, 'asked');
  const rows = Array.from({ length: features.rows }, (_, r) => ({
    values: features.values.subarray(r * COLUMNS, (r + 1) * COLUMNS),
    rows: 1,
    columns: COLUMNS,
  }));
  const out = new Float64Array(2);
  let sum = 0;
  const ask = (calls: number) => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) {
      const answer = model.predict(rows[i % rows.length]!, out);
      assert.ok(answer instanceof Float64Array);
      sum += answer[1]!;
    }
    return Number(process.hrtime.bigint() - start) / 1000 / calls;
  };
  ask(ONE_ROW_CALLS);
  const micros = ask(ONE_ROW_CALLS);
  assert.ok(sum > 0 && sum < 2 * ONE_ROW_CALLS, 'every answer is a probability');
  report({ name: `one row, ${size.trees} trees of ${size.leaves} leaves`, value: micros, unit: 'µs' });
}

/** Rows with a smooth, a crossed and a wavy effect, and noise: the best possible accuracy is about 0.73. */
function madeRows(rows: number, round: number, part: string): Dataset {
  const random = keyedRandom('boosting', round, part);
  const values = new Float64Array(rows * COLUMNS);
  const targets = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * COLUMNS;
    for (let column = 0; column < COLUMNS; column++) values[start + column] = randomNormal(random);
    const [a, b, c, d, e] = values.subarray(start, start + 5);
    const logOdds = a! + 0.5 * b! * c! + Math.sin(2 * d!) + 0.3 * e!;
    targets[row] = random.next() < 1 / (1 + Math.exp(-logOdds)) ? 1 : 0;
  }
  const timestamps = Float64Array.from({ length: rows }, (_, row) => row);
  return {
    features: { values, rows, columns: COLUMNS },
    featureNames: Array.from({ length: COLUMNS }, (_, column) => `f${column}`),
    targets,
    classes: ['down', 'up'],
    timestamps,
    labelEndsAt: timestamps,
  };
}

async function scoresOf(model: TrainedModel, test: Dataset): Promise<Scores> {
  const probabilities = await model.predict(test.features);
  const predicted = Array.from(test.targets, (_, row) => (probabilities[2 * row + 1]! > 0.5 ? 1 : 0));
  return { accuracy: accuracy(test.targets, predicted), logLoss: logLoss(test.targets, probabilities, [0, 1]) };
}

function asText({ features, targets }: Dataset): { readonly features: string; readonly targets: string } {
  const text = ({ buffer, byteOffset, byteLength }: Float64Array) =>
    Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  return { features: text(features.values), targets: text(targets) };
}

function context(): FitContext {
  return { seed: 'bench', signal: new AbortController().signal, report: async () => 'continue', onProgress() {} };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
