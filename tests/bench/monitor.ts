import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  Adwin,
  confusionCountsOf,
  EDetector,
  f1ScoreOfCounts,
  keyedRandom,
  logLossOf,
  metricsOf,
  OutcomeWindow,
  precisionOfCounts,
  recallOfCounts,
  type WindowEntry,
  windowOnlyMetrics,
} from '@mlperf/core';
import type { BenchmarkOptions, Figure, Report } from './harness/figure.ts';
import { openPeer, type Peer } from './peers/peer.ts';
import { sideBySide, timed } from './peers/side-by-side.ts';

export const name = 'monitor';

const WINDOW = 50;
const ROUNDS = 7;
const MEBIBYTE = 2 ** 20;
const FLOOR = { floor: 0.55, falseAlarmEvery: 2_000 };
const COMPARED = ['accuracy', 'precision', 'recall', 'f1_score', 'log_loss'] as const;

/** How river is used: its quickest way, and the way its documentation shows. */
const RIVER = [
  { call: 'shared', words: 'one confusion matrix' },
  { call: 'separate', words: 'a window per metric' },
] as const;

type Sums = { readonly [metric in (typeof COMPARED)[number]]: number } & { readonly alarms: readonly number[] };

/**
 * What watching one model costs: an outcome tracked with every metric and the default detector read after each, the
 * memory that many outcomes leave behind, and the same work as river's on the same stream.
 */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  report({ name: 'load of the machine over the last minute, before', value: loadavg()[0] ?? 0, unit: 'processes' });
  reportTimes(report, quick ? 20_000 : 500_000);
  reportReading(report, quick ? 500 : 20_000);
  await reportMemory(report, quick ? 1_000_000 : 10_000_000);
  await reportRiver(report, quick ? 5_000 : 50_000);
  report({ name: 'load of the machine over the last minute, after', value: loadavg()[0] ?? 0, unit: 'processes' });
}

function reportTimes(report: Report, count: number): void {
  const random = keyedRandom('monitor');
  const symbols = ['BTC-USD', 'ETH-USD', 'SOL-USD'];
  const window = new OutcomeWindow(WINDOW, 1_000);
  const detector = new EDetector(FLOOR);
  const times = new Float64Array(count);
  let accuracySum = 0;
  let hits = 0;
  for (let i = 0; i < count; i++) {
    const hit = random.next() < 0.6;
    if (hit) hits++;
    const segment = symbols[i % symbols.length]!;
    const entry: WindowEntry = {
      predictionId: 'p',
      segment,
      observedAt: i,
      observation: {
        predicted: 'up',
        observed: hit ? 'up' : 'down',
        confidence: 0.5 + 0.5 * random.next(),
        netReturn: hit ? 0.01 : -0.01,
        price: hit ? 101 : 99,
        predictedPrice: 101,
        predictedAt: i - 1,
      },
    };
    const start = performance.now();
    window.push(entry);
    detector.update(hit, segment);
    const metrics = metricsOf(window.aggregate, { periodsPerYear: 8_760 });
    times[i] = (performance.now() - start) * 1_000;
    accuracySum += metrics.accuracy ?? 0;
  }
  // The mean of the rolling accuracy is the hit rate, but for the edges.
  assert.ok(Math.abs(accuracySum / count - hits / count) < 0.01, 'the rolling accuracy is right');
  // The first tenth warms the compiler up.
  const warm = times.slice(Math.floor(count / 10)).sort();
  const quantile = (share: number) => warm[Math.min(warm.length - 1, Math.floor(share * warm.length))]!;
  const figure = 'one outcome: window, all metrics of sums, default detector';
  report({ name: `${figure}, median`, value: quantile(0.5), unit: 'µs', budget: { max: 2 } });
  report({ name: `${figure}, p99.9`, value: quantile(0.999), unit: 'µs', budget: { max: 100 } });
}

/** AUC, drawdown and the like have no sums to be read from: they are computed when somebody asks. */
function reportReading(report: Report, count: number): void {
  const rows = streamOf(WINDOW).map((entry, i) => ({
    ...entry,
    observation: { ...entry.observation, netReturn: i % 3 === 0 ? -0.01 : 0.01 },
  }));
  const { seconds, result } = timed(() => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += windowOnlyMetrics(rows, { periodsPerYear: 8_760 }).roc_auc ?? 0;
    return sum / count;
  });
  assert.ok(result > 0 && result < 1, 'the window has an AUC');
  const figure = `reading the metrics that need the rows of a window, ${WINDOW} outcomes`;
  report({ name: figure, value: (seconds / count) * 1e6, unit: 'µs' });
}

async function reportMemory(report: Report, outcomes: number): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    '--conditions=@mlperf/source',
    join(import.meta.dirname, 'memory', 'track-outcomes.ts'),
    String(outcomes),
  ]);
  const { heap, resident, meanAccuracy } = JSON.parse(stdout) as Readonly<Record<string, number>>;
  assert.ok(Math.abs((meanAccuracy ?? 0) - 0.6) < 0.01, 'the outcomes were tracked');
  const over = `over ${outcomes.toLocaleString('en-US')} outcomes`;
  // A byte for every tenth outcome; what the compiler and the collector hold moves by less.
  report({
    name: `growth of the heap ${over}`,
    value: (heap ?? Number.NaN) / MEBIBYTE,
    unit: 'MiB',
    budget: { max: 1 },
  });
  report({
    name: `growth of resident memory ${over}`,
    value: (resident ?? Number.NaN) / MEBIBYTE,
    unit: 'MiB',
    budget: { max: 10 },
  });
}

/** Five rolling metrics and ADWIN over one stream, ours and river's in turn. */
export async function reportRiver(report: Report, outcomes: number): Promise<void> {
  const ratioFigure = ({ words }: (typeof RIVER)[number]): Omit<Figure, 'value' | 'skipped'> => ({
    name: `river's time over ours, river with ${words}`,
    unit: '×',
    budget: { min: 20 },
  });
  const peer = await openPeer('river_monitoring.py');
  if ('missing' in peer) {
    for (const way of RIVER) report({ ...ratioFigure(way), skipped: peer.missing });
    return;
  }
  const stream = streamOf(outcomes);
  const ofEach = (seconds: number) => (seconds / outcomes) * 1e6;
  try {
    await loadStream(peer, stream);
    for (const way of RIVER) {
      const { ratio, ratios, ourSeconds, theirSeconds } = await sideBySide<Sums, Sums>({
        rounds: ROUNDS,
        ours: () => timed(() => track(stream)),
        theirs: () => peer.call<Sums>(way.call, { window: WINDOW }),
        agree: (ours, theirs) => requireEqual(ours, theirs, outcomes),
      });
      report({
        name: `five rolling metrics and ADWIN, ours, beside river with ${way.words}`,
        value: ofEach(ourSeconds),
        unit: 'µs',
      });
      report({
        name: `five rolling metrics and ADWIN, river ${peer.versions.river} with ${way.words}`,
        value: ofEach(theirSeconds),
        unit: 'µs',
      });
      report({ ...ratioFigure(way), value: ratio });
      report({ name: `lowest ratio of a round, river with ${way.words}`, value: Math.min(...ratios), unit: '×' });
    }
  } finally {
    await peer.close();
  }
  const withDetector = Array.from({ length: ROUNDS }, () => timed(() => detect(stream)).seconds).sort((a, b) => a - b);
  report({ name: 'the default e-detector alone, ours', value: ofEach(withDetector[3]!), unit: 'µs' });
}

function requireEqual(ours: Sums, theirs: Sums, outcomes: number): void {
  for (const metric of COMPARED) {
    const off = Math.abs(ours[metric] - theirs[metric]) / outcomes;
    assert.ok(off < 1e-9, `rolling ${metric} must equal river's; the means differ by ${off}`);
  }
  assert.deepEqual(ours.alarms, theirs.alarms, 'ADWIN must find its drifts where river does');
}

async function loadStream(peer: Peer, stream: readonly WindowEntry[]): Promise<void> {
  await peer.call('load', {
    observed: stream.map(({ observation }) => Number(observation.observed === 'up')),
    predicted: stream.map(({ observation }) => Number(observation.predicted === 'up')),
    upProbability: stream.map(({ observation }) => observation.upProbability),
  });
}

/** A hit rate that moves between 60 and 50 %, so that ADWIN has something to find. */
function streamOf(count: number): readonly WindowEntry[] {
  const random = keyedRandom('monitor', 'river');
  return Array.from({ length: count }, (_, i) => {
    const predicted = random.next() < 0.5 ? ('up' as const) : ('down' as const);
    const other = predicted === 'up' ? ('down' as const) : ('up' as const);
    const rate = Math.floor((4 * i) / count) % 2 === 0 ? 0.6 : 0.5;
    const observed = random.next() < rate ? predicted : other;
    const confidence = 0.5 + 0.5 * random.next();
    const upProbability = predicted === 'up' ? confidence : 1 - confidence;
    const observation = { predicted, observed, confidence, upProbability };
    return { predictionId: `p${i}`, segment: 'BTC-USD', observedAt: i, observation };
  });
}

function track(stream: readonly WindowEntry[]): Sums {
  const window = new OutcomeWindow(WINDOW);
  const adwin = new Adwin({ resetOnDrift: true });
  const alarms: number[] = [];
  let accuracy = 0;
  let precision = 0;
  let recall = 0;
  let f1 = 0;
  let logLoss = 0;
  for (let i = 0; i < stream.length; i++) {
    const entry = stream[i]!;
    window.push(entry);
    adwin.update(entry.observation.predicted === entry.observation.observed ? 0 : 1);
    if (adwin.driftDetected) alarms.push(i);
    const { aggregate } = window;
    const counts = confusionCountsOf(aggregate, 'up');
    // river says 0 where a metric is undefined.
    accuracy += aggregate.correct / aggregate.count;
    precision += precisionOfCounts(counts) ?? 0;
    recall += recallOfCounts(counts) ?? 0;
    f1 += f1ScoreOfCounts(counts) ?? 0;
    logLoss += logLossOf(aggregate) ?? 0;
  }
  return { accuracy, precision, recall, f1_score: f1, log_loss: logLoss, alarms };
}

function detect(stream: readonly WindowEntry[]): number {
  const detector = new EDetector(FLOOR);
  let alarms = 0;
  for (const { observation, segment } of stream) {
    if (detector.update(observation.predicted === observation.observed, segment) !== undefined) alarms++;
  }
  return alarms;
}
