import { ManualClock } from '@mlperf/core';
import { describeConformance, storageChecks } from '@mlperf/storage-conformance';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, it } from 'vitest';

describe('memory', () =>
  describeConformance(it, storageChecks, {
    open() {
      const clock = new ManualClock(1_704_067_200_000);
      return { storage: openMemoryStorage({ clock }), clock };
    },
    skip: {
      reopening: 'memory keeps nothing once it is closed',
      sharing: 'memory belongs to one handle',
      processes: 'memory belongs to one process',
    },
  }));
