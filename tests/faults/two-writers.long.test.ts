import { join } from 'node:path';
import { OutcomeAggregate } from '@mlperf/core';
import { openPostgresMaintenance } from '@mlperf/storage-postgres';
import { openSqliteMaintenance } from '@mlperf/storage-sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { startPostgres, whyNoServer } from '../fixtures/embedded-postgres.ts';
import { startChild } from '../unit/storage-sqlite/child-process.ts';
import { temporaryDirectory } from '../unit/storage-sqlite/temporary-directory.ts';
import { openTarget, type StorageTarget } from './storage/open-target.ts';

const ROUNDS = 100;
/** Rows of a round: 12 of both processes, of which one is corrected to a miss, and as many of each alone. */
const ROWS = 3 * 12 * ROUNDS;
const MISSES = 3 * ROUNDS;

it('two processes write one SQLite file for a while: nobody is turned away, and every total is exact', async () => {
  const path = join(temporaryDirectory(), 'store.db');
  await contend({ kind: 'sqlite', path });
  expect((await openSqliteMaintenance(path).verify()).problems).toEqual([]);
});

it('two processes write one Postgres schema for a while: nobody is turned away, and every total is exact', async (context) => {
  const reason = whyNoServer();
  if (reason !== undefined) context.skip(reason);
  const server = await startPostgres();
  onTestFinished(() => server.dispose(), 60_000);
  const { url } = server;
  await contend({ kind: 'postgres', url, schema: 'contended' });
  const maintenance = openPostgresMaintenance(url, { schema: 'contended' });
  expect((await maintenance.verify()).problems).toEqual([]);
  await maintenance.close();
});

async function contend(target: StorageTarget): Promise<void> {
  const children = ['one', 'two'].map((name) =>
    startChild('../../../faults/storage/contend.ts', [JSON.stringify(target), name, String(ROUNDS)]),
  );
  await Promise.all(children.map((child) => child.line('ready')));
  for (const child of children) child.process.stdin!.write('go\n');
  // A child that is refused, by a lock or a deadlock, ends with another code.
  expect(await Promise.all(children.map(({ exit }) => exit))).toEqual([0, 0]);
  const told = children.map(
    ({ lines }) => JSON.parse(lines.at(-1)!) as { readonly won: readonly number[]; readonly held: readonly string[] },
  );

  const storage = await openTarget(target);
  onTestFinished(() => storage.close());
  const sequences: number[] = [];
  const total = new OutcomeAggregate();
  let predictions = 0;
  for (const modelVersionId of ['v0', 'v1', 'v2']) {
    const every = { modelVersionId, role: 'live' } as const;
    const rows = await storage.predictions.outcomesAfter({ ...every, limit: 100_000 });
    sequences.push(...rows.map(({ outcome }) => outcome.sequence));
    for (const rollup of await storage.rollups.range({ ...every, from: 0, to: 2e12 })) {
      predictions += rollup.predictionsCount;
      total.merge(rollup.outcomes);
    }
  }
  expect([predictions, total.count, total.correct]).toEqual([ROWS, ROWS, ROWS - MISSES]);
  expect(sequences.length).toBe(ROWS);

  const counts = await Promise.all(['a', 'b', 'c'].map(async (key) => (await storage.monitorStates.get(key))?.state));
  expect(counts).toEqual(['a', 'b', 'c'].map(() => ({ count: 2 * ROUNDS })));
  const events = await storage.outbox.read({ consumer: 'reader', after: 0, limit: 1_000 });
  for (const name of ['one', 'two']) {
    const own = events.filter(({ payload }) => payload.name === name).map(({ payload }) => payload.round);
    expect(own).toEqual(Array.from({ length: ROUNDS }, (_, i) => i));
  }

  const { items: versions } = await storage.models.list({ modelName: 'alpha' }, { limit: 1_000 });
  expect(versions.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 2 * ROUNDS }, (_, i) => i + 1),
  );
  // Each promotion replaced the champion it expected: the log is one chain, of exactly those that were told they won.
  const { items: promotions } = await storage.promotions.list('alpha', { limit: 1_000 });
  const chain = promotions.toReversed();
  expect(chain.map(({ previousVersionId }) => previousVersionId)).toEqual([
    undefined,
    ...chain.slice(0, -1).map(({ versionId }) => versionId),
  ]);
  expect(chain.map(({ versionId }) => versionId).sort()).toEqual(
    told.flatMap(({ won }, i) => won.map((round) => `${['one', 'two'][i]}-${round}`)).sort(),
  );
  expect((await storage.slots.get('alpha'))?.championVersionId).toBe(chain.at(-1)?.versionId);
  const tokens = told.flatMap(({ held }) => held);
  expect(new Set(tokens).size).toBe(tokens.length);
}
