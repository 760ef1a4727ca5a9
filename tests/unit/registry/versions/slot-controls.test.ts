import { describe, expect, it } from 'vitest';
import { aRegistry, aRequest, NAME } from '../a-registry.ts';

describe('the controls of a slot', () => {
  it('change slot and outbox together and are told', async () => {
    const { registry, storage } = await aRegistry();
    await registry.registerModel(aRequest(0.7));
    const told: object[] = [];
    registry.on('slot-changed', (event) => void told.push(event));
    const window = { from: 5_000, to: 6_000, reason: 'central bank day' };
    const event = await registry.controlSlot(
      NAME,
      { pinned: true, freezeWindows: [window] },
      { actor: 'ops', reason: 'quiet week' },
    );
    expect(event).toEqual({
      modelName: NAME,
      pinned: true,
      suspended: false,
      freezeWindows: [window],
      at: 1_000,
      actor: 'ops',
      reason: 'quiet week',
    });
    expect(told).toEqual([event]);
    expect(await registry.getSlot(NAME)).toMatchObject({ pinned: true, suspended: false, freezeWindows: [window] });
    const [stored] = await storage.outbox.read({ consumer: 'test', limit: 10 });
    expect(stored).toMatchObject({ type: 'slot-changed', modelName: NAME, payload: event });
  });

  it('leave no trace when they are refused', async () => {
    const { registry, storage } = await aRegistry();
    await expect(registry.controlSlot(NAME, { pinned: true })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await registry.registerModel(aRequest(0.7));
    const before = await registry.getSlot(NAME);
    const bad = { suspended: true, freezeWindows: [{ from: 2, to: 1 }] };
    await expect(registry.controlSlot(NAME, bad)).rejects.toMatchObject({ code: 'INVALID_RECORD' });
    const stranger = { suspended: true, shadowVersionId: 'none' };
    await expect(registry.controlSlot(NAME, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await registry.getSlot(NAME)).toEqual(before);
    expect(await storage.outbox.read({ consumer: 'test', limit: 10 })).toEqual([]);
  });
});
