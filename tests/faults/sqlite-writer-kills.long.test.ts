import { join } from 'node:path';
import { openSqliteMaintenance } from '@mlperf/storage-sqlite';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../unit/storage-sqlite/temporary-directory.ts';
import { killWriters } from './storage/kill-writers.ts';

const KILLS = 200;
const KILLS_WITH_FILES = 20;

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

it(`${KILLS_WITH_FILES} times, with artifacts as files beside it: no version is without its file`, async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'store.db');
  const artifactDirectory = join(directory, 'artifacts');
  await killWriters({
    target: { kind: 'sqlite', path, artifactDirectory },
    kills: KILLS_WITH_FILES,
    checkEvery: 1,
    verify: async () => (await openSqliteMaintenance(path).verify({ artifactDirectory })).problems,
    verifyEvery: 5,
  });
});
