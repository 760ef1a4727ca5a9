import { openPostgresMaintenance } from '@mlperf/storage-postgres';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { startPostgres, whyNoServer } from '../fixtures/embedded-postgres.ts';
import { killWriters } from './storage/kill-writers.ts';

const KILLS = 200;
const reason = whyNoServer();

it(`${KILLS} times kill -9 of a Postgres writer: what was acknowledged is there once, what was cut off once or not at all`, async (context) => {
  if (reason !== undefined) context.skip(reason);
  const server = await startPostgres();
  onTestFinished(() => server.dispose(), 60_000);
  const { url } = server;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  onTestFinished(() => admin.end());
  const maintenance = openPostgresMaintenance(url, { schema: 'kills' });
  onTestFinished(() => maintenance.close());
  const tally = await killWriters({
    target: { kind: 'postgres', url, schema: 'kills' },
    kills: KILLS,
    checkEvery: 2,
    verify: async () => (await maintenance.verify()).problems,
    verifyEvery: 20,
    // A server goes on with a commit whose client is dead.
    settled: () =>
      expect
        .poll(
          async () => {
            const { rows } = await admin.query(
              "select count(*)::int as n from pg_stat_activity where application_name = 'mlperf' and state <> 'idle'",
            );
            return rows[0].n;
          },
          { timeout: 10_000 },
        )
        .toBe(0),
  });
  expect(tally.notStored).toBeGreaterThan(KILLS / 2);
});
