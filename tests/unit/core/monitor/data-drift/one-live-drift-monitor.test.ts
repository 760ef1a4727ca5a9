import { buildDriftReference, type Clock, DataDriftMonitor, ManualClock, saveDriftReference } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { settle } from '../monitor-fixture.ts';
import { makeRows, stableRow } from './feature-rows.ts';

const LEASE = 'data-drift:v1:features';
const fenced = { code: 'FENCED', name: 'ConflictError' };
const rows = makeRows(40, 'lease', stableRow);

async function open({ takeoverWaitMs = 0 } = {}) {
  const clock = new ManualClock(0);
  const storage = openMemoryStorage({ clock });
  for (const name of ['features', 'winter']) {
    const profile = buildDriftReference(makeRows(100, 'reference', stableRow));
    await saveDriftReference(storage, { modelVersionId: 'v1', name, createdAt: 1 }, profile);
  }
  const openAnother = (referenceName = 'features', owner = 'second') =>
    DataDriftMonitor.open({ storage, modelVersionId: 'v1', referenceName, owner, clock, saveEvery: 1, takeoverWaitMs });
  const first = await openAnother('features', 'first');
  /** Closes `first` and opens one whose event loop is too busy for its heartbeat. */
  const openBusy = async () => {
    await first.close();
    const { references, leases } = storage;
    const stopped = new ManualClock(0);
    const sleep: Clock['sleep'] = (ms, signal) => stopped.sleep(ms, signal);
    const transaction: typeof storage.transaction = (fn, options) => storage.transaction(fn, options);
    const busy = { references, leases, transaction, clock: { now: () => clock.now(), sleep } };
    return await DataDriftMonitor.open({ storage: busy, modelVersionId: 'v1', clock, saveEvery: 1, takeoverWaitMs });
  };
  const storedRows = async () => (await storage.references.get('v1', 'features/stream'))?.reference.rows;
  return { clock, storage, first, openAnother, openBusy, storedRows };
}

describe('one live drift monitor for a version and reference', () => {
  it('refuses a second one, and lets it in once the first is closed', async () => {
    const { first, openAnother } = await open();
    await first.recordFeatures(rows[0]!);
    await expect(openAnother()).rejects.toMatchObject({
      code: 'LEASE_HELD',
      message: expect.stringContaining("'first'"),
    });
    const winter = await openAnother('winter');
    await first.close();
    const second = await openAnother();
    expect(second.rows).toBe(1);
    await Promise.all([second.close(), winter.close()]);
  });

  it('keeps its lease while it lives, however long, and gives it back when it cannot open', async () => {
    const { clock, storage, first, openAnother } = await open();
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      await settle();
    }
    await expect(openAnother()).rejects.toMatchObject({ code: 'LEASE_HELD' });
    await first.recordFeatures(rows[0]!);
    await first.close();
    expect(await storage.leases.get(LEASE)).toBeUndefined();
    await expect(openAnother('summer')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await storage.leases.get('data-drift:v1:summer')).toBeUndefined();
  });

  it('waits for the lease of a dead one to run out, then takes over what it had stored', async () => {
    const { clock, storage, first, openAnother } = await open({ takeoverWaitMs: 12_000 });
    await first.recordFeatures(rows[0]!);
    await first.close();
    await storage.leases.acquire({ lease: LEASE, owner: 'killed', ttlMs: 10_000 });
    let opened: DataDriftMonitor | undefined;
    const opening = openAnother().then((monitor) => {
      opened = monitor;
    });
    for (let second = 0; second < 9; second++) {
      clock.advance(1_000);
      await settle();
    }
    expect(opened).toBeUndefined();
    clock.advance(1_500);
    await settle();
    await opening;
    expect(opened?.rows).toBe(1);
    await opened?.close();
  });

  it('takes no more rows once its heartbeat finds that another one has taken over', async () => {
    const { clock, storage, first, openAnother, storedRows } = await open();
    await first.recordFeatures(rows[0]!);
    const held = await storage.leases.get(LEASE);
    if (held !== undefined) await storage.leases.release(held);
    const second = await openAnother();
    clock.advance(4_000);
    await settle();
    await expect(first.recordFeatures(rows[2]!)).rejects.toMatchObject(fenced);
    await expect(first.acknowledge()).rejects.toMatchObject(fenced);
    expect(first.rows).toBe(1);
    await first.close();
    await second.recordFeatures(rows[3]!);
    expect(await storedRows()).toBe(2);
    await second.close();
  });

  it('writes nothing once another one has taken over', async () => {
    const { clock, openAnother, openBusy, storedRows } = await open();
    const busy = await openBusy();
    await busy.recordFeatures(rows[0]!);
    clock.advance(60_000);
    const second = await openAnother();
    await second.recordFeatures(rows[1]!);
    await expect(busy.recordFeatures(rows[2]!)).rejects.toMatchObject(fenced);
    await expect(busy.recordFeatures(rows[3]!)).rejects.toMatchObject(fenced);
    await expect(busy.close()).rejects.toMatchObject(fenced);
    await expect(busy.close()).rejects.toMatchObject(fenced);
    expect(await storedRows()).toBe(2);
    await second.recordFeatures(rows[4]!);
    expect(await storedRows()).toBe(3);
    await second.close();
  });

  it('goes on after a pause longer than its lease when nobody has taken over', async () => {
    const { clock, openBusy, storedRows } = await open();
    const busy = await openBusy();
    await busy.recordFeatures(rows[0]!);
    clock.advance(60_000);
    await busy.recordFeatures(rows[1]!);
    expect(await storedRows()).toBe(2);
    await busy.close();
  });

  it('does not write over one that came and went during its pause', async () => {
    const { clock, openAnother, openBusy, storedRows } = await open();
    const busy = await openBusy();
    await busy.recordFeatures(rows[0]!);
    clock.advance(60_000);
    const second = await openAnother();
    for (const row of rows.slice(1, 9)) await second.recordFeatures(row);
    await second.close();
    await expect(busy.recordFeatures(rows[9]!)).rejects.toMatchObject(fenced);
    await expect(busy.close()).rejects.toMatchObject(fenced);
    expect(await storedRows()).toBe(9);
    const third = await openAnother();
    expect(third.rows).toBe(9);
    await third.close();
  });
});
