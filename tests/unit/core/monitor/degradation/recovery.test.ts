import { keyedRandom, type MonitorEvents } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { openMonitor, outcomeOf, predictionOf } from '../monitor-fixture.ts';

describe('degradation and recovery', () => {
  it('alarms once per fall, stays degraded, and recovers on evidence above the floor', async () => {
    const monitor = await openMonitor({
      storage: openMemoryStorage(),
      config: { degradationThreshold: 0.55, falseAlarmEvery: 500 },
    });
    const changes: { event: string; at: number; payload: MonitorEvents['model-degraded'] }[] = [];
    let tracked = 0;
    for (const event of ['model-degraded', 'model-recovered'] as const) {
      monitor.on(event, (payload) => {
        changes.push({ event, at: payload.verdict.outcomesSeen, payload });
      });
    }
    const random = keyedRandom('recovery');
    const play = async (outcomes: number, rate: number) => {
      for (let i = 0; i < outcomes; i++, tracked++) {
        await monitor.trackPredictionOutcome(predictionOf(tracked), outcomeOf(tracked, random.next() < rate));
      }
    };
    await play(300, 0.65);
    expect(changes).toEqual([]);
    await play(300, 0.3);
    expect(monitor.degradationDetected).toBe(true);
    const verdict = monitor.detectDegradation();
    expect(verdict).toMatchObject({
      degraded: true,
      rule: 'e-detector',
      floor: 0.55,
      threshold: 500,
      falseAlarmEvery: 500,
    });
    expect(verdict.degradedAfter).toBe(changes[0]?.at);
    expect(verdict.recovery?.statistic).toBeLessThan(500);
    await play(600, 0.7);
    expect(monitor.degradationDetected).toBe(false);
    expect(changes.map(({ event }) => event)).toEqual(['model-degraded', 'model-recovered']);
    const [fall, rise] = changes;
    expect(fall!.at).toBeGreaterThan(300);
    expect(fall!.at).toBeLessThan(360);
    expect(rise!.at).toBeGreaterThan(600);
    expect(fall!.payload).toMatchObject({
      durable: true,
      current: true,
      modelVersionId: 'v1',
      verdict: {
        degraded: true,
        reason: expect.stringMatching(/^evidence for accuracy below the floor .* of 500 after/),
      },
    });
    expect(fall!.payload.verdict.statistic).toBeGreaterThanOrEqual(500);
    expect(rise!.payload.verdict).toMatchObject({ degraded: false, reason: expect.stringMatching(/^recovered/) });
    await monitor.close();
  });

  it('with the rolling rule follows the accuracy of the window, once it has seen enough', async () => {
    const monitor = await openMonitor({
      storage: openMemoryStorage(),
      config: { rule: 'rolling', windowSize: 4, minPredictions: 3, degradationThreshold: 0.55 },
    });
    const degraded: boolean[] = [];
    for (const [i, hit] of [false, false, true, true, true, true, false, false].entries()) {
      await monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, hit));
      degraded.push(monitor.degradationDetected);
    }
    // Accuracy of the last four: –, –, 1/3, 2/4, 3/4, 4/4, 3/4, 2/4.
    expect(degraded).toEqual([false, false, true, true, false, false, false, true]);
    expect(monitor.detectDegradation()).toMatchObject({
      rule: 'rolling',
      statistic: 2 / 4,
      threshold: 0.55,
      accuracy: 2 / 4,
    });
    expect(monitor.detectDegradation()).not.toHaveProperty('falseAlarmEvery');
    await monitor.close();
  });

  it('asks anew when the floor changes, and keeps its evidence when it does not', async () => {
    const storage = openMemoryStorage();
    const config = { degradationThreshold: 0.55, falseAlarmEvery: 20 };
    const first = await openMonitor({ storage, config });
    for (let i = 0; i < 12; i++) await first.trackPredictionOutcome(predictionOf(i), outcomeOf(i, false));
    const verdict = first.detectDegradation();
    expect(verdict.degraded).toBe(true);
    await first.close();
    const same = await openMonitor({ storage, config });
    expect(same.detectDegradation()).toEqual(verdict);
    await same.close();
    const other = await openMonitor({ storage, config: { ...config, degradationThreshold: 0.5 } });
    expect(other.detectDegradation()).toMatchObject({ degraded: false, statistic: 0, outcomesSeen: 12, accuracy: 0 });
    await other.close();
  });
});
