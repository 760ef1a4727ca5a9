import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import {
  keyedRandom,
  OutcomeAggregate,
  observationOf,
  type PerformanceStorage,
  type TrackedPrediction,
} from '@mlperf/core';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { expect, it } from 'vitest';

const demo = resolve(import.meta.dirname, '../../examples/01-paper-trading.ts');

/** Trading days from 2006 on, each but the last with a prediction for the next. */
const EVERY_PREDICTION = 3596;

interface Kill {
  /** The line of the demo after which it is killed. */
  readonly after: (line: string, outcomes: number) => boolean;
  /** Milliseconds between that line and the kill. */
  readonly delayMs: number;
}

interface Run {
  readonly acknowledged: readonly string[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly told: string;
}

function play(database: string, kill?: Kill): Promise<Run> {
  const child = spawn(
    process.execPath,
    ['--conditions=@mlperf/source', demo, '--database', database, '--acknowledge'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const acknowledged: string[] = [];
  const told: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('stored ')) acknowledged.push(line.slice('stored '.length));
    else told.push(line);
    if (kill?.after(line, acknowledged.length)) setTimeout(() => child.kill('SIGKILL'), kill.delayMs);
  });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code, signal) => done({ acknowledged, code, signal, told: told.join('\n') }));
  });
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

/** What must hold of the file whenever a run has ended, however it ended. */
async function expectWhole(database: string, acknowledged: readonly string[]): Promise<void> {
  const storage = await openSqliteStorage(database);
  const stored = await everyPrediction(storage);
  const resolved = stored.filter((prediction) => prediction.outcome !== undefined);
  const ids = new Set(resolved.map((prediction) => prediction.id));
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  expect(new Set(stored.map((prediction) => prediction.id)).size).toBe(stored.length);
  const recomputed = new OutcomeAggregate();
  // A champion on probation has its predecessor beside it in shadow.
  const live = resolved.filter(({ role }) => role === 'live');
  for (const prediction of live) recomputed.add(observationOf(prediction, prediction.outcome!));
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

it('killed at any moment, and started again at once, the demo loses nothing acknowledged and goes on to the end', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mlperf-kill-'));
  const database = join(directory, 'paper.sqlite');
  const random = keyedRandom('kill the demo');
  const afterOutcomes = (count: number): Kill => ({
    after: (_line, outcomes) => outcomes === count,
    delayMs: Math.floor(20 * random.next()),
  });
  const kills: readonly Kill[] = [
    ...[1, 150, 40, 90].map(afterOutcomes),
    // A fit takes a tenth of a second or more: of these at least one dies in stage `training`.
    { after: (line) => line.startsWith('retraining '), delayMs: 60 },
    { after: (line) => line.startsWith('retraining '), delayMs: 30 },
    afterOutcomes(300),
  ];
  try {
    const acknowledged: string[] = [];
    for (const kill of kills) {
      const run = await play(database, kill);
      expect([run.code, run.signal]).toEqual([null, 'SIGKILL']);
      // A retraining that a kill left unfinished is taken up before the first outcome of the next run.
      if (!run.told.includes('retraining ')) expect(run.acknowledged.length).toBeGreaterThan(0);
      acknowledged.push(...run.acknowledged);
      await expectWhole(database, acknowledged);
    }
    const last = await play(database);
    expect([last.code, last.signal]).toEqual([0, null]);
    acknowledged.push(...last.acknowledged);
    await expectWhole(database, acknowledged);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    expect(last.told).toContain(`predictions        ${EVERY_PREDICTION}, of them ${EVERY_PREDICTION} with an outcome`);
    expect(last.told).toMatch(/failed .*interrupted at training/);
    expect(existsSync(database.replace('.sqlite', '.report.json'))).toBe(true);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
