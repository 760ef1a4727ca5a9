import { beforeEach, describe, expect, it } from 'vitest';
import { DAY, RetrainingWorld, rows, START } from './retraining-world.ts';

/** 400 rows a second apart whose rule changes at the last 40. */
const CHANGED_AT = START - 40_000;

describe('what a retraining waits for', () => {
  let world: RetrainingWorld;

  beforeEach(async () => {
    world = await RetrainingWorld.open();
    world.data = rows(400, 360);
    await world.serve();
  });

  async function alarmed(minRowsSinceChange: number) {
    const standing = {
      degraded: true,
      reason: 'evidence 2100 of 2000',
      modelVersionId: (await world.champion())!,
      floor: 0.55,
      changeEstimate: { startedAt: CHANGED_AT },
    };
    const monitor = { on: () => () => {}, detectDegradation: () => standing };
    return world.manage({ monitor, config: { minRowsSinceChange, maxPerDay: 2 } });
  }

  it('is rows from after a change that an alarm has dated, as one retraining that loses nothing meanwhile', async () => {
    const manager = await alarmed(160);
    expect(await manager.tick()).toMatchObject({ status: 'waiting', entry: { stage: 'gathering' } });
    world.clock.advance(1_000);
    expect(await manager.tick()).toMatchObject({ status: 'waiting' });
    // 160 rows since the change: 41 of them in the old data, whose last label of the old rule ends with the change.
    world.data = rows(400, 240);
    const dated = CHANGED_AT - 120_000;
    const standing = { degraded: true, reason: '', modelVersionId: (await world.champion())!, floor: 0.55 };
    const later = await world.manage({
      monitor: { on: () => () => {}, detectDegradation: () => ({ ...standing, changeEstimate: { startedAt: dated } }) },
      config: { minRowsSinceChange: 160, trainingWindow: 'since-change' },
    });
    expect((await later.tick())?.status).toBe('promoted');
    expect(await world.entries()).toHaveLength(1);
  });

  it('is nothing by default, and nothing more where every row is from after the change', async () => {
    const manager = await alarmed(0);
    expect((await manager.tick())?.status).not.toBe('waiting');
    world.clock.advance(86_400_000);
    world.data = rows(39, 0);
    const patient = await alarmed(160);
    expect((await patient.tick())?.status).not.toBe('waiting');
  });

  it('is awaited for so many days only: then the retraining fails, and another can start', async () => {
    world.data = undefined;
    const manager = await world.manage({ config: { maxGatherDays: 2 } });
    await manager.executeRetraining('manual');
    world.clock.advance(2 * DAY - 1);
    expect(await manager.tick()).toMatchObject({ status: 'waiting' });
    world.clock.advance(1);
    expect(await manager.tick()).toMatchObject({
      status: 'failed',
      entry: {
        failedStage: 'gathering',
        error: { code: 'TRAINING_FAILED', message: expect.stringContaining('within 2 days') },
      },
    });
    world.data = rows(400, 100);
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'promoted' });
  });

  it('is not awaited by a retraining that another reason asked for', async () => {
    const manager = await alarmed(160);
    expect((await manager.executeRetraining('manual')).status).not.toBe('waiting');
  });
});
