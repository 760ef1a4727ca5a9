import { join } from 'node:path';
import { openSqliteMaintenance } from '@mlperf/storage-sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { startPostgres, whyNoServer } from '../fixtures/embedded-postgres.ts';
import { temporaryDirectory } from '../unit/storage-sqlite/temporary-directory.ts';
import { killSearchWorkers } from './tuning/kill-search-workers.ts';

const KILLS = 12;
const PLAN = { search: { nTrials: 150, fitMs: 60 }, workers: 3, kills: KILLS };

it(`${KILLS} times kill -9 of one of three processes that search in one SQLite file: no trial lost, none counted twice, the study of one alone`, async () => {
  const path = join(temporaryDirectory(), 'store.db');
  const { cutOff, told } = await killSearchWorkers({ ...PLAN, target: { kind: 'sqlite', path } });
  // The kills say something only if they have cut trials off.
  expect(cutOff).toBeGreaterThan(KILLS / 2);
  expect(told).toBeGreaterThan(PLAN.search.nTrials - KILLS);
  expect((await openSqliteMaintenance(path).verify()).problems).toEqual([]);
});

const reason = whyNoServer();

it(`${KILLS} times in one Postgres`, async (context) => {
  if (reason !== undefined) context.skip(reason);
  const server = await startPostgres();
  onTestFinished(() => server.dispose(), 60_000);
  const target = { kind: 'postgres', url: server.url, schema: 'shared' } as const;
  const { cutOff } = await killSearchWorkers({ ...PLAN, target });
  expect(cutOff).toBeGreaterThan(KILLS / 2);
});
