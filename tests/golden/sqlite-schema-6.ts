/**
 * Made `sqlite-schema-6.db`, a store of schema version 6 with one record of each kind, an artifact in pieces,
 * an annotated version, a freeze window, a queued point and a claim on a trial. Run at the release of that schema only:
 * `node --conditions=@mlperf/source tests/golden/sqlite-schema-6.ts <path>`. Later releases must open
 * the file as it is.
 */
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ManualClock } from '@mlperf/core';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { fillStorage } from './sqlite-schema-1-records.ts';

const path = process.argv[2];
if (path === undefined) throw new Error('name the file to write');
rmSync(path, { force: true });
const handle = new DatabaseSync(path);
// Small pages: most of this file's tables hold one row.
handle.exec('pragma page_size = 512');
const storage = await openSqliteStorage(handle, { clock: new ManualClock(1_704_067_200_000) });
await fillStorage(storage);
await storage.artifacts.putStream(
  (async function* () {
    yield new TextEncoder().encode('streamed');
  })(),
);
await storage.models.annotate('v1', { tags: { desk: 'fx' }, notes: 'kept' });
await storage.slots.update('BTC-USD/1h/direction', { freezeWindows: [{ from: 1, to: 2, reason: 'holiday' }] });
const [{ studyId } = { studyId: '' }] = (await storage.studies.list({})).items;
await storage.studies.enqueue(studyId, [{ trees: 7 }]);
await storage.trials.claim({ studyId, owner: 'tests', ttlMs: 86_400_000, parallelism: 4, plannedTrials: 9 });
await storage.close();
handle.exec('vacuum; pragma journal_mode = delete');
handle.close();
