import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutcomeResolution, PerformanceStorage, RecordedPrediction } from '@mlperf/core';
import type { Report } from '../harness/figure.ts';
import { SYMBOLS } from './history.ts';

const MINUTE_MS = 60_000;
const START_AT = 1_767_225_600_000;
/** Outcomes of one call, and calls under way: what a busy host leaves unawaited. */
const BATCH = 1_000;
const UNDER_WAY = 8;
/** A host under load: so many outcomes a second, in bursts of a timer's length. */
const PACE = 2_000;
const BURST_MS = 10;
/** The event loop is asked this often whether it is free. */
const PROBE_MS = 1;

export interface WriteOptions {
  readonly store: string;
  readonly outcomes: number;
  /** Durable outcomes a second. */
  readonly atLeast: number;
}

/** Outcomes a second until they are durable: with their predictions in one call, and of predictions stored before. */
export async function reportRates(
  report: Report,
  storage: PerformanceStorage,
  { store, outcomes, atLeast }: WriteOptions,
): Promise<void> {
  const { predictions } = storage;
  const batches = Array.from({ length: Math.ceil(outcomes / BATCH) }, (_, b) => pairs('one', b * BATCH, BATCH));
  const rate = await rateOf(batches, ({ made, resolutions }) => predictions.record({ predictions: made, resolutions }));
  report({
    name: `${store}: durable outcomes with their predictions`,
    value: rate,
    unit: '1/s',
    budget: { min: atLeast },
  });
  const later = batches.map((_, b) => pairs('two', b * BATCH, BATCH));
  await rateOf(later, ({ made }) => predictions.append(made));
  report({
    name: `${store}: durable outcomes of predictions stored before`,
    value: await rateOf(later, ({ resolutions }) => predictions.resolve(resolutions)),
    unit: '1/s',
    budget: { min: atLeast },
  });
  for (const modelVersionId of ['one', 'two']) {
    const from = START_AT - 1;
    const { versions } = await storage.rollups.totals({ modelVersionId, role: 'live', from, to: from * 2 });
    const [total] = versions;
    assert.deepEqual(
      [total?.predictionsCount, total?.outcomes.count],
      [batches.length * BATCH, batches.length * BATCH],
    );
  }
}

/** How long the event loop is kept from a timer that is due, while single outcomes come in at a steady pace. */
export async function reportEventLoop(
  report: Report,
  storage: PerformanceStorage,
  { store, seconds }: { readonly store: string; readonly seconds: number },
): Promise<void> {
  const outcomes = PACE * seconds;
  const { made, resolutions } = pairs('paced', 0, outcomes);
  const delays = monitorEventLoopDelay({ resolution: PROBE_MS });
  const writes: Promise<unknown>[] = [];
  delays.enable();
  const start = performance.now();
  while (writes.length < outcomes) {
    await sleep(BURST_MS);
    const due = Math.min(outcomes, Math.floor(((performance.now() - start) / 1_000) * PACE));
    while (writes.length < due) {
      const i = writes.length;
      const request = { predictions: [made[i]!], resolutions: [resolutions[i]!] };
      writes.push(storage.predictions.record(request));
    }
  }
  await Promise.all(writes);
  delays.disable();
  const query = { modelVersionId: 'paced', role: 'live', limit: 100_000 } as const;
  assert.equal((await storage.predictions.recentOutcomes(query)).length, outcomes);
  // What is recorded is the time from one probe to the next; a free loop has the probe's own interval.
  const blockedMs = (share: number) => Math.max(0, delays.percentile(share) / 1e6 - PROBE_MS);
  const figure = `${store}: event loop while it takes ${PACE.toLocaleString('en-US')} outcomes a second, blocked`;
  report({ name: `${figure}, p99`, value: blockedMs(99), unit: 'ms', budget: { max: 5 } });
  report({ name: `${figure}, longest`, value: blockedMs(100), unit: 'ms' });
}

async function rateOf<T>(batches: readonly T[], write: (batch: T) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < batches.length) await write(batches[next++]!);
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, lane));
  return (batches.length * BATCH * 1_000) / (performance.now() - start);
}

/** Ten symbols, a bar a minute. */
function pairs(
  modelVersionId: string,
  from: number,
  count: number,
): { readonly made: readonly RecordedPrediction[]; readonly resolutions: readonly OutcomeResolution[] } {
  const made = Array.from({ length: count }, (_, i): RecordedPrediction => {
    const id = `${modelVersionId}-${from + i}`;
    const predictedAt = START_AT + Math.floor((from + i) / SYMBOLS.length) * MINUTE_MS;
    return {
      id,
      decisionId: id,
      role: 'live',
      modelName: 'writes',
      modelVersionId,
      symbol: SYMBOLS[i % SYMBOLS.length]!,
      predictedAt,
      dueAt: predictedAt + 60 * MINUTE_MS,
      direction: i % 2 === 0 ? 'up' : 'down',
      confidence: 0.5 + (i % 50) / 100,
      referencePrice: 100,
      recordedAt: predictedAt + 5,
    };
  });
  const resolutions = made.map(({ id, predictedAt, direction }, i): OutcomeResolution => {
    const marketReturn = i % 5 < 3 ? 0.01 : -0.01;
    const observed = marketReturn > 0 ? 'up' : 'down';
    return {
      predictionId: id,
      recordedAt: predictedAt + 60 * MINUTE_MS + 100,
      outcome: {
        observedAt: predictedAt + 60 * MINUTE_MS,
        price: 100 * (1 + marketReturn),
        direction: observed,
        correct: observed === direction,
        marketReturn,
        netReturn: direction === 'up' ? marketReturn : -marketReturn,
      },
    };
  });
  return { made, resolutions };
}
