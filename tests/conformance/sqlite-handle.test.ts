import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ManualClock } from '@mlperf/core';
import { describeConformance, storageChecks } from '@mlperf/storage-conformance';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, it } from 'vitest';
import { sqliteInProcess } from '../fixtures/processes.ts';

describe('sqlite on a handle of the host, in its thread', () =>
  describeConformance(it, storageChecks, {
    async open() {
      const clock = new ManualClock(1_704_067_200_000);
      const directory = await mkdtemp(join(tmpdir(), 'mlperf-conformance-'));
      const handles: DatabaseSync[] = [];
      const openAgain = () => {
        const handle = new DatabaseSync(join(directory, 'store.db'));
        handles.push(handle);
        return openSqliteStorage(handle, { clock });
      };
      return {
        storage: await openAgain(),
        clock,
        openAgain,
        otherProcess: sqliteInProcess(directory),
        async dispose() {
          for (const handle of handles) handle.close();
          await rm(directory, { recursive: true, force: true });
        },
      };
    },
  }));
