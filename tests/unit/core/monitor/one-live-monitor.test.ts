import { ManualClock, type MonitorEvents } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { openMonitor, outcomeOf, predictionOf, settle } from './monitor-fixture.ts';

describe('one live monitor for a key', () => {
  it('refuses a second one, and lets it in once the first is closed', async () => {
    const storage = openMemoryStorage({ clock: new ManualClock(0) });
    const first = await openMonitor({ storage });
    await expect(openMonitor({ storage })).rejects.toMatchObject({
      code: 'LEASE_HELD',
      message: expect.stringContaining("'v1'"),
    });
    const other = await openMonitor({ storage, modelVersionId: 'v2' });
    await first.close();
    const second = await openMonitor({ storage });
    await second.close();
    await other.close();
  });

  it('keeps its lease while it lives, however long', async () => {
    const clock = new ManualClock(0);
    const storage = openMemoryStorage({ clock });
    const first = await openMonitor({ storage });
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      await settle();
    }
    await expect(openMonitor({ storage })).rejects.toMatchObject({ code: 'LEASE_HELD' });
    await first.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
    await first.close();
  });

  it('waits for the lease of a dead one to run out, then takes over what it had stored', async () => {
    const clock = new ManualClock(0);
    const storage = openMemoryStorage({ clock });
    const first = await openMonitor({ storage });
    await first.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
    await first.close();
    // What a kill leaves behind: a lease nobody renews.
    await storage.leases.acquire({ lease: 'monitor:v1', owner: 'killed', ttlMs: 10_000 });
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
    const second = await opening;
    expect(second.detectDegradation()).toMatchObject({ outcomesSeen: 1, accuracy: 1 });
    await second.close();
  });

  it('gives up on a lease that stays held', async () => {
    const clock = new ManualClock(0);
    const storage = openMemoryStorage({ clock });
    const first = await openMonitor({ storage });
    const opening = openMonitor({ storage, takeoverWaitMs: 12_000 }).catch((error: unknown) => error);
    for (let second = 0; second < 14; second++) {
      clock.advance(1_000);
      await settle();
    }
    expect(await opening).toMatchObject({ code: 'LEASE_HELD' });
    await first.close();
  });

  it('goes on after a pause longer than its lease when nobody has taken over, from what is stored', async () => {
    const clock = new ManualClock(0);
    const storage = openMemoryStorage({ clock });
    const monitor = await openMonitor({ storage });
    await monitor.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
    clock.advance(60_000);
    await monitor.trackPredictionOutcome(predictionOf(2), outcomeOf(2, false));
    expect(monitor.detectDegradation()).toMatchObject({ outcomesSeen: 2, accuracy: 1 / 2 });
    await monitor.close();
  });

  it('rejects every later write once another has taken over, and says so', async () => {
    const clock = new ManualClock(0);
    const storage = openMemoryStorage({ clock });
    const first = await openMonitor({ storage });
    await first.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
    const failures: MonitorEvents['storage-failed'][] = [];
    first.on('storage-failed', (event) => {
      failures.push(event);
    });
    // Suspended: time passes for the others before it can renew.
    const lease = await storage.leases.get('monitor:v1');
    await storage.leases.release(lease!);
    const second = await openMonitor({ storage });

    const results = await Promise.allSettled([
      first.trackPredictionOutcome(predictionOf(2), outcomeOf(2, true)),
      first.recordPrediction(predictionOf(3)),
    ]);
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'FENCED' } },
      { status: 'rejected', reason: { code: 'FENCED' } },
    ]);
    await expect(first.recordPrediction(predictionOf(4))).rejects.toMatchObject({ code: 'FENCED' });
    expect(failures).toMatchObject([{ fatal: true, error: { code: 'FENCED' } }]);
    expect((await storage.predictions.list({})).items.map(({ id }) => id)).toEqual(['p1']);
    await first.close();
    await second.trackPredictionOutcome(predictionOf(5), outcomeOf(5, true));
    await second.close();
  });
});
