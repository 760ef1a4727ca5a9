import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ManualClock } from '@mlperf/core';
import { MIGRATIONS, SCHEMA_VERSION } from '@mlperf/storage-sql';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it } from 'vitest';
import * as records from '../../golden/sqlite-schema-1-records.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const golden = fileURLToPath(new URL('../../golden/', import.meta.url));
const NAME = 'BTC-USD/1h/direction';

describe('stores of released schemas', () => {
  it('there is one file for every schema version, and migrations count from 1', () => {
    const files = readdirSync(golden).filter((name) => /^sqlite-schema-\d+\.db$/.test(name));
    expect(files).toHaveLength(SCHEMA_VERSION);
    expect(MIGRATIONS.map(({ schemaVersion }) => schemaVersion)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  });

  it.each(MIGRATIONS.map(({ schemaVersion }) => schemaVersion))(
    'version %i opens, and every record of it is there as it was written',
    async (schemaVersion) => {
      const path = join(temporaryDirectory(), 'store.db');
      copyFileSync(join(golden, `sqlite-schema-${schemaVersion}.db`), path);
      const storage = await openSqliteStorage(path, { clock: new ManualClock(1_704_067_200_000) });
      expect((await storage.migrate()).schemaVersion).toBe(SCHEMA_VERSION);

      const [first, second] = records.predictions;
      const { outcome, recordedAt } = records.resolution;
      expect(await storage.predictions.get(['p1', 'p2'])).toEqual([
        { ...first, outcome: { ...outcome, recordedAt, sequence: 1 } },
        second,
      ]);
      const rollups = await storage.rollups.range({ modelName: NAME, role: 'live', from: 0, to: 2e12 });
      expect(rollups).toMatchObject([{ predictionsCount: 1, outcomes: { count: 1, correct: 1 } }]);
      // Of whole days, so that it is read from the sums of days and of blocks of days.
      const totals = await storage.rollups.totals({ modelName: NAME, role: 'live', from: 0, to: 20_000 * 86_400_000 });
      const [{ outcomes }] = rollups as [(typeof rollups)[number]];
      expect(totals).toEqual({
        versions: [{ modelVersionId: 'v1', predictionsCount: 1, outcomes }],
        segments: [{ segment: rollups[0]!.segment, predictionsCount: 1, outcomes }],
        days: [
          { dayStartAt: Math.floor(rollups[0]!.hourStartAt / 86_400_000) * 86_400_000, predictionsCount: 1, outcomes },
        ],
      });
      expect(await storage.windows.recent({ modelVersionId: 'v1', limit: 5 })).toEqual([records.window]);
      expect(await storage.monitorStates.get('v1')).toEqual(records.monitorState);
      expect(await storage.references.get('v1', 'features')).toEqual(records.reference);
      expect(await storage.studies.get('s1')).toEqual(records.study);
      expect(await storage.trials.best({ metric: 'accuracy', direction: 'maximize', limit: 5 })).toEqual([
        records.experiment,
      ]);
      // The number of the stored trial is not given again, whichever release stored it.
      const { studyId } = records.study;
      const { trialNumber } = records.experiment;
      const ask = { studyId, owner: 'now', ttlMs: 1_000, parallelism: 4, plannedTrials: 9 };
      const free = [0, 1, 2].filter((number) => number !== trialNumber);
      if (schemaVersion >= 6) {
        expect(await storage.studies.queued({ studyId, limit: 5 })).toEqual([
          { studyId, trialNumber: free[0], parameters: { trees: 7 } },
        ]);
        expect(await storage.trials.claims(studyId)).toMatchObject([{ trialNumber: free.shift(), owner: 'tests' }]);
      }
      expect(await storage.trials.claim(ask)).toMatchObject({ state: 'claimed', claim: { trialNumber: free[0] } });
      const { items: artifacts } = await storage.artifacts.list();
      const artifact = artifacts.find(({ bytes }) => bytes === records.modelBytes.byteLength);
      expect(await storage.artifacts.get(artifact!.sha256)).toEqual(records.modelBytes);
      if (schemaVersion >= 3) {
        const pieces = artifacts.find(({ sha256 }) => sha256 !== artifact!.sha256);
        expect(Buffer.from((await storage.artifacts.get(pieces!.sha256))!).toString()).toBe('streamed');
      }
      for (const [i, versionId] of ['v1', 'v2'].entries()) {
        const annotations = schemaVersion >= 5 && versionId === 'v1' ? { tags: { desk: 'fx' }, notes: 'kept' } : {};
        const version = { ...records.modelVersion(versionId, artifact!.sha256), version: i + 1, ...annotations };
        expect(await storage.models.get(versionId)).toEqual(version);
      }
      expect(await storage.models.barred(NAME)).toEqual([records.barred]);
      expect(await storage.slots.get(NAME)).toEqual({
        modelName: NAME,
        championVersionId: 'v1',
        shadowVersionId: 'v2',
        pinned: false,
        suspended: false,
        frozenUntil: 1_704_067_200_009,
        ...(schemaVersion >= 5 ? { freezeWindows: [{ from: 1, to: 2, reason: 'holiday' }] } : {}),
        probation: { versionId: 'v1', startedAt: 1_704_067_200_006, endsAt: 1_704_067_200_008 },
        nextVersion: 3,
      });
      expect((await storage.promotions.list(NAME)).items).toMatchObject([{ versionId: 'v1', evidence: { wins: 1 } }]);
      expect(await storage.retrainings.unfinished(NAME)).toEqual(records.retraining);
      expect(await storage.leases.get('retraining')).toMatchObject({ owner: 'tests', token: 1 });
      expect(await storage.outbox.read({ consumer: 'pager', limit: 5 })).toEqual([]);
      expect(await storage.outbox.read({ consumer: 'other', limit: 5 })).toEqual([{ ...records.event, sequence: 1 }]);
      await storage.close();
    },
  );
});
