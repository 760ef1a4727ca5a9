import { ManualClock } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { WaitingLabelTimes } from '../../../../../packages/core/src/monitor/version/waiting-labels.ts';
import { HOUR, NOON, openMonitor, outcomeOf, predictionOf } from '../monitor-fixture.ts';

describe('predictions waiting for their outcome', () => {
  it('have ages, and expire a grace after they were due', () => {
    const waiting = new WaitingLabelTimes(10);
    expect(waiting.at(100, 5)).toBeUndefined();
    waiting.add({ predictedAt: 10, dueAt: 20 });
    waiting.add({ predictedAt: 40 });
    waiting.add({ predictedAt: 30, dueAt: 60 });
    expect(waiting.at(65, 5)).toEqual({ expired: 1, oldestAgeMs: 55, medianAgeMs: 35 });
    expect(waiting.at(66, 5)).toEqual({ expired: 2, oldestAgeMs: 56, medianAgeMs: 36 });
    waiting.remove({ predictedAt: 10, dueAt: 20 });
    expect(waiting.at(66, 5)).toEqual({ expired: 1, oldestAgeMs: 36, medianAgeMs: (26 + 36) / 2 });
  });

  it('have an age of 0 on a clock that runs backwards, and are remembered up to a bound', () => {
    const waiting = new WaitingLabelTimes(1);
    waiting.add({ predictedAt: 50 });
    waiting.add({ predictedAt: 10 });
    expect(waiting.at(40, 0)).toEqual({ expired: 0, oldestAgeMs: 0, medianAgeMs: 0 });
  });

  it('are shown beside every figure, before and after a restart; a label that comes after all counts', async () => {
    const storage = openMemoryStorage();
    const clock = new ManualClock(NOON + 10 * HOUR);
    const config = { outcomeGraceMs: HOUR };
    const first = await openMonitor({ storage, clock, config });
    for (let i = 0; i < 4; i++) {
      await first.recordPrediction(predictionOf(i, { dueAt: NOON + (i + 7) * HOUR }));
    }
    await first.recordPrediction({ ...predictionOf(9), role: 'shadow' });
    await first.recordOutcome('p3', outcomeOf(3, true));
    // Due at 7, 8 and 9 hours; at 10 hours with one of grace the first two are overdue, the third just not yet.
    const coverage = {
      predictions: 4,
      resolved: 1,
      share: 1 / 4,
      waiting: { expired: 2, oldestAgeMs: 10 * HOUR, medianAgeMs: 9 * HOUR },
    };
    const shown = (monitor: typeof first) => [
      monitor.calculateRollingMetrics().labelCoverage,
      monitor.getConfidenceCalibration().labelCoverage,
      monitor.detectDegradation().labelCoverage,
    ];
    expect(shown(first)).toEqual([coverage, coverage, coverage]);
    await first.close();
    const second = await openMonitor({ storage, clock, config });
    expect(shown(second)).toEqual([coverage, coverage, coverage]);
    await second.recordOutcome('p0', outcomeOf(0, true));
    expect(second.calculateRollingMetrics()).toMatchObject({
      outcomes: 2,
      labelCoverage: { resolved: 2, waiting: { expired: 1, oldestAgeMs: 9 * HOUR, medianAgeMs: 8.5 * HOUR } },
    });
    for (const id of ['p1', 'p2']) await second.recordOutcome(id, outcomeOf(2, true));
    expect(second.calculateRollingMetrics().labelCoverage).toEqual({ predictions: 4, resolved: 4, share: 1 });
    await second.close();
  });
});
