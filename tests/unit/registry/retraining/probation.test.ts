import { keyedRandom, type RetrainingConfig } from '@mlperf/core';
import { ModelRegistry, type ProbationEvidence, type RetrainingManager } from '@mlperf/registry';
import { beforeEach, describe, expect, it } from 'vitest';
import { decide } from './decisions.ts';
import { DAY, type Heard, modelName, RetrainingWorld, rows } from './retraining-world.ts';

describe('a version on probation', () => {
  let world: RetrainingWorld;
  let old: string;
  let promoted: string;
  let manager: RetrainingManager;
  let heard: Heard[];

  const slot = async () => (await world.storage.slots.get(modelName))!;

  function listen(to: RetrainingManager): Heard[] {
    const events: Heard[] = [];
    for (const name of ['probation-ended', 'rollback-held', 'model-rolled-back'] as const) {
      to.on(name, (payload: object) => {
        events.push({ name, ...payload });
      });
    }
    return events;
  }

  /** Serves a version, and has a retraining promote the one that follows the new rule. */
  async function promote(config: Partial<RetrainingConfig> = {}) {
    world = await RetrainingWorld.open();
    old = await world.serve();
    manager = await world.manage({ config });
    heard = listen(manager);
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'promoted' });
    promoted = (await world.champion())!;
  }

  /** So many decisions from now on, with the predecessor beside them unless its rate is absent. */
  async function live(count: number, rates: { promoted: number; old?: number }, key = 'live') {
    const random = keyedRandom(key);
    for (let i = 0; i < count; i++) {
      const liveRight = random.next() < rates.promoted;
      const shadowRight = random.next() < (rates.old ?? 0);
      const at = world.clock.now();
      const beside = rates.old === undefined ? {} : { shadow: old, shadowRight };
      await decide(world.storage, [{ live: promoted, at, liveRight, ...beside }]);
      world.clock.advance(2_000);
    }
  }

  beforeEach(() => promote());

  it('has its predecessor beside it from the moment of its promotion', async () => {
    expect(await slot()).toMatchObject({
      shadowVersionId: old,
      probation: { versionId: promoted, startedAt: world.clock.now(), endsAt: world.clock.now() + 30 * DAY },
    });
  });

  it('is taken back by itself when it is worse, barred, and people are told why', async () => {
    await live(150, { promoted: 0.35, old: 0.65 });
    await manager.tick();
    expect(await world.champion()).toBe(old);
    expect(await slot()).not.toHaveProperty('probation');
    expect(await slot()).not.toHaveProperty('shadowVersionId');
    expect(await world.storage.models.barred(modelName)).toMatchObject([{ versionId: promoted }]);
    expect(heard.map(({ name }) => name)).toEqual(['model-rolled-back', 'probation-ended']);
    expect(heard[0]).toMatchObject({ versionId: old, previousVersionId: promoted, barred: true, actor: 'probation' });
    expect(heard[0]!.reason).toMatch(/worse than those of the version before it, after \d+ outcomes/);
    const evidence = heard[0]!.evidence as ProbationEvidence;
    expect(evidence).toMatchObject({ predictedGain: 1, fellShort: true, score: 'hit', falseRollbackRate: 0.05 });
    expect(evidence.gain.gainUpper).toBeLessThan(0);
    expect(evidence.gain.capitalBelow).toBeGreaterThanOrEqual(1 / 0.025);
    expect(heard[1]).toMatchObject({ verdict: 'rolled-back', versionId: promoted, evidence });
    const outbox = await world.storage.outbox.read({ consumer: 'test', limit: 100 });
    expect(outbox.map(({ type }) => type)).toEqual(expect.arrayContaining(['model-rolled-back', 'probation-ended']));
    expect(await manager.tick()).toBeUndefined();
  });

  it('stays when it keeps its promise, and the watch ends after its rows', async () => {
    await promote({ probationRows: 120 });
    await live(119, { promoted: 0.65, old: 0.4 });
    await manager.tick();
    expect((await slot()).probation).toBeDefined();
    await live(1, { promoted: 0.65, old: 0.4 }, 'last');
    await manager.tick();
    expect(await world.champion()).toBe(promoted);
    expect(await slot()).not.toHaveProperty('probation');
    expect(await slot()).not.toHaveProperty('shadowVersionId');
    expect(heard).toMatchObject([{ name: 'probation-ended', verdict: 'passed', evidence: { rows: 120 } }]);
    // It is better, but not by as much as the sample had promised.
    expect((heard[0]!.evidence as ProbationEvidence).gain.gainLower).toBeGreaterThan(0);
    expect(heard[0]).toMatchObject({ evidence: { fellShort: true, predictedGain: 1 } });
  });

  it('passes when its days are over, however little was seen', async () => {
    await live(3, { promoted: 0.5, old: 0.5 });
    world.clock.advance(30 * DAY);
    await manager.tick();
    expect(heard).toMatchObject([{ name: 'probation-ended', verdict: 'passed', evidence: { rows: 3 } }]);
  });

  it('is measured against what its predecessor was validated at while nobody answers beside it', async () => {
    // The predecessor was wrong on every evaluation row: nothing is worse than that.
    await live(300, { promoted: 0.1 });
    await manager.tick();
    expect(await world.champion()).toBe(promoted);
    const strong = await RetrainingWorld.open();
    world = strong;
    old = await world.serve(false, 0.8, 0);
    promoted = await world.register(false, 0.7);
    const evidence = { opponent: 'champion', opponentScore: 0.6, gain: 0.05, gainLower: 0.01, score: 'hit' };
    await world.registry.promoteToProduction(promoted, { expectedActive: old, evidence });
    const now = world.clock.now();
    await world.storage.slots.update(modelName, { probation: { versionId: promoted, startedAt: now } });
    manager = await world.manage();
    heard = listen(manager);
    await live(150, { promoted: 0.35 });
    await manager.tick();
    expect(await world.champion()).toBe(old);
    expect(heard[0]!.reason).toMatch(/worse than what the version before it was validated at/);
  });

  it('is watched on by whoever comes after a restart, and by one of several only', async () => {
    await live(30, { promoted: 0.35, old: 0.65 });
    await manager.tick();
    await manager.close();
    const others = await Promise.all(
      [1, 2, 3].map(async () => {
        const registry = await ModelRegistry.open({ storage: world.storage });
        return world.manage({ registry });
      }),
    );
    const told = others.map(listen);
    await live(120, { promoted: 0.35, old: 0.65 }, 'after');
    await Promise.all(others.map((other) => other.tick()));
    expect(await world.champion()).toBe(old);
    expect(told.flat().filter(({ name }) => name === 'model-rolled-back')).toHaveLength(1);
    const log = await world.registry.getPromotionHistory(modelName);
    expect(log.items.filter(({ kind }) => kind === 'rollback')).toHaveLength(1);
  });

  it('is taken back while another challenger trains', async () => {
    const fitting = Promise.withResolvers<never>();
    const executor = { ...world.executor, fit: () => fitting.promise };
    const busy = await world.manage({ executor, config: { deadlineMs: DAY } });
    const training = busy.executeRetraining('manual');
    await live(150, { promoted: 0.35, old: 0.65 });
    expect(await busy.tick()).toMatchObject({ status: 'skipped', reason: 'in-progress' });
    expect(await world.champion()).toBe(old);
    fitting.reject(new Error('enough'));
    await training;
  });

  it('is a matter for people while its slot is pinned: told once, and done when the pin is gone', async () => {
    await world.storage.slots.update(modelName, { pinned: true });
    await live(150, { promoted: 0.35, old: 0.65 });
    await manager.tick();
    await manager.tick();
    expect(await world.champion()).toBe(promoted);
    expect(heard).toMatchObject([{ name: 'rollback-held', reason: 'pinned', versionId: promoted }]);
    await world.storage.slots.update(modelName, { pinned: false });
    await manager.tick();
    expect(await world.champion()).toBe(old);
  });

  it('is taken back although the slot is frozen: a freeze stops promotions', async () => {
    await world.storage.slots.update(modelName, { frozenUntil: world.clock.now() + 365 * DAY });
    await live(150, { promoted: 0.35, old: 0.65 });
    await manager.tick();
    expect(await world.champion()).toBe(old);
  });

  it('leaves no trace in the slot when people roll back first, or promote another version', async () => {
    await manager.rollbackModel();
    expect(await world.champion()).toBe(old);
    expect(await slot()).not.toHaveProperty('probation');
    expect(await slot()).not.toHaveProperty('shadowVersionId');
    expect(await manager.tick()).toBeUndefined();
    await promote();
    await world.serve(true, 0.75);
    await manager.tick();
    expect(heard).toMatchObject([{ name: 'probation-ended', verdict: 'superseded', versionId: promoted }]);
    expect(await slot()).not.toHaveProperty('probation');
    expect(await slot()).not.toHaveProperty('shadowVersionId');
  });

  it('goes back to the nearest version that is not barred when its predecessor is', async () => {
    world = await RetrainingWorld.open();
    const first = await world.serve(true, 0.7);
    old = await world.serve(true, 0.75);
    manager = await world.manage();
    await manager.executeRetraining('manual');
    promoted = (await world.champion())!;
    await world.storage.models.bar({ versionId: old, modelName, reason: 'odd', at: world.clock.now() });
    await live(150, { promoted: 0.35, old: 0.65 });
    await manager.tick();
    expect(await world.champion()).toBe(first);
  });

  it('gives way to the next promotion, which is watched in its place', async () => {
    world.data = rows(400, 0);
    const next = await world.register(false, 0.7);
    await world.registry.promoteToProduction(next, { expectedActive: promoted });
    await manager.tick();
    world.data = rows(400, 400);
    world.clock.advance(1);
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'promoted' });
    const served = (await world.champion())!;
    expect(await slot()).toMatchObject({ probation: { versionId: served }, shadowVersionId: next });
  });

  it('is not watched when the configuration says so, nor when there was nothing before it', async () => {
    await promote({ probationRows: 0 });
    expect(await slot()).not.toHaveProperty('probation');
    expect(await slot()).not.toHaveProperty('shadowVersionId');
    const empty = await RetrainingWorld.open();
    const first = await empty.manage({ flatBand: 0 });
    await first.executeRetraining('manual');
    expect(await empty.storage.slots.get(modelName)).not.toHaveProperty('probation');
  });

  it('is unjudged, and said to be, when its watch ends before any outcome could be weighed', async () => {
    await live(5, { promoted: 0.1 });
    world.clock.advance(30 * DAY);
    await promote({ probationDays: 1 });
    world.clock.advance(DAY);
    await manager.tick();
    expect(await world.champion()).toBe(promoted);
    expect(await slot()).not.toHaveProperty('probation');
    expect(heard).toMatchObject([{ name: 'probation-ended', verdict: 'unjudged', evidence: { rows: 0 } }]);
    const outbox = await world.storage.outbox.read({ consumer: 'test', limit: 100 });
    expect(outbox.at(-1)).toMatchObject({ type: 'probation-ended', payload: { verdict: 'unjudged' } });
  });

  describe('that was promoted by returns, with outcomes that are a direction alone', () => {
    beforeEach(async () => {
      world = await RetrainingWorld.open();
      old = await world.serve();
      promoted = await world.register(false, 0.7);
      const evidence = { score: 'net-return', gainBound: 0.02, labelOverlap: 1, costPerTrade: 0.001, gain: 0.002 };
      await world.registry.promoteToProduction(promoted, { expectedActive: old, evidence });
      const probation = { versionId: promoted, startedAt: world.clock.now(), endsAt: world.clock.now() + 30 * DAY };
      await world.storage.slots.update(modelName, { probation, shadowVersionId: old });
      manager = await world.manage();
      heard = listen(manager);
    });

    it('is taken back when it hits less often', async () => {
      await live(150, { promoted: 0.3, old: 0.7 });
      await manager.tick();
      expect(await world.champion()).toBe(old);
      const evidence = heard[0]!.evidence as ProbationEvidence;
      expect(evidence).toMatchObject({ score: 'net-return', gain: { decisions: 0 }, hits: { gainBound: 1 } });
      expect(evidence.hits!.capitalBelow).toBeGreaterThanOrEqual(3 / 0.05);
    });

    it('passes on them when it does not', async () => {
      await live(150, { promoted: 0.6, old: 0.6 });
      world.clock.advance(30 * DAY);
      await manager.tick();
      expect(heard).toMatchObject([{ verdict: 'passed', evidence: { rows: 150 } }]);
      expect((heard[0]!.evidence as ProbationEvidence).hits!.decisions).toBeGreaterThan(140);
    });

    it('is unjudged when nobody answers beside it either', async () => {
      await live(150, { promoted: 0.1 });
      world.clock.advance(30 * DAY);
      await manager.tick();
      expect(heard).toMatchObject([{ verdict: 'unjudged', evidence: { rows: 150 } }]);
    });
  });

  it('is judged by returns after costs when its promotion was', async () => {
    world = await RetrainingWorld.open();
    old = await world.serve();
    promoted = await world.register(false, 0.7);
    const evidence = { score: 'net-return', gainBound: 0.02, labelOverlap: 1, costPerTrade: 0.001, gain: 0.002 };
    await world.registry.promoteToProduction(promoted, { expectedActive: old, evidence });
    const now = world.clock.now();
    const probation = { versionId: promoted, startedAt: now };
    await world.storage.slots.update(modelName, { probation, shadowVersionId: old });
    manager = await world.manage();
    // Right more often, but wrong whenever it matters.
    for (let i = 0; i < 300; i++) {
      const large = i % 4 === 0;
      const move = large ? 0.01 : 0.0005;
      const at = now + i * 2_000;
      await decide(world.storage, [{ live: promoted, shadow: old, at, liveRight: !large, shadowRight: large, move }]);
    }
    await manager.tick();
    expect(await world.champion()).toBe(old);
  });
});
