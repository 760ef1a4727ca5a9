import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  accuracyInterval,
  type PerformanceMonitor,
  requirePerformanceWindow,
  type StoredPerformanceWindow,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, NOON, openMonitor, outcomeOf, predictionOf } from '../monitor-fixture.ts';

const LEVEL = { confidenceLevel: 0.95 };

/** 12 right and 8 wrong calls of `up`: the market rose 12 times, so always `up` would have scored 0.6. */
async function twentyOutcomes(monitor: PerformanceMonitor, bars = 1): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const outcome = { ...outcomeOf(i, i % 5 < 3), observedAt: NOON + (i + bars) * HOUR };
    await monitor.trackPredictionOutcome(predictionOf(i), outcome);
  }
}

describe('an accuracy comes with its interval and the no-skill baseline', () => {
  let storage: ReturnType<typeof openMemoryStorage>;
  let monitor: PerformanceMonitor;
  beforeEach(async () => {
    storage = openMemoryStorage();
    monitor = await openMonitor({ storage, config: { windowSize: 20, minPredictions: 10 } });
  });
  afterEach(() => monitor.close());

  const windowOf = async () => (await storage.windows.recent({ modelVersionId: 'v1', limit: 1 }))[0]!;

  it('in a completed window', async () => {
    await twentyOutcomes(monitor);
    expect(await windowOf()).toMatchObject({
      accuracy: 0.6,
      accuracyInterval: accuracyInterval(12, 20, LEVEL),
      noSkillAccuracy: 0.6,
    });
  });

  it('in a completed window of overlapping labels, as wide as that of the rolling figures', async () => {
    await twentyOutcomes(monitor, 5);
    const { accuracyInterval: interval } = await windowOf();
    expect(interval).toEqual(monitor.calculateRollingMetrics().accuracyInterval);
    expect(interval!.lower).toBeLessThan(accuracyInterval(12, 20, LEVEL).lower - 0.05);
  });

  it('in the rows of completed windows in the CSV report', async () => {
    await twentyOutcomes(monitor);
    const folder = await mkdtemp(join(tmpdir(), 'mlperf-csv-'));
    try {
      await monitor.exportPerformanceReport(join(folder, 'report.csv'));
      const [header, ...rows] = (await readFile(join(folder, 'report.csv'), 'utf8'))
        .trimEnd()
        .split('\r\n')
        .map((line) => line.split(','));
      const window = rows.find(([scope]) => scope === 'window')!;
      const cell = (column: string) => window[header!.indexOf(column)];
      const { lower, upper } = accuracyInterval(12, 20, LEVEL);
      expect([cell('accuracy_lower'), cell('accuracy_upper'), cell('no_skill_accuracy')]).toEqual([
        String(lower),
        String(upper),
        '0.6',
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('in the calibration, also of fewer outcomes than the window holds', async () => {
    await twentyOutcomes(monitor);
    for (const windowSize of [20, 7]) {
      const { accuracy, accuracyInterval: interval, noSkillAccuracy } = monitor.calculateRollingMetrics(windowSize);
      expect(interval).toBeDefined();
      expect(monitor.getConfidenceCalibration(windowSize)).toMatchObject({
        accuracy,
        accuracyInterval: interval,
        noSkillAccuracy,
      });
    }
  });

  it('but not in the calibration of nothing', () => {
    const calibration = monitor.getConfidenceCalibration();
    for (const field of ['accuracy', 'accuracyInterval', 'noSkillAccuracy']) {
      expect(calibration).not.toHaveProperty(field);
    }
  });
});

describe('a stored window', () => {
  const window: StoredPerformanceWindow = {
    modelVersionId: 'v1',
    windowSize: 20,
    predictionsCount: 20,
    correctPredictions: 12,
    accuracy: 0.6,
    startTime: NOON,
    endTime: NOON,
    metrics: {},
    lastSequence: 20,
  };

  it('of a release that knew neither interval nor baseline is still good', () => {
    expect(requirePerformanceWindow(window)).toEqual(window);
  });

  it.each([
    ['an end outside [0, 1]', { accuracyInterval: { lower: -0.1, upper: 0.7 } }, 'accuracyInterval.lower'],
    ['an end that is no number', { accuracyInterval: { lower: 0.5, upper: Number.NaN } }, 'accuracyInterval.upper'],
    ['ends in the wrong order', { accuracyInterval: { lower: 0.7, upper: 0.6 } }, 'accuracyInterval.upper'],
    ['a baseline above 1', { noSkillAccuracy: 1.01 }, 'noSkillAccuracy'],
  ])('with %s is refused', (_what, changes, field) => {
    expect(() => requirePerformanceWindow({ ...window, ...changes })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(field) }),
    );
  });
});
