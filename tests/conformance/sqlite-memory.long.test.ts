import './share-compiled-code.ts';
import { ManualClock } from '@mlperf/core';
import { describeConformance, storageChecks } from '@mlperf/storage-conformance';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, it } from 'vitest';

describe('sqlite in memory, in a worker thread', () =>
  describeConformance(it, storageChecks, {
    async open() {
      const clock = new ManualClock(1_704_067_200_000);
      return { storage: await openSqliteStorage(':memory:', { clock }), clock };
    },
    skip: {
      reopening: 'a database in memory is gone once it is closed',
      sharing: 'a database in memory belongs to one handle',
      processes: 'a database in memory belongs to one process',
    },
  }));
