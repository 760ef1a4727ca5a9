import { createDataset, type Dataset, keyedRandom, type RetrainingConfig } from '@mlperf/core';
import type { FallbackTakenEvent, RetrainingManager } from '@mlperf/registry';
import { beforeEach, describe, expect, it } from 'vitest';
import { DAY, hooked, modelName, RetrainingWorld, rows, START, settle } from '../retraining-world.ts';

/** Rows whose labels have nothing to do with the feature. */
function noise(count: number): Dataset {
  const random = keyedRandom('noise');
  const plain = rows(count, 0);
  return createDataset({
    ...plain,
    features: plain.features,
    targets: Array.from({ length: count }, () => (random.next() < 0.5 ? 1 : 0)),
  });
}

describe('the policy of the gate', () => {
  let world: RetrainingWorld;
  let fallbacks: FallbackTakenEvent[];

  beforeEach(async () => {
    world = await RetrainingWorld.open();
    fallbacks = [];
  });

  async function manage(config: Partial<RetrainingConfig> = {}): Promise<RetrainingManager> {
    const manager = await world.manage({ config });
    manager.on('fallback-taken', (event) => {
      fallbacks.push(event);
    });
    return manager;
  }

  async function degraded(manager: RetrainingManager, champion: string) {
    world.degrade(champion);
    await manager.whenIdle();
  }

  describe('when the champion is degraded and its challenger merely not worse', () => {
    it('lets the challenger replace it, if it beats no skill', async () => {
      const old = await world.serve();
      world.data = rows(400, 400);
      const manager = await manage();
      await degraded(manager, old);
      expect(await world.champion()).not.toBe(old);
      expect((await world.entries())[0]).toMatchObject({
        stage: 'promoted',
        evidence: { reason: 'skilled', gain: 0, gainOverNoSkillLower: expect.any(Number) },
      });
    });

    it('does not when the configuration asks for a better one, nor for any other reason to retrain', async () => {
      const old = await world.serve();
      world.data = rows(400, 400);
      await degraded(await manage({ whenDegraded: 'better-challenger', fallback: 'keep' }), old);
      expect(await world.champion()).toBe(old);
      const manager = await manage();
      world.clock.advance(DAY);
      expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'rejected', reason: 'not-better' });
    });

    it('falls back to the version before when that one beats no skill, in one step with the rejection', async () => {
      // The rule has turned: the champion is wrong on every row, and a broken trainer learns the same again.
      const first = await world.serve(false, 0.8);
      const old = await world.serve(true, 0.8);
      const executor = hooked(world.executor, {
        fit: async (request, options) => world.executor.fit({ ...request, train: rows(100, 100) }, options),
      });
      const manager = await world.manage({ executor });
      manager.on('fallback-taken', (event) => {
        fallbacks.push(event);
      });
      world.data = rows(400, 0);
      await degraded(manager, old);
      expect(await world.champion()).toBe(first);
      expect(fallbacks).toMatchObject([
        {
          action: 'previous',
          versionId: first,
          championVersionId: old,
          score: 1,
          why: expect.stringMatching(/version 1/),
        },
      ]);
      const [entry] = await world.entries();
      expect(entry).toMatchObject({
        stage: 'rejected',
        evidence: { fallback: { action: 'previous', versionId: first } },
      });
      const log = await world.registry.getPromotionHistory(modelName);
      expect(log.items[0]).toMatchObject({
        kind: 'rollback',
        actor: 'retraining',
        evidence: { gainOverNoSkillLower: expect.any(Number) },
      });
      expect(await world.storage.models.barred(modelName)).toEqual([]);
      const events = await world.storage.outbox.read({ consumer: 'test', limit: 100 });
      expect(events.map(({ type }) => type)).toContain('fallback-taken');
    });

    it('keeps it and tells people when the version before is no better than no skill', async () => {
      await world.serve(true, 0.8);
      const old = await world.serve(true, 0.7);
      world.data = noise(400);
      await degraded(await manage(), old);
      expect(await world.champion()).toBe(old);
      expect(fallbacks).toMatchObject([{ action: 'kept', why: expect.stringMatching(/does not beat no skill/) }]);
    });

    it('keeps it and says why when there is no version before, or people have pinned the slot', async () => {
      const old = await world.serve();
      world.data = noise(400);
      const manager = await manage({ cooldownMs: 0 });
      await degraded(manager, old);
      await world.storage.slots.update(modelName, { pinned: true });
      world.clock.advance(DAY);
      await manager.tick();
      expect(fallbacks.map(({ action, why }) => [action, why])).toEqual([
        ['kept', 'there is no earlier version to go back to'],
        ['kept', 'the slot is pinned'],
      ]);
    });

    it('suspends predictions when the configuration says so', async () => {
      const old = await world.serve();
      world.data = noise(400);
      await degraded(await manage({ fallback: 'suspend' }), old);
      expect(await world.storage.slots.get(modelName)).toMatchObject({ suspended: true, championVersionId: old });
      expect(fallbacks).toMatchObject([{ action: 'suspended' }]);
    });
  });

  describe('when nothing is served', () => {
    it('lets nothing in that beats nothing', async () => {
      world.data = noise(400);
      const manager = await world.manage({ flatBand: 0 });
      expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'rejected', reason: 'not-better' });
      expect(await world.champion()).toBeUndefined();
    });
  });

  describe('with a poisoned challenger', () => {
    it.each([
      ['NaN', Number.NaN],
      ['an infinity', Number.POSITIVE_INFINITY],
      ['probabilities beyond 1', 7],
    ])('refuses one that answers %s, and the champion serves on', async (_what, value) => {
      const old = await world.serve();
      const poisoned = {
        ...world.executor,
        fit: world.executor.fit.bind(world.executor),
        predict: async (...[request, options]: Parameters<typeof world.executor.predict>) => {
          const answer = await world.executor.predict(request, options);
          for (const values of answer.predictions) values.fill(value, 0, 1);
          return answer;
        },
      };
      const manager = await world.manage({ executor: poisoned });
      expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'failed' });
      expect(await world.champion()).toBe(old);
    });

    it('rejects one that says the same of every row, though the champion is worse', async () => {
      const old = await world.serve();
      let calls = 0;
      const executor = {
        ...world.executor,
        fit: world.executor.fit.bind(world.executor),
        predict: async (...[request, options]: Parameters<typeof world.executor.predict>) => {
          const answer = await world.executor.predict(request, options);
          if (calls++ > 0) return answer;
          const predictions = answer.predictions.map((values) => values.map((_, i) => (i % 2 === 0 ? 0.4 : 0.6)));
          return { ...answer, predictions };
        },
      };
      const manager = await world.manage({ executor });
      expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'rejected', reason: 'constant' });
      expect(await world.champion()).toBe(old);
    });

    it('rejects one that knows too much, when the configuration says what is too much', async () => {
      const old = await world.serve();
      const manager = await manage({ maxPlausibleAccuracy: 0.9 });
      expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'rejected', reason: 'implausible' });
      expect(await world.champion()).toBe(old);
    });
  });

  describe('with an error budget', () => {
    it('spends it challenge by challenge, stores what each took, and says when it is back', async () => {
      const old = await world.serve();
      world.data = rows(400, 400);
      const config = { wrongPromotionsPerYear: 0.1, maxPerDay: 1000, circuitLosses: 1000 };
      const results = [];
      for (let i = 0; i < 8; i++) {
        // Another manager each time: what is left is in the store.
        const manager = await world.manage({ config });
        results.push(await manager.executeRetraining('manual'));
        await manager.close();
        world.clock.advance(1);
      }
      const spent = (await world.entries())
        .flatMap(({ evidence }) => (evidence?.budget as { alpha: number } | undefined)?.alpha ?? [])
        .sort((a, b) => b - a);
      [0.0125, 0.00625, 0.003125, 0.0015625].forEach((alpha, i) => {
        expect(spent[i]).toBeCloseTo(alpha, 7);
      });
      expect(spent).toHaveLength(4);
      expect(results.map((result) => 'reason' in result && result.reason)).toEqual([
        ...Array.from({ length: 4 }, () => 'not-better'),
        ...Array.from({ length: 4 }, () => 'error-budget'),
      ]);
      const entry = (await world.entries()).find(({ evidence }) => evidence?.reason === 'error-budget')!;
      expect(entry).toMatchObject({
        stage: 'rejected',
        evidence: { reason: 'error-budget', budgetBackAt: expect.any(Number) },
      });
      const { budgetBackAt } = entry.evidence as { budgetBackAt: number };
      expect(budgetBackAt).toBeGreaterThan(START);
      expect(await world.champion()).toBe(old);
      world.clock.advance(budgetBackAt - world.clock.now());
      const manager = await world.manage({ config });
      expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'rejected', reason: 'not-better' });
    });

    it('is spent once, whatever the clocks of the hosts say', async () => {
      await world.serve();
      world.data = rows(400, 400);
      const config = { wrongPromotionsPerYear: 0.1, maxPerDay: 1000, circuitLosses: 1000 };
      const ahead = { now: () => world.clock.now() + 3_600_000, sleep: world.clock.sleep.bind(world.clock) };
      const first = await world.manage({ config, clock: ahead });
      await first.executeRetraining('manual');
      const second = await world.manage({ config });
      for (let i = 0; i < 8; i++) {
        world.clock.advance(1_000);
        await second.executeRetraining('manual');
      }
      const spent = (await world.entries()).flatMap(
        ({ evidence }) => (evidence?.budget as { alpha: number } | undefined)?.alpha ?? [],
      );
      expect(spent).toHaveLength(4);
      expect(spent.reduce((sum, alpha) => sum + alpha)).toBeLessThan(0.1 / 4);
    });

    it('lets nothing be trained for a reason that it could not pay for, until it is back', async () => {
      const old = await world.serve();
      world.data = rows(400, 400);
      const config = { wrongPromotionsPerYear: 0.01, whenDegraded: 'better-challenger', cooldownMs: 0 } as const;
      const manager = await manage(config);
      await degraded(manager, old);
      expect(await world.entries()).toHaveLength(1);
      world.clock.advance(2 * DAY);
      const refused = await manager.tick();
      expect(refused).toMatchObject({ status: 'skipped', reason: 'error-budget', retryAt: expect.any(Number) });
      expect(await world.entries()).toHaveLength(1);
      world.clock.advance((refused as { retryAt: number }).retryAt - world.clock.now());
      expect(await manager.tick()).toMatchObject({ status: 'rejected', reason: 'not-better' });
    });

    it('leaves a degraded champion that it has nothing for neither alone nor unmentioned', async () => {
      const first = await world.serve(false, 0.8);
      const old = await world.serve(true, 0.8);
      const executor = hooked(world.executor, {
        fit: async (request, options) => world.executor.fit({ ...request, train: rows(100, 100) }, options),
      });
      const config = { wrongPromotionsPerYear: 0.01, cooldownMs: 0 };
      const manager = await world.manage({ executor, config });
      manager.on('fallback-taken', (event) => {
        fallbacks.push(event);
      });
      world.data = rows(400, 0);
      await manager.executeRetraining('manual');
      world.clock.advance(DAY);
      await degraded(manager, old);
      expect((await world.entries())[0]).toMatchObject({ stage: 'rejected', evidence: { reason: 'error-budget' } });
      expect(fallbacks).toMatchObject([{ action: 'previous', versionId: first, championVersionId: old }]);
      expect(await world.champion()).toBe(first);
      // Nothing can be done about this one: people are told, but once, and no more is trained.
      world.data = noise(400);
      world.clock.advance(DAY);
      await degraded(manager, first);
      world.clock.advance(DAY);
      expect(await manager.tick()).toMatchObject({ status: 'skipped', reason: 'error-budget' });
      expect(fallbacks.slice(1)).toMatchObject([{ action: 'kept', championVersionId: first }]);
      expect(await world.entries()).toHaveLength(3);
    });

    it('is spent once by a judging that was cut off, which judges the same rows again', async () => {
      await world.serve();
      const dying = world.dyingStorage();
      const manager = await world.manage({ storage: dying });
      // Dies between what it spent and its verdict: the promotion never comes.
      const promote = world.registry.promoteToProduction.bind(world.registry);
      world.registry.promoteToProduction = () => new Promise<never>(() => {});
      void manager.executeRetraining('manual');
      for (let i = 0; i < 20; i++) await settle();
      world.registry.promoteToProduction = promote;
      const before = (await world.storage.retrainings.unfinished(modelName))!;
      expect(before).toMatchObject({ stage: 'evaluating', evidence: { sampleTo: START - 1_000 } });
      world.clock.advance(60_000);
      // A hundred later rows have come in meanwhile, whose labels follow the old rule again: on them it would lose.
      const known = rows(400, 100);
      const again = rows(400, 400);
      const late = (values: ArrayLike<number>) => Array.from(values).slice(-100);
      world.data = createDataset({
        ...known,
        features: [...known.features.values, ...late(again.features.values)].map((value) => [value]),
        targets: [...known.targets, ...late(again.targets)],
        timestamps: [...known.timestamps, ...late(again.timestamps).map((at) => at + 100_000)],
        labelEndsAt: [...known.labelEndsAt, ...late(again.labelEndsAt).map((at) => at + 100_000)],
      });
      const next = await world.manage();
      const result = await next.resume();
      expect(result).toMatchObject({ status: 'promoted' });
      const [entry] = await world.entries();
      expect(entry!.evidence!.budget).toEqual(before.evidence!.budget);
      expect(entry!.evidence!.evaluatedTo).toBe(START - 1_000);
    });
  });
});
