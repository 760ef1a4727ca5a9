import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset, Executor } from '@mlperf/core';
import { randomForestFamily } from '@mlperf/models';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { defineSpace, float, HyperparameterTuner, int, KFold } from '@mlperf/tuning';
import { workerThreadExecutor } from '@mlperf/workers';
import { waves } from '../forest/waves.ts';
import type { BenchmarkOptions, Report } from '../harness/figure.ts';
import { openPeer, type Peer, type TimedResult } from '../peers/peer.ts';
import { sideBySide } from '../peers/side-by-side.ts';

const COLUMNS = 20;
const ROUNDS = 5;
/** Both sides run as many fits, or trials, at once. */
const AT_ONCE = 2;

interface Size {
  readonly rows: number;
  readonly trials: number;
  readonly trees: readonly [number, number];
}

const FULL: Size = { rows: 5_000, trials: 50, trees: [10, 50] };
const QUICK: Size = { rows: 500, trials: 6, trees: [5, 15] };

/** Of Optuna's TPE: so many trials are sampled independently of the others. */
const STARTUP_TRIALS = 10;

interface Search {
  /** Mean accuracy over the folds, of the best trial. */
  readonly best: number;
  readonly params: Readonly<Record<string, number>>;
  readonly trials: number;
  /** Of all trials: the work that the sampler asked for. */
  readonly trees: number;
}

/**
 * The wall time of a whole search: 50 trials of a random forest on 5 folds of 5,000 × 20 rows, beside Optuna's over
 * scikit-learn's. Same rows, folds and ranges; TPE with its defaults on either side; every fit on one thread, two at
 * once. The peer runs them in threads or in processes, as is faster. Needs a quiet machine with two cores.
 */
export async function reportWallTime(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  const size = quick ? QUICK : FULL;
  const data = waves(size.rows, COLUMNS, 'tuning');
  const folder = await mkdtemp(join(tmpdir(), 'mlperf-tuning-'));
  const executor = workerThreadExecutor({
    familiesModule: new URL('./forest-families.ts', import.meta.url),
    threads: AT_ONCE,
  });
  const peer = await openPeer('optuna_tuning.py');
  const label = `${size.trials} trials × 5 folds × ${size.rows.toLocaleString('en-US')} rows, two at once`;
  const ratio = { name: `${label}: our wall time over Optuna's`, unit: '×', budget: { max: 0.5 } };
  try {
    if ('missing' in peer) {
      const { seconds } = await ourSearch(data, executor, size, 0);
      report({ name: `${label}: wall time`, unit: 's', value: seconds });
      report({ ...ratio, skipped: peer.missing });
      return;
    }
    await load(peer, folder, data);
    const mode = await fasterMode(report, peer, size, label);
    const searches: { ours: Search; theirs: Search }[] = [];
    const compared = await sideBySide<Search, Search>({
      rounds: ROUNDS,
      ours: (round) => ourSearch(data, executor, size, round),
      theirs: (round) => theirSearch(peer, size, mode, round),
      agree(ours, theirs, round) {
        requireSearch(ours, size, 'our search');
        requireSearch(theirs, size, "Optuna's search");
        if (round >= 0) searches.push({ ours, theirs });
      },
    });
    await requireSameScores(peer, searches[0]!.ours);
    const { ourSeconds, theirSeconds } = compared;
    const optuna = `Optuna ${peer.versions.optuna} with scikit-learn ${peer.versions['scikit-learn']} in ${mode}`;
    report({ name: `${label}: wall time`, unit: 's', value: ourSeconds });
    report({ name: `${label}: wall time, ${optuna}`, unit: 's', value: theirSeconds });
    report({ ...ratio, value: 1 / compared.ratio });
    report({ name: `${label}: throughput`, unit: 'trials/s', value: size.trials / ourSeconds });
    report({ name: `${label}: throughput, ${optuna}`, unit: 'trials/s', value: size.trials / theirSeconds });
    reportQuality(report, searches, label);
  } finally {
    if (!('missing' in peer)) await peer.close();
    await executor.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function reportQuality(
  report: Report,
  searches: readonly { readonly ours: Search; readonly theirs: Search }[],
  label: string,
): void {
  const ours = searches.map((search) => search.ours);
  const theirs = searches.map((search) => search.theirs);
  searches.forEach((search, round) => {
    report({ name: `search ${round + 1}: best accuracy`, unit: '%', value: 100 * search.ours.best });
    report({ name: `search ${round + 1}: best accuracy, Optuna`, unit: '%', value: 100 * search.theirs.best });
  });
  const best = (of: readonly Search[]) => 100 * median(of.map((search) => search.best));
  report({ name: `${label}: best accuracy, median of ${ROUNDS} searches`, unit: '%', value: best(ours) });
  report({ name: `${label}: best accuracy, median of ${ROUNDS} searches, Optuna`, unit: '%', value: best(theirs) });
  report({
    name: `${label}: best accuracy lost to Optuna's, medians`,
    unit: 'points',
    value: best(theirs) - best(ours),
    budget: { max: 0.5 },
  });
  // A search that drifts to small forests is quick for that reason alone.
  const trees = (of: readonly Search[]) => median(of.map((search) => search.trees / search.trials));
  report({ name: `${label}: trees of a trial, median of ${ROUNDS} searches`, unit: 'trees', value: trees(ours) });
  report({ name: `${label}: trees of a trial, Optuna`, unit: 'trees', value: trees(theirs) });
}

const MAX_DEPTH = [2, 20] as const;
const MIN_SAMPLES_LEAF = [1, 50] as const;
const MAX_FEATURES = [0.1, 0.6] as const;

async function ourSearch(data: Dataset, executor: Executor, size: Size, round: number): Promise<TimedResult<Search>> {
  const tuner = new HyperparameterTuner({
    family: randomForestFamily,
    searchSpace: defineSpace({
      nEstimators: int(...size.trees),
      maxDepth: int(...MAX_DEPTH),
      minSamplesLeaf: int(...MIN_SAMPLES_LEAF, { log: true }),
      maxFeatures: float(...MAX_FEATURES),
    }),
    splitter: new KFold({ nSplits: 5 }),
    config: { metric: 'accuracy' },
    storage: openMemoryStorage(),
    seed: `wall time ${round}`,
    executor,
  });
  const start = process.hrtime.bigint();
  const found = await tuner.bayesianOptimization(data, { nTrials: size.trials, sampler: 'tpe' });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { score, params } = found.best!;
  const { nEstimators, maxDepth, minSamplesLeaf, maxFeatures } = params;
  return {
    seconds,
    result: {
      best: score,
      params: {
        n_estimators: nEstimators,
        max_depth: maxDepth,
        min_samples_leaf: minSamplesLeaf,
        max_features: maxFeatures,
      },
      trials: found.completeTrials,
      trees: found.experiments.reduce((sum, { hyperparameters }) => sum + Number(hyperparameters.nEstimators), 0),
    },
  };
}

type PeerMode = 'threads' | 'processes';

function theirSearch(peer: Peer, { trials, trees }: Size, runs: PeerMode, round: number): Promise<TimedResult<Search>> {
  return peer.call<Search>('study', {
    runs,
    trials,
    seed: round + 1,
    space: {
      n_estimators: integers(trees),
      max_depth: integers(MAX_DEPTH),
      min_samples_leaf: { ...integers(MIN_SAMPLES_LEAF), log: true },
      max_features: { type: 'float', low: MAX_FEATURES[0], high: MAX_FEATURES[1] },
    },
  });
}

function integers([low, high]: readonly [number, number]) {
  return { type: 'int', low, high };
}

/**
 * The peer's quicker way, by the better of two short searches each, in turn: their start-up trials do not depend on how
 * trials run, so both do the same work.
 */
async function fasterMode(report: Report, peer: Peer, size: Size, label: string): Promise<PeerMode> {
  const short = { ...size, trials: Math.min(size.trials, STARTUP_TRIALS) };
  const seconds = { threads: Number.POSITIVE_INFINITY, processes: Number.POSITIVE_INFINITY };
  for (const mode of ['threads', 'processes', 'processes', 'threads'] as const) {
    seconds[mode] = Math.min(seconds[mode], (await theirSearch(peer, short, mode, 0)).seconds);
  }
  for (const [mode, value] of Object.entries(seconds)) {
    report({ name: `${label}: ${short.trials} trials of Optuna in ${mode}`, unit: 's', value });
  }
  return seconds.threads < seconds.processes ? 'threads' : 'processes';
}

async function load(peer: Peer, folder: string, data: Dataset): Promise<void> {
  const [features, targets] = [join(folder, 'features'), join(folder, 'targets')];
  await writeFile(features, data.features.values);
  await writeFile(targets, Uint8Array.from(data.targets));
  const folds = new KFold({ nSplits: 5 }).split(data);
  const { result } = await peer.call<readonly [number, readonly (readonly [number, number])[]]>('load', {
    features,
    targets,
    columns: COLUMNS,
    folds: folds.map(({ train, test }) => ({ train: [...train], test: [...test] })),
  });
  assert.deepEqual(
    result,
    [data.targets.length, folds.map(({ train, test }) => [train.length, test.length])],
    'the peer must have the rows and folds that were sent',
  );
}

function requireSearch({ best, trials }: Search, size: Size, whose: string): void {
  assert.equal(trials, size.trials, `every trial of ${whose} must be complete`);
  // Two thirds of the labels follow from the features: what learned nothing would be near one half.
  assert.ok(best > 0.6, `${whose} must find what can be learned; its best accuracy is ${best}`);
}

/** The same hyperparameters mean the same to both: scikit-learn reaches what ours did, but for the luck of the best. */
async function requireSameScores(peer: Peer, { params, best }: Search): Promise<void> {
  const { result } = await peer.call<number>('score', { params, seed: 1 });
  assert.ok(
    Math.abs(result - best) < 0.05,
    `both forests must score alike at ${JSON.stringify(params)}; ${best}, ${result}`,
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
