import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { killWriters } from './storage/kill-writers.ts';
import { LaneWriter } from './storage/lane-writer.ts';
import { LANES } from './storage/lanes.ts';
import { openTarget } from './storage/open-target.ts';

const KILLS = 12;

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mlperf-pglite-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

it(`${KILLS} times kill -9 of a writer on an embedded Postgres: the next takes the lock over and finds what was acknowledged`, async () => {
  const tally = await killWriters({
    target: { kind: 'pglite', directory: join(temporaryDirectory(), 'data') },
    kills: KILLS,
    checkEvery: 2,
    // What an operator's verification reads is a server or a SQLite file.
    verify: async () => [],
    verifyEvery: KILLS,
  });
  expect(tally.notStored).toBeGreaterThan(KILLS / 2);
});

it('an embedded Postgres that a living process has open is refused to others, by any name of its directory', async () => {
  const parent = temporaryDirectory();
  const directory = join(parent, 'data');
  const writer = new LaneWriter({ kind: 'pglite', directory });
  writer.start(Object.fromEntries(LANES.map(({ name }) => [name, [0, null]])));
  await writer.writes(3);
  const elsewhere = temporaryDirectory();
  symlinkSync(directory, join(elsewhere, 'link'));
  symlinkSync(parent, join(elsewhere, 'parent'));
  const names = [
    directory,
    `${directory}/`,
    join(parent, '..', basename(parent), 'data'),
    join(elsewhere, 'link'),
    join(elsewhere, 'parent', 'data'),
  ];
  for (const name of names) {
    const opening = openTarget({ kind: 'pglite', directory: name });
    opening.then((storage) => storage.close()).catch(() => undefined);
    await expect(opening).rejects.toMatchObject({
      code: 'STORAGE_FAILURE',
      message: expect.stringContaining('open already'),
    });
  }
  // Being refused has not disturbed it.
  await writer.writes(writer.total + 5);
  writer.kill();
  await writer.exit;
  const storage = await openTarget({ kind: 'pglite', directory });
  for (const lane of LANES) {
    for (let n = 0; n < writer.acknowledged[lane.name]!; n++) expect(await lane.isStored(storage, n)).toBe(true);
  }
  await storage.close();
});
