import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelFamily, StorageStores, TrainedModel } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { defineSpace, float, HyperparameterTuner } from '@mlperf/tuning';
import { waves } from '../forest/waves.ts';
import type { BenchmarkOptions, Report } from '../harness/figure.ts';

const ROWS = 200;
const COLUMNS = 2;
const SPACE = defineSpace({ share: float(0, 1) });

/** What one trial may cost beyond its fits, on a file that is on disk before the trial counts. Milliseconds. */
const SQLITE_BUDGET_MS = 5;

/**
 * What the engine costs by itself: 1,000 trials of a family that learns nothing, independently sampled, in this thread,
 * on memory and on a SQLite file. Folds, claims, the stored trial, its answers to every test row and the report at the
 * end are included. A trial on disk is a claim, its answers and its end, three writes that those of other trials share a
 * commit with; beside it stands the time of one write. Needs a quiet machine and disk.
 */
export async function reportOverhead(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  const trials = quick ? 50 : 1_000;
  await measure(report, openMemoryStorage(), { trials, on: 'memory' });
  const folder = await mkdtemp(join(tmpdir(), 'mlperf-overhead-'));
  const storage = await openSqliteStorage(join(folder, 'study.sqlite'));
  try {
    await storage.migrate();
    await measure(report, storage, { trials, on: 'SQLite', budgetMs: SQLITE_BUDGET_MS });
    const ms = await timeOfWrite(storage.artifacts, quick ? 20 : 200);
    report({ name: 'one write on SQLite by itself, on disk when it resolves', value: ms, unit: 'ms' });
  } finally {
    await storage.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Mean time of a write, one after the other: what a trial on a disk is to be held against. */
async function timeOfWrite(artifacts: StorageStores['artifacts'], writes: number): Promise<number> {
  const bytes = new Uint8Array(ROWS * 3 * Float32Array.BYTES_PER_ELEMENT);
  const start = process.hrtime.bigint();
  for (let i = 0; i < writes; i++) {
    // Each another content: an artifact that is stored is not written again.
    new DataView(bytes.buffer).setUint32(0, i);
    await artifacts.put(bytes);
  }
  return Number(process.hrtime.bigint() - start) / 1e6 / writes;
}

interface Measured {
  readonly trials: number;
  readonly on: string;
  readonly budgetMs?: number;
}

async function measure(
  report: Report,
  storage: Pick<StorageStores, 'studies' | 'trials' | 'artifacts'>,
  { trials, on, budgetMs }: Measured,
): Promise<void> {
  const tuner = new HyperparameterTuner({
    family: constantFamily,
    searchSpace: SPACE,
    config: { metric: 'log_loss' },
    storage,
    seed: 'overhead',
  });
  const data = waves(ROWS, COLUMNS, 'overhead');
  const search = async () => {
    const before = process.cpuUsage();
    const start = process.hrtime.bigint();
    const found = await tuner.randomSearch(data, { nTrials: trials });
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    const { user, system } = process.cpuUsage(before);
    assert.equal(found.completeTrials, trials, `every trial on ${on} must be complete`);
    return { ms, cpuMs: (user + system) / 1e3, resumed: found.resumedTrials };
  };
  const whole = await search();
  const again = await search();
  assert.equal(again.resumed, trials, 'a second search must find every trial stored');
  const label = `${trials.toLocaleString('en-US')} trials of nothing on ${on}`;
  report({ name: `${label}: throughput`, value: (1_000 * trials) / whole.ms, unit: 'trials/s' });
  report({
    name: `${label}: time of one trial`,
    value: whole.ms / trials,
    unit: 'ms',
    ...(budgetMs === undefined ? {} : { budget: { max: budgetMs } }),
  });
  report({ name: `${label}: processor time of one trial, all threads`, value: whole.cpuMs / trials, unit: 'ms' });
  report({ name: `${label}: opened again, and its report`, value: again.ms, unit: 'ms' });
}

/** Says a share for every row, whatever it is. Nothing is learned and nothing takes time. */
const constantFamily: ModelFamily<{ readonly share: number }> = {
  modelType: 'constant',
  task: 'classification',
  defaults: { share: 0.5 },
  searchSpace: SPACE,
  async fit(train, { share = 0.5 }): Promise<TrainedModel> {
    return {
      modelType: 'constant',
      classes: train.classes ?? [],
      featureNames: train.featureNames,
      lookBack: 0,
      predict({ rows }) {
        return Float64Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? 1 - share : share));
      },
      serialize: () => new Uint8Array(),
      dispose: () => undefined,
    };
  },
  load: () => Promise.reject(new Error('a constant is never stored')),
};
