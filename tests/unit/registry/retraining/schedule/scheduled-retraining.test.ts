import { join } from 'node:path';
import { ManualClock } from '@mlperf/core';
import { ModelRegistry } from '@mlperf/registry';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../storage-sqlite/temporary-directory.ts';
import { hooked, modelName, RetrainingWorld, rows, START, settle } from '../retraining-world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The first midnight after the tests begin: 13 January 1970. */
const MIDNIGHT = 12 * DAY;

describe('a scheduled retraining', () => {
  let world: RetrainingWorld;

  beforeEach(async () => {
    world = await RetrainingWorld.open();
    // A world whose rule does not change: every challenger loses, and nothing else asks for a retraining.
    world.data = rows(400, 400);
  });

  it('comes at its time, not before, and once', async () => {
    await world.serve();
    const manager = await world.manage();
    const scheduled = await manager.scheduleRetraining('daily', { timezone: 'Europe/Berlin' });
    expect(scheduled).toMatchObject({ schedule: 'daily', timezone: 'Europe/Berlin', nextRunAt: MIDNIGHT - HOUR });
    world.clock.setTime(MIDNIGHT - HOUR - 1);
    expect(await manager.tick()).toBeUndefined();
    world.clock.setTime(MIDNIGHT - HOUR + 5_000);
    expect(await manager.tick()).toMatchObject({
      status: 'rejected',
      entry: {
        trigger: {
          triggerType: 'time_based',
          name: '0 0 * * * | Europe/Berlin',
          triggeredAt: MIDNIGHT - HOUR,
          reason: 'scheduled daily (Europe/Berlin) for 1970-01-12T23:00:00.000Z',
        },
      },
    });
    expect(await manager.tick()).toBeUndefined();
    expect(scheduled.nextRunAt).toBe(MIDNIGHT - HOUR + DAY);
  });

  it('waits for no cooldown, but for back-off, daily limit, circuit and whether retraining is enabled', async () => {
    await world.serve();
    const executor = hooked(world.executor, { fit: () => Promise.reject(new Error('no memory')) });
    const manager = await world.manage({ config: { cooldownMs: 30 * DAY } });
    await manager.scheduleRetraining('daily');
    for (let day = 0; day < 3; day++) {
      world.clock.setTime(MIDNIGHT + day * DAY);
      expect(await manager.tick()).toMatchObject({ status: 'rejected' });
    }
    const broken = await world.manage({ executor, config: { circuitFailures: 2 } });
    await broken.scheduleRetraining('*/30 * * * * *');
    world.clock.advance(30_000);
    expect(await broken.tick()).toMatchObject({ status: 'failed' });
    world.clock.advance(30_000);
    expect(await broken.tick()).toMatchObject({ status: 'skipped', reason: 'backing-off' });
    world.clock.advance(30_000);
    expect(await broken.tick()).toMatchObject({ status: 'failed' });
    world.clock.advance(DAY);
    expect(await broken.tick()).toMatchObject({ status: 'skipped', reason: 'circuit-open' });
    const off = await world.manage({ config: { enabled: false } });
    await off.scheduleRetraining('daily');
    expect(await off.tick()).toMatchObject({ status: 'skipped', reason: 'disabled' });
  });

  it('makes up once for all runs that were missed while nobody was alive', async () => {
    await world.serve();
    const before = await world.manage();
    await before.scheduleRetraining('daily');
    await before.scheduleRetraining('weekly');
    await before.close();
    world.clock.setTime(MIDNIGHT + 20 * DAY + HOUR);
    const after = await world.manage();
    await after.scheduleRetraining('daily');
    await after.scheduleRetraining('weekly');
    expect(await after.tick()).toMatchObject({
      status: 'rejected',
      entry: {
        trigger: { reason: expect.stringMatching(/daily \(UTC\), weekly \(UTC\)/), triggeredAt: MIDNIGHT + 20 * DAY },
      },
    });
    expect(await after.tick()).toBeUndefined();
    expect(await world.entries()).toHaveLength(1);
  });

  it('counts from the time it was first set: nothing was missed before', async () => {
    await world.serve();
    world.clock.setTime(MIDNIGHT + 20 * DAY + HOUR);
    const manager = await world.manage();
    await manager.scheduleRetraining('daily');
    expect(await manager.tick()).toBeUndefined();
  });

  it('is started by one of many processes', async () => {
    await world.serve();
    const managers = await Promise.all(
      Array.from({ length: 5 }, async () =>
        world.manage({ registry: await ModelRegistry.open({ storage: world.storage }) }),
      ),
    );
    for (const manager of managers) await manager.scheduleRetraining('daily');
    for (let day = 0; day < 3; day++) {
      world.clock.setTime(MIDNIGHT + day * DAY);
      await Promise.all(managers.map((manager) => manager.tick()));
      for (const manager of managers) expect(await manager.tick()).toBeUndefined();
    }
    expect((await world.entries()).map(({ trigger }) => trigger.triggeredAt)).toEqual([
      MIDNIGHT + 2 * DAY,
      MIDNIGHT + DAY,
      MIDNIGHT,
    ]);
  });

  it('is started by one of two handles on one database file', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const storages = await Promise.all([openSqliteStorage(path), openSqliteStorage(path)]);
    const clock = new ManualClock(START);
    const managers = await Promise.all(
      storages.map(async (storage) =>
        world.manage({ storage, clock, registry: await ModelRegistry.open({ storage, clock }), flatBand: 0 }),
      ),
    );
    for (const manager of managers) await manager.scheduleRetraining('daily');
    for (let day = 0; day < 4; day++) {
      clock.setTime(MIDNIGHT + day * DAY);
      const results = await Promise.all(managers.map((manager) => manager.tick()));
      expect(results.filter((result) => result !== undefined && result.status !== 'skipped')).toHaveLength(1);
      for (const manager of managers) expect(await manager.tick()).toBeUndefined();
    }
    expect((await storages[1]!.retrainings.history({ modelName })).items).toHaveLength(4);
    for (const storage of storages) await storage.close();
  });

  it('comes although the one that works now looked away: what is under way is finished first', async () => {
    await world.serve();
    const manager = await world.manage();
    await manager.scheduleRetraining('daily');
    const { data } = world;
    world.data = undefined;
    await manager.executeRetraining('manual');
    world.clock.setTime(MIDNIGHT);
    world.data = data;
    expect(await manager.tick()).toMatchObject({ entry: { trigger: { triggerType: 'manual' } } });
    expect(await manager.tick()).toMatchObject({ entry: { trigger: { triggerType: 'time_based' } } });
  });

  it('ends with stop', async () => {
    await world.serve();
    const manager = await world.manage();
    const scheduled = await manager.scheduleRetraining('daily');
    scheduled.stop();
    scheduled.stop();
    world.clock.setTime(MIDNIGHT);
    expect(await manager.tick()).toBeUndefined();
    expect(scheduled.nextRunAt).toBeUndefined();
  });

  it('wakes a manager that ticks by itself, at the very time', async () => {
    await world.serve();
    const manager = await world.manage({ checkEveryMs: 10 * DAY });
    await manager.scheduleRetraining('daily');
    await settle();
    world.clock.setTime(MIDNIGHT - 1);
    await settle();
    expect(await world.entries()).toEqual([]);
    world.clock.setTime(MIDNIGHT);
    await settle();
    await manager.whenIdle();
    expect((await world.entries())[0]).toMatchObject({ requestedAt: MIDNIGHT });
    await manager.close();
  });

  it('is refused for a pattern or a time zone that is none, and after closing', async () => {
    const manager = await world.manage();
    await expect(manager.scheduleRetraining('soon')).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await expect(manager.scheduleRetraining('daily', { timezone: 'Mars' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    });
    await manager.close();
    await expect(manager.scheduleRetraining('daily')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('goes by the clock it is given, whatever the machine says', async () => {
    await world.serve();
    const manager = await world.manage({ clock: new ManualClock(Date.UTC(2030, 0, 1, 12)) });
    expect((await manager.scheduleRetraining('monthly')).nextRunAt).toBe(Date.UTC(2030, 1, 1));
    expect(world.clock.now()).toBe(START);
    expect((await world.storage.retrainings.history({ modelName })).items).toEqual([]);
  });
});
