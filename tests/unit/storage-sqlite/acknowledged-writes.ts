import { DatabaseSync } from 'node:sqlite';
import { OutcomeAggregate } from '@mlperf/core';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { expect } from 'vitest';

const BATCH = 20;

/**
 * After a writer of `children/write-outcomes.ts` was killed: the file is sound, every batch it called durable is
 * there once with its outcomes, no batch is there in part, and roll-ups and sequences agree with the rows.
 */
export async function expectAcknowledgedWrites(path: string, lines: readonly string[], prefix: string): Promise<void> {
  const storage = await openSqliteStorage(path);
  const counts = new Map<string, number>();
  const sequences = new Set<number>();
  let resolved = 0;
  let cursor: string | undefined;
  do {
    const page = await storage.predictions.list({}, { limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
    for (const { id, outcome } of page.items) {
      const batch = id.slice(0, id.lastIndexOf('-'));
      counts.set(batch, (counts.get(batch) ?? 0) + 1);
      if (outcome === undefined) continue;
      resolved++;
      sequences.add(outcome.sequence);
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect([...counts.values()].every((count) => count === BATCH)).toBe(true);
  expect(sequences.size).toBe(resolved);

  const acknowledged = lines.filter((line) => line.startsWith('durable ')).map((line) => line.slice('durable '.length));
  for (const batch of acknowledged) {
    const ids = Array.from({ length: BATCH }, (_, i) => `${prefix}-${batch}-${i}`);
    const stored = await storage.predictions.get(ids);
    expect(stored.map((prediction) => prediction?.outcome?.correct)).toEqual(ids.map(() => true));
  }

  const rollups = await storage.rollups.range({ modelVersionId: 'v1', role: 'live', from: 0, to: 2e12 });
  const total = new OutcomeAggregate();
  for (const { outcomes } of rollups) total.merge(outcomes);
  expect(total.count).toBe(resolved);
  expect(rollups.reduce((sum, rollup) => sum + rollup.predictionsCount, 0)).toBe(counts.size * BATCH);
  await storage.close();

  const database = new DatabaseSync(path);
  expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
  database.close();
}
