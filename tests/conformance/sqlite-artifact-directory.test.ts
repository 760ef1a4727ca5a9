import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import './share-compiled-code.ts';
import { ManualClock } from '@mlperf/core';
import { artifactChecks, artifactStreamChecks, describeConformance } from '@mlperf/storage-conformance';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, it } from 'vitest';

describe('sqlite with its artifacts in a directory', () =>
  describeConformance(it, [...artifactChecks, ...artifactStreamChecks], {
    async open() {
      const clock = new ManualClock(1_704_067_200_000);
      const directory = await mkdtemp(join(tmpdir(), 'mlperf-conformance-'));
      const openAgain = () =>
        openSqliteStorage(join(directory, 'store.db'), { clock, artifactDirectory: join(directory, 'artifacts') });
      return {
        storage: await openAgain(),
        clock,
        openAgain,
        dispose: () => rm(directory, { recursive: true, force: true }),
      };
    },
  }));
