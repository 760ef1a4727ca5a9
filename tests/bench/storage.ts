import { copyFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerformanceMonitor, type PerformanceStorage } from '@mlperf/core';
import { openPostgresStorage } from '@mlperf/storage-postgres';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { startPostgres, whyNoServer } from '../fixtures/embedded-postgres.ts';
import type { BenchmarkOptions, Report } from './harness/figure.ts';
import { MODEL_NAME, openPredictions } from './storage/history.ts';
import { benchClock, compareSummaries, reportQueries } from './storage/measure-queries.ts';
import { reportTrials } from './storage/measure-trials.ts';
import { reportEventLoop, reportRates } from './storage/measure-writes.ts';
import { fillPostgres, schemaBytes } from './storage/postgres-history.ts';
import { sqliteHistory } from './storage/sqlite-history.ts';

export const name = 'storage';

/** A summary must cost the same in a store of this many outcomes as in the large one. */
const FEW_OUTCOMES = 10_000;

/**
 * What storage costs: durable writes, the host's event loop meanwhile, every window and summary query over a long
 * history, one more trial after many, and room. SQLite's history of ten million outcomes is made once, in minutes, and
 * kept; the server's is loaded by each run. `MLPERF_BENCH_OUTCOMES` asks for another number.
 */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mlperf-bench-'));
  try {
    const open = (name: string) => openSqliteStorage(join(folder, `${name}.sqlite`));
    await reportWrites(report, 'SQLite', open, { quick, atLeast: 50_000 });
    await reportSqliteQueries(report, folder, quick);
  } finally {
    await rm(folder, { recursive: true });
  }
  const skipped = whyNoServer();
  if (skipped !== undefined) {
    report({ name: 'Postgres: durable outcomes with their predictions', unit: '1/s', skipped });
    return;
  }
  const server = await startPostgres({ fsync: true, settings: ['shared_buffers=2GB', 'max_wal_size=4GB'] });
  try {
    const open = (schema: string) => openPostgresStorage(server.url, { schema });
    await reportWrites(report, 'Postgres', open, { quick, atLeast: 20_000 });
    await reportPostgresQueries(report, server.url, quick);
  } finally {
    await server.dispose();
  }
}

async function reportWrites(
  report: Report,
  store: string,
  open: (name: string) => Promise<PerformanceStorage>,
  { quick, atLeast }: { readonly quick: boolean; readonly atLeast: number },
): Promise<void> {
  const rates = await open('rates');
  await reportRates(report, rates, { store, outcomes: quick ? 10_000 : 200_000, atLeast });
  await rates.close();
  const paced = await open('paced');
  await reportEventLoop(report, paced, { store, seconds: quick ? 1 : 10 });
  await paced.close();
  const [small, large] = [await open('few_trials'), await open('many_trials')];
  await reportTrials(report, small, large, { store, many: quick ? 2_000 : 100_000, rounds: quick ? 50 : 300 });
  await small.close();
  await large.close();
}

async function reportSqliteQueries(report: Report, folder: string, quick: boolean): Promise<void> {
  const outcomes = outcomesOf(quick);
  const { path, bytes } = await sqliteHistory(outcomes);
  const fewPath = join(folder, 'few.sqlite');
  copyFileSync((await sqliteHistory(FEW_OUTCOMES)).path, fewPath);
  const [large, small] = [await openSqliteStorage(path), await openSqliteStorage(fewPath)];
  await reportHistory(report, 'SQLite', { large, small, outcomes, bytes, quick });
}

async function reportPostgresQueries(report: Report, url: string, quick: boolean): Promise<void> {
  const outcomes = outcomesOf(quick);
  const storages: PerformanceStorage[] = [];
  for (const [schema, count] of [['history', outcomes] as const, ['few', FEW_OUTCOMES] as const]) {
    storages.push(await openPostgresStorage(url, { schema }));
    await fillPostgres(url, schema, count);
  }
  const [large, small] = storages as [PerformanceStorage, PerformanceStorage];
  const bytes = await schemaBytes(url, 'history');
  await reportHistory(report, 'Postgres', { large, small, outcomes, bytes, quick });
}

interface History {
  readonly large: PerformanceStorage;
  readonly small: PerformanceStorage;
  readonly outcomes: number;
  readonly bytes: number;
  readonly quick: boolean;
}

async function reportHistory(
  report: Report,
  store: string,
  { large, small, outcomes, bytes, quick }: History,
): Promise<void> {
  const rounds = quick ? 10 : 300;
  report({ name: `${store}: room of a million outcomes`, value: (bytes / outcomes) * (1e6 / 2 ** 20), unit: 'MiB' });
  await large.predictions.append(openPredictions());
  const open = (storage: PerformanceStorage) =>
    PerformanceMonitor.open({ storage, clock: benchClock(), modelName: MODEL_NAME });
  const [many, few] = [await open(large), await open(small)];
  await reportQueries(report, large, many, { store, outcomes, rounds });
  const counts = [outcomes, FEW_OUTCOMES].map((count) => count.toLocaleString('en-US')).join(' outcomes against ');
  report({
    name: `${store}: summary of 30 days at ${counts}`,
    value: await compareSummaries(few, many, rounds),
    unit: '×',
  });
  for (const [monitor, storage] of [[many, large] as const, [few, small] as const]) {
    await monitor.close();
    await storage.close();
  }
}

function outcomesOf(quick: boolean): number {
  return quick ? 100_000 : Number(process.env.MLPERF_BENCH_OUTCOMES ?? 10_000_000);
}
