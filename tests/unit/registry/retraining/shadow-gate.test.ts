import { keyedRandom, type RetrainingConfig, type RetrainingLogEntry } from '@mlperf/core';
import { ModelRegistry, type ShadowEvidence, type ShadowProgress } from '@mlperf/registry';
import { beforeEach, describe, expect, it } from 'vitest';
import { decide } from './decisions.ts';
import { DAY, modelName, RetrainingWorld, rows, START } from './retraining-world.ts';

const SECOND = 1_000;

describe('a challenger in shadow', () => {
  let world: RetrainingWorld;
  let champion: string;

  beforeEach(async () => {
    world = await RetrainingWorld.open();
    champion = await world.serve();
  });

  const manage = (config: Partial<RetrainingConfig> = {}) => world.manage({ config: { gate: 'both', ...config } });

  const slot = async () => (await world.storage.slots.get(modelName))!;

  /** So many decisions after now, of which each version is right with its rate. */
  async function live(
    challenger: string,
    count: number,
    rates: { champion: number; challenger: number },
    key = 'live',
  ) {
    const random = keyedRandom(key);
    for (let i = 0; i < count; i++) {
      const at = world.clock.now();
      const liveRight = random.next() < rates.champion;
      const shadowRight = random.next() < rates.challenger;
      await decide(world.storage, [{ live: champion, shadow: challenger, at, liveRight, shadowRight }]);
      world.clock.advance(2 * SECOND);
    }
  }

  async function begin(config: Partial<RetrainingConfig> = {}) {
    const manager = await manage(config);
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'waiting' });
    expect(await manager.tick()).toMatchObject({ status: 'waiting' });
    const { newVersionId: challenger } = (await world.storage.retrainings.unfinished(modelName))!;
    expect((await slot()).shadowVersionId).toBe(challenger);
    return { manager, challenger: challenger! };
  }

  it('is put there when it has won on its sample, and promoted once the evidence is clear', async () => {
    const { manager, challenger } = await begin();
    expect(await world.champion()).toBe(champion);
    await live(challenger, 60, { champion: 0.2, challenger: 0.9 });
    // Clear long since, but not enough rows for a verdict.
    const waiting = await manager.tick();
    expect(waiting).toMatchObject({ status: 'waiting', shadow: { decisions: 59, unpaired: 0, maxRows: 20_000 } });
    const { gain, rowsNeeded } = (waiting as { shadow: ShadowProgress }).shadow;
    expect(gain).toBeGreaterThan(0.4);
    // log(8 / 0.025) of evidence at the growth of the best bet on such gains: a dozen or two, but more than are there.
    expect(rowsNeeded).toBe(60);
    await live(challenger, 60, { champion: 0.2, challenger: 0.9 }, 'more');
    const result = await manager.tick();
    expect(result).toMatchObject({ status: 'promoted', verdict: { reason: 'better', evidence: { gain: 1 } } });
    expect(await world.champion()).toBe(challenger);
    const [entry] = await world.entries();
    const shadow = entry!.evidence!.shadow as ShadowEvidence;
    // At the first decision after the hundredth that was weighed, whenever one looked.
    expect(shadow).toMatchObject({ decisions: 100, unpaired: 0, score: 'hit', labelOverlap: 1, gainBound: 1 });
    expect(shadow.gain).toBeGreaterThan(0.4);
    expect(shadow.gainLower).toBeGreaterThan(0);
    expect(shadow.capitalAbove).toBeGreaterThanOrEqual(1 / shadow.alphaAbove);
    expect(entry).toMatchObject({ stage: 'promoted', evidence: { budget: { alpha: expect.any(Number) }, gain: 1 } });
    expect((await world.registry.getPromotionHistory(modelName)).items[0]!.evidence).toMatchObject({ shadow });
    expect(world.names().filter((name) => name === 'retraining-completed')).toHaveLength(1);
  });

  it('holds no lease and tells nothing while it waits, also for other managers and after a restart', async () => {
    const { manager, challenger } = await begin();
    const told = world.heard.length;
    for (let i = 0; i < 3; i++) {
      await live(challenger, 20, { champion: 0.5, challenger: 0.5 }, `quiet ${i}`);
      expect(await manager.tick()).toMatchObject({ status: 'waiting' });
      expect((await world.storage.leases.get(`retraining:${modelName}`))?.expiresAt ?? 0).toBeLessThanOrEqual(
        world.clock.now(),
      );
    }
    expect(world.heard).toHaveLength(told);
    await manager.close();
    const registry = await ModelRegistry.open({ storage: world.storage });
    const next = await world.manage({ registry, config: { gate: 'both' } });
    await live(challenger, 200, { champion: 0.2, challenger: 0.9 }, 'after');
    expect(await next.tick()).toMatchObject({ status: 'promoted' });
    expect(await world.champion()).toBe(challenger);
  });

  it('is decided at the same decision by whoever looks, however often', async () => {
    const { manager, challenger } = await begin();
    const often: unknown[] = [];
    for (let i = 0; i < 200 && (await world.champion()) === champion; i++) {
      await live(challenger, 1, { champion: 0.3, challenger: 0.75 }, `row ${i}`);
      often.push(await manager.tick());
    }
    const other = await RetrainingWorld.open();
    const served = await other.serve();
    const seldom = await other.manage({ config: { gate: 'both' } });
    await seldom.executeRetraining('manual');
    await seldom.tick();
    world = other;
    champion = served;
    for (let i = 0; i < 200; i++) await live(challenger, 1, { champion: 0.3, challenger: 0.75 }, `row ${i}`);
    const late = await seldom.tick();
    const evidenceOf = (result: unknown) => (result as { shadow: ShadowEvidence }).shadow;
    expect(evidenceOf(late)).toEqual(evidenceOf(often.at(-1)));
  });

  it('is rejected when it turns out no better: a leak that made it look so on the sample is not there live', async () => {
    const { manager, challenger } = await begin();
    await live(challenger, 400, { champion: 0.7, challenger: 0.4 });
    expect(await manager.tick()).toMatchObject({ status: 'rejected', reason: 'not-better' });
    expect(await slot()).not.toHaveProperty('shadowVersionId');
    expect((await world.storage.models.get(challenger))?.status).toBe('archived');
    expect(world.heard.at(-1)).toMatchObject({ name: 'retraining-rejected', shadow: { gain: expect.any(Number) } });
  });

  it.each([
    ['rows', { maxShadowRows: 150 }, 200, 0],
    ['days', { maxShadowDays: 3 }, 120, 3 * DAY],
  ] as const)(
    'is rejected as undecided when its %s are over, saying how many rows it needs',
    async (_w, config, n, wait) => {
      const { manager, challenger } = await begin(config);
      await live(challenger, n, { champion: 0.5, challenger: 0.56 }, 'slow');
      world.clock.advance(wait);
      const result = await manager.tick();
      expect(result).toMatchObject({ status: 'rejected', reason: 'undecided' });
      const { shadow } = (await world.entries())[0]!.evidence as { shadow: ShadowEvidence };
      expect(shadow.rowsNeeded).toBeGreaterThan(shadow.decisions);
      expect(await world.champion()).toBe(champion);
    },
  );

  it('does not go there when it has lost on its sample', async () => {
    world.data = rows(400, 400);
    const manager = await manage();
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'rejected', reason: 'not-better' });
    expect(await slot()).not.toHaveProperty('shadowVersionId');
  });

  it('goes there without a verdict on the sample when that is the whole gate', async () => {
    world.data = rows(400, 400);
    const manager = await manage({ gate: 'shadow' });
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'waiting' });
    expect(await manager.tick()).toMatchObject({ status: 'waiting' });
    expect((await slot()).shadowVersionId).toBeDefined();
  });

  it('is judged on its sample alone while nothing is served', async () => {
    const empty = await RetrainingWorld.open();
    const manager = await empty.manage({ flatBand: 0, config: { gate: 'shadow' } });
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'promoted' });
  });

  it('waits until the place beside the champion is free', async () => {
    const other = await world.register(true, 0.7);
    await world.storage.slots.update(modelName, { shadowVersionId: other });
    const manager = await manage();
    await manager.executeRetraining('manual');
    expect(await manager.tick()).toMatchObject({ status: 'waiting' });
    expect((await slot()).shadowVersionId).toBe(other);
    await world.storage.slots.update(modelName, { shadowVersionId: null });
    await manager.tick();
    expect((await slot()).shadowVersionId).not.toBe(other);
    expect((await slot()).shadowVersionId).toBeDefined();
  });

  it('waits for that no longer than its days, and says that the place is taken', async () => {
    const other = await world.register(true, 0.7);
    await world.storage.slots.update(modelName, { shadowVersionId: other });
    const manager = await manage({ maxShadowDays: 5 });
    const told: object[] = [];
    manager.on('shadow-place-taken', (event) => void told.push(event));
    await manager.executeRetraining('manual');
    for (let day = 0; day < 5; day++) {
      expect(await manager.tick()).toMatchObject({ status: 'waiting' });
      world.clock.advance(DAY - 1);
    }
    const [{ newVersionId, retrainingId }] = (await world.entries()) as [RetrainingLogEntry];
    expect(told).toEqual([{ modelName, retrainingId, at: START, newVersionId, takenBy: other }]);
    world.clock.advance(5);
    expect(await manager.tick()).toMatchObject({ status: 'rejected', reason: 'undecided' });
    expect((await world.entries())[0]!.evidence).toMatchObject({ shadowPlace: 'taken', reason: 'undecided', gain: 1 });
    expect((await slot()).shadowVersionId).toBe(other);
    expect(await world.storage.models.get(newVersionId!)).toMatchObject({ status: 'archived' });
  });

  it('has its days from its verdict, however late its place became free', async () => {
    const other = await world.register(true, 0.7);
    await world.storage.slots.update(modelName, { shadowVersionId: other });
    const manager = await manage({ maxShadowDays: 5 });
    await manager.executeRetraining('manual');
    world.clock.advance(3 * DAY);
    await world.storage.slots.update(modelName, { shadowVersionId: null });
    await manager.tick();
    expect(await manager.tick()).toMatchObject({ status: 'waiting', shadow: { endsAt: START + 5 * DAY } });
  });

  it('ends when people take it away, or promote another one', async () => {
    const { manager } = await begin();
    await world.registry.controlSlot(modelName, { shadowVersionId: null });
    expect(await manager.tick()).toMatchObject({ status: 'rejected', reason: 'shadow-ended' });
    const again = await manager.executeRetraining('manual');
    expect(again).toMatchObject({ status: 'waiting' });
    await manager.tick();
    await world.serve(true, 0.7);
    expect(await manager.tick()).toMatchObject({ status: 'rejected', reason: 'champion-changed' });
    expect(await slot()).not.toHaveProperty('shadowVersionId');
  });

  it.each([
    ['pinned', { pinned: true }],
    ['frozen', { frozenUntil: START + DAY }],
    ['frozen', { freezeWindows: [{ from: START - 1, to: START + DAY }] }],
    ['suspended', { suspended: true }],
  ] as const)('is not promoted into a slot that is %s', async (reason, patch) => {
    const { manager, challenger } = await begin();
    await live(challenger, 200, { champion: 0.2, challenger: 0.9 });
    await world.storage.slots.update(modelName, patch);
    expect(await manager.tick()).toMatchObject({ status: 'rejected', reason });
    expect(await world.champion()).toBe(champion);
    expect((await world.entries())[0]).toMatchObject({ stage: 'rejected', evidence: { reason, shadow: {} } });
  });

  it('is not promoted when people have barred it', async () => {
    const { manager, challenger } = await begin();
    await live(challenger, 200, { champion: 0.2, challenger: 0.9 });
    await world.storage.models.bar({ versionId: challenger, modelName, reason: 'odd', at: world.clock.now() });
    expect(await manager.tick()).toMatchObject({ status: 'rejected', reason: 'barred' });
    expect(await world.champion()).toBe(champion);
  });
});
