import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import './share-compiled-code.ts';
import { ManualClock } from '@mlperf/core';
import { describeConformance, storageChecks } from '@mlperf/storage-conformance';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, it } from 'vitest';
import { sqliteInProcess } from '../fixtures/processes.ts';

describe('sqlite in a file, in a worker thread', () =>
  describeConformance(it, storageChecks, {
    async open() {
      const clock = new ManualClock(1_704_067_200_000);
      const directory = await mkdtemp(join(tmpdir(), 'mlperf-conformance-'));
      const openAgain = () => openSqliteStorage(join(directory, 'store.db'), { clock });
      return {
        storage: await openAgain(),
        clock,
        openAgain,
        otherProcess: sqliteInProcess(directory),
        dispose: () => rm(directory, { recursive: true, force: true }),
      };
    },
  }));
