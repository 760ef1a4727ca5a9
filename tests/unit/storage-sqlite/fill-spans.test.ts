import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { RollupSums } from '@mlperf/core';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { expect, it } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** More than are read at a time. */
const HOURS = 4_500;

it('a store of hourly roll-ups alone gets the sums of all its days when it is migrated', async () => {
  const path = join(temporaryDirectory(), 'store.db');
  copyFileSync(fileURLToPath(new URL('../../golden/sqlite-schema-1.db', import.meta.url)), path);
  const database = new DatabaseSync(path);
  database.exec(`
    with recursive hours (n) as (select 1 union all select n + 1 from hours where n < ${HOURS})
    insert into outcome_rollups (model_version_id, model_name, segment, role, hour_start_at, predictions_count, outcomes)
    select 'v' || (n % 3), 'many', 'S' || (n % 2), 'live', n * ${HOUR_MS}, 1 + n % 5, outcomes
    from hours, (select outcomes from outcome_rollups limit 1)`);
  database.close();

  const storage = await openSqliteStorage(path);
  const query = { modelName: 'many', role: 'live', from: 0, to: (HOURS + 1) * HOUR_MS } as const;
  const days = new RollupSums<number>();
  const segments = new RollupSums<string>();
  for (const rollup of await storage.rollups.range(query)) {
    days.add(Math.floor(rollup.hourStartAt / DAY_MS) * DAY_MS, rollup);
    segments.add(rollup.segment, rollup);
  }
  const totals = await storage.rollups.totals(query);
  const counts = (sums: readonly (readonly [unknown, { predictionsCount: number; outcomes: { count: number } }])[]) =>
    sums.map(([key, { predictionsCount, outcomes }]) => [key, predictionsCount, outcomes.count]);
  expect(counts(totals.days.map((day) => [day.dayStartAt, day]))).toEqual(counts(days.sorted((a, b) => a - b)));
  expect(counts(totals.segments.map((sum) => [sum.segment, sum]))).toEqual(
    counts(segments.sorted((a, b) => (a < b ? -1 : 1))),
  );
  expect(totals.versions.reduce((sum, { outcomes }) => sum + outcomes.count, 0)).toBe(HOURS);
  await storage.close();
});
