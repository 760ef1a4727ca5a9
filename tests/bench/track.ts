import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  EDetector,
  keyedRandom,
  metricsOf,
  type Outcome,
  OutcomeWindow,
  PerformanceMonitor,
  type PerformanceStorage,
  type Prediction,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import type { BenchmarkOptions, Report } from './harness/figure.ts';
import { reportRiver } from './monitor.ts';

export const name = 'track';

const HOUR_MS = 3_600_000;
const WINDOW = 50;
const SYMBOLS = ['BTC-USD', 'ETH-USD', 'SOL-USD'];
/** Calls under way at once: as many as a busy host would leave unawaited; and made in one go. */
const UNDER_WAY = 8_000;
const GO = 500;
/** Between predictions of a live feed; and of a replay of hourly bars, where each outcome makes a roll-up of its own. */
const LIVE_STEP_MS = 100;
/** A host under load: so many outcomes a second, in bursts of a timer's length. */
const PACE = 2_000;
const BURST_MS = 10;
/** The event loop is asked this often whether it is free. */
const PROBE_MS = 1;

/**
 * What tracking one outcome costs: in memory alone, as a call, until it is durable in SQLite, the host's event loop
 * meanwhile, and beside river.
 */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  reportTimes(
    report,
    'one outcome in memory: window, all metrics, detector',
    timesInMemory(quick ? 20_000 : 500_000),
    2,
  );
  reportTimes(
    report,
    'one call of trackPredictionOutcome, until it returns',
    await timesOfCalls(quick ? 5_000 : 100_000),
  );
  const memory = { report, outcomes: quick ? 5_000 : 30_000, stepMs: LIVE_STEP_MS };
  await reportRate({ ...memory, figure: 'durable outcomes, memory' }, openMemoryStorage(), track);
  const folder = await mkdtemp(join(tmpdir(), 'mlperf-bench-'));
  try {
    const open = (name: string) => openSqliteStorage(join(folder, `${name}.sqlite`));
    const live = { report, outcomes: quick ? 5_000 : 100_000, stepMs: LIVE_STEP_MS, atLeast: 50_000 };
    await reportRate({ ...live, figure: 'durable outcomes, SQLite' }, await open('track'), track);
    const two = 'durable outcomes, SQLite, prediction and outcome in two calls';
    await reportRate({ ...live, figure: two }, await open('two-calls'), recordBoth);
    const replay = 'durable outcomes, SQLite, each in an hour of its own';
    await reportRate(
      { report, outcomes: quick ? 5_000 : 50_000, stepMs: HOUR_MS, figure: replay },
      await open('replay'),
      track,
    );
    await reportEventLoop(report, await openSqliteStorage(join(folder, 'paced.sqlite')), quick ? 1 : 5);
  } finally {
    await rm(folder, { recursive: true });
  }
  await reportRiver(report, quick ? 5_000 : 50_000);
}

function timesInMemory(outcomes: number): Float64Array {
  const random = keyedRandom('track');
  const window = new OutcomeWindow(WINDOW, 1_000);
  const detector = new EDetector({ floor: 0.55, falseAlarmEvery: 2_000 });
  const times = new Float64Array(outcomes);
  let accuracySum = 0;
  let hits = 0;
  for (let i = 0; i < outcomes; i++) {
    const hit = random.next() < 0.6;
    if (hit) hits++;
    const segment = SYMBOLS[i % SYMBOLS.length]!;
    const entry = {
      predictionId: 'p',
      segment,
      observedAt: i,
      observation: {
        predicted: 'up' as const,
        observed: hit ? ('up' as const) : ('down' as const),
        confidence: 0.5 + 0.5 * random.next(),
        netReturn: hit ? 0.01 : -0.01,
      },
    };
    const start = process.hrtime.bigint();
    window.push(entry);
    detector.update(hit, segment);
    const metrics = metricsOf(window.aggregate, { periodsPerYear: 8_760 });
    times[i] = Number(process.hrtime.bigint() - start) / 1_000;
    accuracySum += metrics.accuracy ?? 0;
  }
  // The mean of the rolling accuracy is the hit rate, but for the edges.
  assert.ok(Math.abs(accuracySum / outcomes - hits / outcomes) < 0.01, 'the rolling accuracy is right');
  return times;
}

async function timesOfCalls(calls: number): Promise<Float64Array> {
  const storage = openMemoryStorage();
  const monitor = await PerformanceMonitor.open({ storage, modelVersionId: 'v1' });
  const times = new Float64Array(calls);
  let tracked: Promise<void>[] = [];
  for (let i = 0; i < calls; i++) {
    const [prediction, outcome] = pair(i);
    const start = process.hrtime.bigint();
    tracked.push(monitor.trackPredictionOutcome(prediction, outcome));
    times[i] = Number(process.hrtime.bigint() - start) / 1_000;
    if (tracked.length === 500) {
      await Promise.all(tracked);
      tracked = [];
    }
  }
  await Promise.all(tracked);
  assert.equal(monitor.detectDegradation().outcomesSeen, calls);
  await monitor.close();
  await storage.close();
  return times;
}

interface RateOptions {
  readonly report: Report;
  readonly figure: string;
  readonly outcomes: number;
  /** From one prediction to the next. */
  readonly stepMs: number;
  readonly atLeast?: number;
}

type Call = (monitor: PerformanceMonitor, pair: readonly [Prediction, Outcome]) => Promise<unknown>;

const track: Call = (monitor, [prediction, outcome]) => monitor.trackPredictionOutcome(prediction, outcome);

const recordBoth: Call = (monitor, [prediction, outcome]) =>
  Promise.all([monitor.recordPrediction(prediction), monitor.recordOutcome(prediction.id, outcome)]);

/** Outcomes a second from the first call until the last is durable, with as many calls under way as are allowed. */
async function reportRate(
  { report, figure, outcomes, stepMs, atLeast }: RateOptions,
  storage: PerformanceStorage,
  call: Call,
): Promise<void> {
  await storage.migrate();
  const monitor = await PerformanceMonitor.open({ storage, modelVersionId: 'v1' });
  const pairs = Array.from({ length: outcomes }, (_, i) => pair(i, stepMs));
  const underWay: Promise<unknown>[] = [];
  const start = performance.now();
  for (let i = 0; i < outcomes; i += GO) {
    if (underWay.length >= UNDER_WAY / GO) await underWay.shift();
    underWay.push(Promise.all(pairs.slice(i, i + GO).map((each) => call(monitor, each))));
  }
  await Promise.all(underWay);
  const seconds = (performance.now() - start) / 1_000;
  assert.equal(monitor.detectDegradation().outcomesSeen, outcomes);
  const stored = await storage.predictions.outcomesAfter({
    modelVersionId: 'v1',
    role: 'live',
    afterSequence: 0,
    limit: 100_000,
  });
  assert.equal(stored.length, Math.min(outcomes, 100_000));
  await monitor.close();
  await storage.close();
  report({
    name: figure,
    value: outcomes / seconds,
    unit: '1/s',
    ...(atLeast !== undefined && { budget: { min: atLeast } }),
  });
}

/** How long the event loop is kept from a timer that is due, while outcomes come in at a steady pace. */
async function reportEventLoop(report: Report, storage: PerformanceStorage, seconds: number): Promise<void> {
  const monitor = await PerformanceMonitor.open({ storage, modelVersionId: 'v1' });
  const outcomes = PACE * seconds;
  const pairs = Array.from({ length: outcomes }, (_, i) => pair(i));
  const delays = monitorEventLoopDelay({ resolution: PROBE_MS });
  const tracked: Promise<void>[] = [];
  delays.enable();
  const start = performance.now();
  while (tracked.length < outcomes) {
    await sleep(BURST_MS);
    const due = Math.min(outcomes, Math.floor(((performance.now() - start) / 1_000) * PACE));
    for (const [prediction, outcome] of pairs.slice(tracked.length, due)) {
      tracked.push(monitor.trackPredictionOutcome(prediction, outcome));
    }
  }
  await Promise.all(tracked);
  const pace = (outcomes * 1_000) / (performance.now() - start);
  delays.disable();
  assert.equal(monitor.detectDegradation().outcomesSeen, outcomes);
  await monitor.close();
  await storage.close();
  // What is recorded is the time from one probe to the next; a free loop has the probe's own interval.
  const blockedMs = (share: number) => Math.max(0, delays.percentile(share) / 1e6 - PROBE_MS);
  const figure = `event loop of the host while SQLite takes ${PACE.toLocaleString('en-US')} outcomes a second`;
  report({ name: `${figure}: blocked, p99`, value: blockedMs(99), unit: 'ms', budget: { max: 5 } });
  report({ name: `${figure}: the pace kept until the last is durable`, value: pace, unit: '1/s' });
  report({ name: `${figure}: blocked, longest`, value: blockedMs(100), unit: 'ms' });
}

function reportTimes(report: Report, figure: string, times: Float64Array, atMost?: number): void {
  // The first tenth warms the compiler up.
  const warm = times.slice(Math.floor(times.length / 10)).sort();
  const quantile = (share: number) => warm[Math.min(warm.length - 1, Math.floor(share * warm.length))]!;
  report({
    name: `${figure}, median`,
    value: quantile(0.5),
    unit: 'µs',
    ...(atMost !== undefined && { budget: { max: atMost } }),
  });
  report({ name: `${figure}, p99.9`, value: quantile(0.999), unit: 'µs' });
}

function pair(i: number, stepMs = HOUR_MS): readonly [Prediction, Outcome] {
  return [
    {
      id: `p${i}`,
      modelVersionId: 'v1',
      symbol: SYMBOLS[i % SYMBOLS.length]!,
      predictedAt: i * stepMs,
      direction: i % 2 === 0 ? 'up' : 'down',
      confidence: 0.6,
      referencePrice: 100,
    },
    { observedAt: i * stepMs + HOUR_MS, price: i % 5 < 3 ? 101 : 99 },
  ];
}
