import { join } from 'node:path';
import { openSqliteMaintenance } from '@mlperf/storage-sqlite';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../unit/storage-sqlite/temporary-directory.ts';
import { killWriters } from './storage/kill-writers.ts';

const KILLS = 200;

it(`${KILLS} times kill -9 of a SQLite writer: what was acknowledged is there once, what was cut off once or not at all`, async () => {
  const path = join(temporaryDirectory(), 'store.db');
  const tally = await killWriters({
    target: { kind: 'sqlite', path },
    kills: KILLS,
    checkEvery: 2,
    verify: async () => (await openSqliteMaintenance(path).verify()).problems,
    verifyEvery: 20,
  });
  // The kills say something only if they have cut writes off.
  expect(tally.notStored).toBeGreaterThan(KILLS / 2);
});
