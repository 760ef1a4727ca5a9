import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { PerformanceStorage, TrackedPrediction } from '@mlperf/core';
import { OutcomeAggregate, observationOf } from '@mlperf/core';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { expect, it } from 'vitest';

const demo = resolve(import.meta.dirname, '../../examples/01-paper-trading.ts');

/** Plays the demo and kills it with SIGKILL after so many acknowledged outcomes. @returns the acknowledged ids. */
async function playUntilKilled(database: string, outcomes: number): Promise<readonly string[]> {
  const child = spawn(
    process.execPath,
    ['--conditions=@mlperf/source', demo, '--database', database, '--acknowledge'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const closed = new Promise((done) => child.once('close', done));
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('stored ')) continue;
    acknowledged.push(line.slice('stored '.length));
    if (acknowledged.length === outcomes) child.kill('SIGKILL');
  }
  await closed;
  return acknowledged;
}

async function everyPrediction(storage: PerformanceStorage): Promise<readonly TrackedPrediction[]> {
  const all: TrackedPrediction[] = [];
  let cursor: string | undefined;
  do {
    const page = await storage.predictions.list({}, { limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return all;
}

it('killed in the middle, twice, the demo has every acknowledged outcome once and goes on to the end', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mlperf-kill-'));
  const database = join(directory, 'paper.sqlite');
  try {
    const acknowledged: string[] = [];
    for (const outcomes of [150, 700, Number.POSITIVE_INFINITY]) {
      acknowledged.push(...(await playUntilKilled(database, outcomes)));
      const storage = await openSqliteStorage(database);
      const stored = await everyPrediction(storage);
      const resolved = stored.filter((prediction) => prediction.outcome !== undefined);
      const ids = new Set(resolved.map((prediction) => prediction.id));
      expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
      expect(new Set(stored.map((prediction) => prediction.id)).size).toBe(stored.length);
      const recomputed = new OutcomeAggregate();
      for (const prediction of resolved) recomputed.add(observationOf(prediction, prediction.outcome!));
      const rollups = await storage.rollups.range({
        modelName: 'SP500/1d/direction',
        role: 'live',
        from: 0,
        to: Date.UTC(2100, 0, 1),
      });
      const kept = new OutcomeAggregate();
      for (const rollup of rollups) kept.merge(rollup.outcomes);
      expect([kept.count, kept.correct]).toEqual([recomputed.count, recomputed.correct]);
      await storage.close();
    }
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    const storage = await openSqliteStorage(database);
    const stored = await everyPrediction(storage);
    await storage.close();
    expect(stored.every((prediction) => prediction.outcome !== undefined)).toBe(true);
    expect(stored.length).toBeGreaterThan(3500);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
