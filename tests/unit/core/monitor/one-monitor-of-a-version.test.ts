import { ManualClock, type PerformanceMonitor } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { openMonitor, outcomeOf, predictionOf, settle } from './monitor-fixture.ts';

const NAME = 'BTC-USD/1h/direction';
const held = { code: 'LEASE_HELD', message: expect.stringContaining("version 'v1'") };

async function track(monitor: PerformanceMonitor, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, true));
}

describe('a version that one monitor watches by its model name', () => {
  it('is refused to another by its id, and the other way round, until the first is closed', async () => {
    for (const [one, other] of [
      [{ modelName: NAME }, {}],
      [{}, { modelName: NAME }],
    ]) {
      const storage = openMemoryStorage({ clock: new ManualClock(0) });
      const first = await openMonitor({ storage, ...one });
      await track(first, 0, 3);
      if (one?.modelName === undefined) {
        // Without a prediction of its name a slot must say that the version is the one to follow.
        await first.close();
        const named = await openMonitor({ storage, modelName: NAME });
        await track(named, 3, 4);
        await named.close();
        const again = await openMonitor({ storage });
        await track(again, 4, 5);
        await expect(openMonitor({ storage, ...other })).rejects.toMatchObject(held);
        await again.close();
      } else {
        await expect(openMonitor({ storage, ...other })).rejects.toMatchObject(held);
        await first.close();
      }
      const second = await openMonitor({ storage, ...other });
      await track(second, 5, 6);
      await second.close();
    }
  });

  it('loses nothing when both were opened before either wrote: the second to write is refused', async () => {
    const storage = openMemoryStorage({ clock: new ManualClock(0) });
    const named = await openMonitor({ storage, modelName: NAME });
    const bound = await openMonitor({ storage });
    await track(named, 0, 30);
    await expect(track(bound, 30, 31)).rejects.toMatchObject(held);
    await expect(bound.resetMetrics()).rejects.toMatchObject(held);
    await expect(bound.recordOutcome('p1', outcomeOf(1, false), { correct: true })).rejects.toMatchObject(held);
    await bound.flush();
    // What it reads is what the store has.
    expect(bound.detectDegradation()).toMatchObject({ outcomesSeen: 30, accuracy: 1 });
    await track(named, 31, 40);
    await named.close();
    await track(bound, 40, 50);
    expect(bound.detectDegradation().outcomesSeen).toBe(49);
    await bound.close();
    const last = await openMonitor({ storage });
    expect(last.detectDegradation().outcomesSeen).toBe(49);
    expect(last.calculateRollingMetrics(100).outcomes).toBe(49);
    await last.close();
  });

  it('is free once the lease of a dead monitor has run out, for which opening waits', async () => {
    const clock = new ManualClock(0);
    const storage = openMemoryStorage({ clock });
    const dead = await openMonitor({ storage, modelName: NAME });
    await track(dead, 0, 3);
    await dead.close();
    await storage.leases.acquire({ lease: `monitor:${NAME}`, owner: 'killed', ttlMs: 10_000 });
    const opening = openMonitor({ storage, takeoverWaitMs: 12_000 });
    let open = false;
    void opening.then(() => {
      open = true;
    });
    for (let second = 0; second < 9; second++) {
      clock.advance(1_000);
      await settle();
    }
    expect(open).toBe(false);
    clock.advance(1_500);
    await settle();
    const monitor = await opening;
    expect(monitor.detectDegradation().outcomesSeen).toBe(3);
    await monitor.close();
  });

  it('may still be a shadow or a member in the decisions of another name', async () => {
    const storage = openMemoryStorage({ clock: new ManualClock(0) });
    const watching = await openMonitor({ storage });
    const other = await openMonitor({ storage, modelName: 'ETH-USD/1h/direction' });
    for (let i = 0; i < 10; i++) {
      await track(watching, i, i + 1);
      const decision = { decisionId: `d${i}`, symbol: 'ETH-USD' };
      await other.recordPrediction(predictionOf(i, { ...decision, id: `e${i}`, modelVersionId: 'ensemble' }));
      await other.recordPrediction(predictionOf(i, { ...decision, id: `m${i}`, role: 'member' }));
      await other.recordOutcome(`d${i}`, outcomeOf(i, false));
    }
    await Promise.all([watching.close(), other.close()]);
    const again = await openMonitor({ storage });
    expect(again.detectDegradation()).toMatchObject({ outcomesSeen: 10, accuracy: 1 });
    expect(again.detectDegradation().labelCoverage).toMatchObject({ predictions: 10, resolved: 10 });
    await again.close();
    const members = await storage.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'member', limit: 100 });
    expect(members).toHaveLength(10);
  });
});
