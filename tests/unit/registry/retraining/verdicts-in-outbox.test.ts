import { beforeEach, describe, expect, it } from 'vitest';
import { RetrainingWorld, rows } from './retraining-world.ts';

describe('the outbox of a retraining', () => {
  let world: RetrainingWorld;

  beforeEach(async () => {
    world = await RetrainingWorld.open();
    await world.serve();
  });

  const told = async () => (await world.storage.outbox.read({ consumer: 'test', limit: 1_000 })).slice(1);
  const types = async () => (await told()).map(({ type }) => type);

  it('has a promotion, as its listeners hear it', async () => {
    const manager = await world.manage();
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'promoted' });
    const events = await told();
    const { name, ...heard } = world.heard.find((event) => event.name === 'retraining-completed')!;
    expect(events.find(({ type }) => type === name)).toMatchObject({ payload: heard, at: heard.at });
    expect(await types()).toContain('model-promoted');
  });

  it('has a rejection, as its listeners hear it', async () => {
    world.data = rows(400, 400);
    const manager = await world.manage();
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'rejected' });
    const { name, ...heard } = world.heard.find((event) => event.name === 'retraining-rejected')!;
    expect((await told()).find(({ type }) => type === name)?.payload).toEqual(heard);
  });

  it('has every failure, and the circuit once: when it opened', async () => {
    const manager = await world.manage({
      config: { circuitFailures: 2, maxPerDay: 100 },
      gather: () => Promise.reject(new Error('no data')),
    });
    for (let i = 0; i < 3; i++) {
      await manager.executeRetraining('manual');
      world.clock.advance(1_000);
    }
    expect(await types()).toEqual(['retraining-failed', 'retraining-failed', 'circuit-opened', 'retraining-failed']);
    const [failed, , opened] = await told();
    expect(failed!.payload).toMatchObject({ stage: 'gathering', code: 'TRAINING_FAILED', message: 'no data' });
    expect(opened!.payload).toMatchObject({ cause: 'failures', count: 2, reason: expect.stringContaining('no data') });
  });

  it('has no verdict that was not stored, and stores none that it does not have', async () => {
    const full = Object.assign(Object.create(world.storage), {
      transaction: ((change, options) =>
        world.storage.transaction((tx) => {
          const append = () => Promise.reject(new Error('the disk is full'));
          return change({ ...tx, outbox: { ...tx.outbox, append } });
        }, options)) as typeof world.storage.transaction,
    });
    const manager = await world.manage({ storage: full, gather: () => Promise.reject(new Error('no data')) });
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'left' });
    expect((await world.entries())[0]).toMatchObject({ stage: 'gathering' });
    expect(await told()).toEqual([]);
    const next = await world.manage();
    expect(await next.tick()).toMatchObject({ status: 'promoted' });
    expect((await types()).filter((type) => type === 'retraining-completed')).toHaveLength(1);
  });
});
