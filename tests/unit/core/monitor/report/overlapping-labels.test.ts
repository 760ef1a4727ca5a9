import { ManualClock, type PerformanceMonitor } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, NOON, openMonitor, predictionOf } from '../monitor-fixture.ts';

const BARS = 10;

describe('where every label spans ten bars', () => {
  let monitor: PerformanceMonitor;
  beforeEach(async () => {
    const clock = new ManualClock(NOON + 100 * HOUR);
    monitor = await openMonitor({ storage: openMemoryStorage(), clock, config: { windowSize: 50 } });
    for (let i = 0; i < 50; i++) {
      const observedAt = NOON + (i + BARS) * HOUR;
      await monitor.trackPredictionOutcome(predictionOf(i), { observedAt, price: i % 3 === 0 ? 99 : 101 });
    }
  });
  afterEach(() => monitor.close());

  it('the verdict and the rolling figures give one interval, as wide as a tenth of the outcomes makes it', () => {
    const rolling = monitor.calculateRollingMetrics();
    // 50 labels that start every bar cover 59 bars, ten of them at a time: 59 / 10 independent ones, a little more for
    // the ends, where fewer overlap.
    expect(rolling.effectiveSampleSize).toBeGreaterThan(5);
    expect(rolling.effectiveSampleSize).toBeLessThan(7);
    expect(rolling.accuracyInterval!.upper - rolling.accuracyInterval!.lower).toBeGreaterThan(0.5);
    const verdict = monitor.detectDegradation();
    expect(verdict.interval).toEqual(rolling.accuracyInterval);
    const [lower, upper] = [verdict.interval!.lower.toFixed(3), verdict.interval!.upper.toFixed(3)];
    expect(verdict.reason).toContain(`[${lower}, ${upper}]`);
  });
});
