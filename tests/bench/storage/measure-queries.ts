import assert from 'node:assert/strict';
import {
  keyedRandom,
  ManualClock,
  type PerformanceMonitor,
  type PerformanceStorage,
  type PredictionFilter,
  type RandomSource,
  type RollupQuery,
  randomInteger,
} from '@mlperf/core';
import type { Report } from '../harness/figure.ts';
import { DAYS, END_AT, MODEL_NAME, START_AT, SYMBOLS, VERSIONS } from './history.ts';

const DAY_MS = 86_400_000;
/** The most that any query may take, 99 times of 100. */
const BUDGET_MS = 20;

export interface QueryOptions {
  readonly store: string;
  readonly outcomes: number;
  /** How often each query is asked. */
  readonly rounds: number;
}

/** A query with other arguments each time, and how many rows its answer has. */
type Query = (random: RandomSource) => Promise<number>;

/** Half-way through the last hour, so that a range of days ends amid one. */
export function benchClock(): ManualClock {
  return new ManualClock(END_AT - 1_800_000);
}

/**
 * Times of every window and summary query, each with arguments of its own every time, over all of the history.
 * @param monitor - Of the model name, on the same storage.
 */
export async function reportQueries(
  report: Report,
  storage: PerformanceStorage,
  monitor: PerformanceMonitor,
  { store, outcomes, rounds }: QueryOptions,
): Promise<void> {
  const million = outcomes >= 1e6 ? `${outcomes / 1e6} million` : outcomes.toLocaleString('en-US');
  for (const [name, query] of Object.entries(queriesOf(storage, monitor))) {
    const random = keyedRandom(`queries ${name}`);
    const times: number[] = [];
    let rows = 0;
    for (let i = 0; i < rounds; i++) {
      const start = performance.now();
      rows += await query(random);
      times.push(performance.now() - start);
    }
    assert.ok(rows > 0, `${name} must find something`);
    times.sort((a, b) => a - b);
    const quantile = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))]!;
    const figure = `${store}, ${million} outcomes: ${name}`;
    report({ name: `${figure}, median`, value: quantile(0.5), unit: 'ms' });
    report({ name: `${figure}, p99`, value: quantile(0.99), unit: 'ms', budget: { max: BUDGET_MS } });
  }
}

/** The summary of 30 days of two monitors, asked in turn: what it costs in the second against the first. */
export async function compareSummaries(
  few: PerformanceMonitor,
  many: PerformanceMonitor,
  rounds: number,
): Promise<number> {
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < rounds; i++) {
    for (const [m, monitor] of [few, many].entries()) {
      const start = performance.now();
      assert.equal((await monitor.getPerformanceSummary(30)).segments.length, SYMBOLS.length);
      times[m]!.push(performance.now() - start);
    }
  }
  const [fewMedian, manyMedian] = times.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!);
  return manyMedian! / fewMedian!;
}

function queriesOf(storage: PerformanceStorage, monitor: PerformanceMonitor): Readonly<Record<string, Query>> {
  const { predictions, rollups, windows } = storage;
  const list = (filter: (random: RandomSource) => PredictionFilter, limit = 100): Query => {
    return async (random) => (await predictions.list(filter(random), { limit })).items.length;
  };
  const summary = (days: number): Query => {
    return async () => (await monitor.getPerformanceSummary(days)).daily.length;
  };
  const totals = (query: (random: RandomSource) => Omit<RollupQuery, 'role'>): Query => {
    return async (random) => (await rollups.totals({ role: 'live', ...query(random) })).days.length;
  };
  const recent = (windowSize: number, segmented: boolean): Query => {
    return async (random) => {
      const modelVersionId = version(random);
      const segment = segmented ? { segment: symbol(random) } : {};
      return (await monitor.getWindowMetrics({ modelVersionId, windowSize, ...segment }))!.outcomes;
    };
  };
  return {
    'window of 50': recent(50, false),
    'window of 50 of a symbol': recent(50, true),
    'window of 1,000 of a symbol': recent(1_000, true),
    'outcomes after a sequence, 1,000': async (random) =>
      (
        await predictions.outcomesAfter({
          modelVersionId: version(random),
          role: 'live',
          afterSequence: randomInteger(random, 1_000),
          limit: 1_000,
        })
      ).length,
    'summary of 1 day': summary(1),
    'summary of 7 days': summary(7),
    'summary of 30 days': summary(30),
    'summary of 90 days': summary(90),
    'summary of 365 days': summary(365),
    'summary of three years': summary(DAYS),
    'totals of 60 days anywhere': totals((random) => {
      const from = START_AT + Math.floor(random.next() * (DAYS - 60) * DAY_MS);
      return { modelName: MODEL_NAME, from, to: from + 60 * DAY_MS };
    }),
    'totals of a version': totals((random) => ({ modelVersionId: version(random), from: 0, to: END_AT })),
    'totals of a symbol': totals((random) => ({
      modelName: MODEL_NAME,
      segment: symbol(random),
      from: START_AT,
      to: END_AT,
    })),
    'hourly roll-ups of a day': async (random) => {
      const from = START_AT + Math.floor(random.next() * (DAYS - 1) * DAY_MS);
      return (await rollups.range({ modelName: MODEL_NAME, role: 'live', from, to: from + DAY_MS })).length;
    },
    'stored windows, the newest 1,000': async (random) =>
      (await windows.recent({ modelVersionId: version(random), limit: 1_000 })).length,
    'predictions by id, 100': async (random) => {
      const first = randomInteger(random, 1_000);
      const ids = Array.from({ length: 100 }, (_, i) => `${symbol(random)}-${first + i}`);
      return (await predictions.get(ids)).filter((prediction) => prediction !== undefined).length;
    },
    'predictions of a decision': async (random) =>
      (await predictions.findByDecision(`${symbol(random)}-${randomInteger(random, 1_000)}`)).length,
    'list of everything from a time': list((random) => ({ predictedFrom: time(random) })),
    'list of a model name from a time': list((random) => ({ modelName: MODEL_NAME, predictedFrom: time(random) })),
    'list of a version': list((random) => ({ modelVersionId: version(random) })),
    'list of a version and a symbol': list((random) => ({ modelVersionId: version(random), symbol: symbol(random) })),
    'list of a model name and a symbol from a time': list((random) => ({
      modelName: MODEL_NAME,
      symbol: symbol(random),
      predictedFrom: time(random),
    })),
    'list of shadows of a model name from a time': list((random) => ({
      modelName: MODEL_NAME,
      role: 'shadow',
      predictedFrom: time(random),
    })),
    'list of shadows with an outcome of a symbol': list((random) => ({
      symbol: symbol(random),
      role: 'shadow',
      resolved: true,
    })),
    'list of those without an outcome': list(() => ({ resolved: false })),
    'list of those without an outcome of a version': list(() => ({
      modelVersionId: VERSIONS.at(-1)!.modelVersionId,
      role: 'live',
      resolved: false,
    })),
    'list of a symbol nobody predicted for, and of one': async (random) => {
      const none = await predictions.list({ modelName: MODEL_NAME, symbol: 'NONE' });
      return none.items.length + (await predictions.list({ symbol: symbol(random) }, { limit: 1 })).items.length;
    },
  };
}

function version(random: RandomSource): string {
  return VERSIONS[randomInteger(random, VERSIONS.length)]!.modelVersionId;
}

function symbol(random: RandomSource): string {
  return SYMBOLS[randomInteger(random, SYMBOLS.length)]!;
}

/** Early enough that a page of anything follows. */
function time(random: RandomSource): number {
  return START_AT + Math.floor(random.next() * (DAYS - 300) * DAY_MS);
}
