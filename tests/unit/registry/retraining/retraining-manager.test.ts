import { createDataset, type Dataset, InvalidInputError, MlperfError, type RetrainingLogEntry } from '@mlperf/core';
import { decodeBundle, ModelPredictor, ModelRegistry } from '@mlperf/registry';
import { beforeEach, describe, expect, it } from 'vitest';
import { ruleFamily, serialized } from '../rule-family.ts';
import { DAY, hooked, modelName, RetrainingWorld, rows, START, settle } from './retraining-world.ts';

const never = () => new Promise<never>(() => {});

describe('the retraining manager', () => {
  let world: RetrainingWorld;

  beforeEach(async () => {
    world = await RetrainingWorld.open();
  });

  describe('when the champion is degraded', () => {
    it('trains a challenger on the new rule, promotes it, and says every step', async () => {
      const old = await world.serve();
      const manager = await world.manage();
      world.degrade(old);
      expect(manager.retrainingInProgress).toBe(true);
      await manager.whenIdle();
      expect(manager.retrainingInProgress).toBe(false);
      expect(world.names()).toEqual(['retraining-started', 'model-promoted', 'retraining-completed']);

      const [entry] = await world.entries();
      const champion = (await world.champion())!;
      expect(champion).not.toBe(old);
      expect(entry).toMatchObject({
        stage: 'promoted',
        success: true,
        oldVersionId: old,
        newVersionId: champion,
        seconds: 0,
        trigger: { triggerType: 'accuracy_drop', thresholdValue: 0.55, currentValue: 0.41, triggeredAt: START },
        evidence: {
          reason: 'better',
          opponent: 'champion',
          score: 'hit',
          rows: 100,
          challengerAccuracy: 1,
          championAccuracy: 0,
          gain: 1,
        },
      });
      expect(world.heard[2]).toMatchObject({
        retrainingId: entry!.retrainingId,
        oldVersionId: old,
        newVersionId: champion,
        evidence: { gain: 1, gainLower: 1 },
      });
      expect(manager.lastRetrainAt).toBe(START);
      expect((await world.registry.getPromotionHistory(modelName)).items[0]).toMatchObject({
        actor: 'retraining',
        previousVersionId: old,
        evidence: { retrainingId: entry!.retrainingId, gain: 1 },
      });
    });

    it('judges on the rows every model can answer when a symbol was listed late, and counts the others', async () => {
      // B begins among the newest hundred rows, which are judged on.
      const whole = rows(400, 100);
      const groups = Int32Array.from({ length: 400 }, (_, row) => (row >= 340 && row % 2 === 1 ? 1 : 0));
      world.data = createDataset({ ...whole, features: whole.features, groups, groupNames: ['A', 'B'] });
      const { versionId: old } = await world.registry.registerModel({
        modelName,
        model: serialized({ follow: true, certainty: 0.8, featureNames: ['momentum'], lookBack: 2 }),
        flatBand: 0.002,
        hyperparameters: {},
        trainingMetrics: {},
        dataVersion: 'd',
        metadata: { trainedThrough: START - 300_000 },
      });
      await world.registry.promoteToProduction(old, { expectedActive: undefined });
      const manager = await world.manage();
      world.degrade(old);
      await manager.whenIdle();
      const [entry] = await world.entries();
      expect(entry).toMatchObject({ stage: 'promoted', evidence: { rows: 98, unscoredRows: 2, gain: 1 } });
    });

    it('registers what it was trained on and how it was validated', async () => {
      const old = await world.serve();
      const manager = await world.manage({ config: { embargoMs: 5_000 } });
      world.degrade(old);
      await manager.whenIdle();
      const version = (await world.registry.getActiveModel(modelName))!;
      // Rows 300 to 399 are held out, the first at START − 100 s; labels must end more than 5 s before it.
      expect(version).toMatchObject({
        version: 2,
        status: 'active',
        modelType: 'rule',
        trainingMetrics: { accuracy: 1, evaluationRows: 100 },
        metadata: { flatBand: 0.002, trainedThrough: START - 106_000, trainingRows: 294 },
      });
      expect(version.dataVersion).toMatch(/^[0-9a-f]{64}$/);
    });

    it('promotes the very bytes that were judged', async () => {
      const old = await world.serve();
      const judged: Uint8Array[] = [];
      const executor = {
        ...hooked(world.executor, {}),
        predict: (request: Parameters<typeof world.executor.predict>[0]) => {
          judged.push(request.model);
          return world.executor.predict(request);
        },
      };
      const manager = await world.manage({ executor });
      world.degrade(old);
      await manager.whenIdle();
      const served = await world.registry.loadArtifact((await world.registry.getActiveModel(modelName))!);
      expect(judged[0]).toEqual(decodeBundle(served).model);
    });

    it('keeps the host predicting on the old version until the swap', async () => {
      const old = await world.serve();
      const fitting = Promise.withResolvers<void>();
      const executor = hooked(world.executor, {
        async fit(request, options) {
          await fitting.promise;
          return world.executor.fit(request, options);
        },
      });
      const manager = await world.manage({ executor });
      const predictor = await ModelPredictor.open({
        source: world.registry,
        modelName,
        families: [ruleFamily],
        clock: world.clock,
      });
      world.degrade(old);
      await settle();
      const request = { symbol: 's', features: { momentum: 1 } };
      expect(await predictor.predictNext(request)).toMatchObject({
        prediction: { modelVersionId: old, direction: 'up' },
      });
      fitting.resolve();
      await manager.whenIdle();
      await predictor.refresh();
      expect(await predictor.predictNext(request)).toMatchObject({
        prediction: { modelVersionId: await world.champion(), direction: 'down', confidence: 0.9 },
      });
    });

    it('tells the same story from the same seed', async () => {
      const stories = [];
      for (let i = 0; i < 2; i++) {
        const again = await RetrainingWorld.open();
        again.degrade(await again.serve());
        const manager = await again.manage();
        await manager.executeRetraining('manual');
        stories.push([await again.entries(), await again.registry.getActiveModel(modelName)]);
      }
      expect(stories[0]).toEqual(stories[1]);
    });

    it('ignores a report about a version that serves no more', async () => {
      await world.serve();
      const manager = await world.manage();
      world.degrade('an older version');
      await manager.whenIdle();
      expect(await world.entries()).toEqual([]);
      expect(manager.activeTriggers).toEqual([]);
    });

    it('says how the champion stands now and since when, not only what the alarm said', async () => {
      const old = await world.serve();
      let standing = {
        degraded: true,
        reason: 'evidence for accuracy below the floor 2100.0 of 2000 after 812 outcomes',
        modelVersionId: old,
        accuracy: 0.4,
        windowCount: 250,
        floor: 0.5,
        degradedAt: Date.UTC(2006, 10, 17),
      };
      const monitor = { on: () => () => {}, detectDegradation: () => standing };
      const manager = await world.manage({ monitor });
      // Years later the window has other outcomes; the alarm is still the one of then.
      standing = { ...standing, accuracy: 0.516 };
      expect(await manager.tick()).toMatchObject({ status: 'promoted' });
      expect((await world.entries())[0]!.trigger).toEqual({
        triggerType: 'accuracy_drop',
        currentValue: 0.516,
        thresholdValue: 0.5,
        triggeredAt: Date.UTC(2006, 10, 17),
        reason:
          'degraded since 2006-11-17: accuracy of the last 250 outcomes is 0.516, floor 0.500 ' +
          '(evidence for accuracy below the floor 2100.0 of 2000 after 812 outcomes)',
      });
    });

    it('asks again when it starts, so that an alarm heard long ago does not decide the figures', async () => {
      const old = await world.serve();
      const now = {
        degraded: true,
        reason: 'the alarm',
        modelVersionId: old,
        accuracy: 0.47,
        windowCount: 50,
        floor: 0.55,
        degradedAt: START - 1_000,
      };
      const monitor = { on: world.monitor.on.bind(world.monitor), detectDegradation: () => now };
      const manager = await world.manage({ monitor, config: { enabled: false } });
      world.degrade(old);
      expect(await manager.checkRetrainingTriggers()).toMatchObject([
        {
          currentValue: 0.47,
          reason: expect.stringContaining('1970-01-12T13:46:39Z: accuracy of the last 50 outcomes'),
        },
      ]);
    });

    it('asks a monitor that can be asked, since a restart repeats no event', async () => {
      const old = await world.serve();
      const standing = { degraded: true, reason: 'still below', modelVersionId: old, accuracy: 0.4, floor: 0.55 };
      const monitor = { on: () => () => {}, detectDegradation: () => standing };
      const manager = await world.manage({ monitor });
      expect(await manager.checkRetrainingTriggers()).toMatchObject([
        { triggerType: 'accuracy_drop', currentValue: 0.4, thresholdValue: 0.55, reason: 'still below' },
      ]);
      expect(await manager.tick()).toMatchObject({ status: 'promoted' });
      // The standing is about the version before: no reason any more.
      expect(await manager.tick()).toBeUndefined();
    });
  });

  describe('with a challenger that does not win', () => {
    it('rejects it with the evidence, archives it, and leaves the champion', async () => {
      const old = await world.serve();
      world.data = rows(400, 400);
      const manager = await world.manage();
      const result = await manager.executeRetraining('manual');
      expect(result).toMatchObject({ status: 'rejected', reason: 'not-better' });
      expect(world.names()).toEqual(['retraining-started', 'retraining-rejected']);
      expect(world.heard[1]).toMatchObject({
        reason: 'not-better',
        evidence: { gain: 0, gainLower: 0, challengerAccuracy: 1, championAccuracy: 1 },
      });
      const [entry] = await world.entries();
      expect(entry).toMatchObject({ stage: 'rejected', success: true, evidence: { reason: 'not-better', gain: 0 } });
      expect(await world.champion()).toBe(old);
      expect((await world.storage.models.get(entry!.newVersionId!))?.status).toBe('archived');
    });

    it('rejects it when the champion changed while it was judged', async () => {
      await world.serve();
      let other: string | undefined;
      const executor = hooked(world.executor, {
        async predict(call) {
          if (call === 2) other = await world.serve(true, 0.7);
        },
      });
      const manager = await world.manage({ executor });
      expect(await manager.executeRetraining('manual')).toMatchObject({
        status: 'rejected',
        reason: 'champion-changed',
      });
      expect(await world.champion()).toBe(other);
      expect((await world.entries())[0]).toMatchObject({
        stage: 'rejected',
        evidence: { reason: 'champion-changed', gain: 1 },
      });
    });

    it.each([
      ['pinned', { pinned: true }],
      ['frozen', { frozenUntil: START + 1 }],
    ] as const)('rejects a winner while the slot is %s, and nothing of its promotion stays', async (reason, patch) => {
      const old = await world.serve();
      await world.storage.slots.update(modelName, patch);
      const manager = await world.manage();
      expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'rejected', reason });
      expect(await world.champion()).toBe(old);
      expect((await world.registry.getPromotionHistory(modelName)).items).toHaveLength(1);
      expect(world.names()).toEqual(['retraining-started', 'retraining-rejected']);
    });
  });

  describe('without a champion', () => {
    it('promotes a challenger that beats no skill', async () => {
      const manager = await world.manage({ flatBand: 0 });
      expect(await manager.executeRetraining('manual')).toMatchObject({
        status: 'promoted',
        verdict: { evidence: { opponent: 'no-skill', challengerAccuracy: 1 } },
      });
      expect(await world.champion()).toBeDefined();
    });

    it('fails for want of a flat band', async () => {
      const manager = await world.manage();
      expect(await manager.executeRetraining('manual')).toMatchObject({
        status: 'failed',
        entry: { error: { code: 'INVALID_CONFIG' }, failedStage: 'gathering' },
      });
    });

    it('has no reason to retrain by itself', async () => {
      const manager = await world.manage({ config: { maxAgeDays: 1 } });
      world.clock.advance(10 * DAY);
      expect(await manager.tick()).toBeUndefined();
    });
  });

  describe('when the champion grows old', () => {
    it('retrains once its age reaches the limit, not before', async () => {
      await world.serve();
      const manager = await world.manage({ config: { maxAgeDays: 2 } });
      world.clock.advance(2 * DAY - 1);
      expect(await manager.tick()).toBeUndefined();
      world.clock.advance(1);
      expect(await manager.checkRetrainingTriggers()).toEqual([
        {
          triggerType: 'time_based',
          thresholdValue: 2,
          currentValue: 2,
          triggeredAt: START + 2 * DAY,
          reason: expect.stringContaining('2.0 days ago'),
        },
      ]);
      expect(manager.activeTriggers).toHaveLength(1);
      expect(await manager.tick()).toMatchObject({ status: 'promoted' });
      expect(await manager.tick()).toBeUndefined();
    });

    it('checks by itself as its clock goes on', async () => {
      await world.serve();
      const manager = await world.manage({ config: { maxAgeDays: 2 }, checkEveryMs: 60_000 });
      await settle();
      world.clock.advance(2 * DAY);
      await settle();
      await manager.whenIdle();
      expect(world.names()).toContain('retraining-completed');
      await manager.close();
    });
  });

  describe('how often it retrains', () => {
    it('waits for the cooldown after a verdict, except when asked by hand', async () => {
      const old = await world.serve();
      world.data = rows(400, 400);
      const manager = await world.manage({ config: { whenDegraded: 'better-challenger' } });
      world.degrade(old);
      await manager.whenIdle();
      expect(await manager.tick()).toEqual({ status: 'skipped', reason: 'cooling-down', retryAt: START + 3_600_000 });
      expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'rejected' });
      world.clock.advance(3_599_999);
      expect(await manager.tick()).toMatchObject({ status: 'skipped', reason: 'cooling-down' });
      world.clock.advance(1);
      expect(await manager.tick()).toMatchObject({ status: 'rejected' });
    });

    it('remembers the cooldown after a restart', async () => {
      const old = await world.serve();
      world.data = rows(400, 400);
      await (await world.manage()).executeRetraining('manual');
      const next = await world.manage();
      expect(next.lastRetrainAt).toBe(START);
      world.degrade(old);
      await next.whenIdle();
      expect(await next.tick()).toMatchObject({ status: 'skipped', reason: 'cooling-down' });
    });

    it('backs off further after each failure in a row; the champion serves throughout', async () => {
      const old = await world.serve();
      const executor = hooked(world.executor, { fit: () => Promise.reject(new Error('no memory')) });
      const manager = await world.manage({ executor, config: { maxPerDay: 100 } });
      world.degrade(old);
      await manager.whenIdle();
      const gaps: number[] = [];
      for (let i = 0; i < 4; i++) {
        const before = world.clock.now();
        const refused = await manager.tick();
        if (refused?.status !== 'skipped' || refused.reason !== 'backing-off') throw new Error('must back off');
        world.clock.setTime(refused.retryAt!);
        gaps.push(world.clock.now() - before);
        expect(await manager.tick()).toMatchObject({ status: 'failed' });
      }
      expect(gaps).toEqual([60_000, 120_000, 240_000, 480_000]);
      expect(world.names().filter((name) => name === 'retraining-failed')).toHaveLength(5);
      expect(await world.champion()).toBe(old);
    });

    it('keeps the daily limit, also when asked by hand', async () => {
      await world.serve();
      world.data = rows(400, 400);
      const manager = await world.manage({ config: { maxPerDay: 2 } });
      await manager.executeRetraining('manual');
      world.clock.advance(1_000);
      await manager.executeRetraining('manual');
      expect(await manager.executeRetraining('manual')).toEqual({
        status: 'skipped',
        reason: 'daily-limit',
        retryAt: START + DAY,
      });
      world.clock.setTime(START + DAY);
      expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'rejected' });
    });

    it('starts nothing by itself while disabled', async () => {
      const old = await world.serve();
      const manager = await world.manage({ config: { enabled: false } });
      world.degrade(old);
      await manager.whenIdle();
      expect(await manager.tick()).toEqual({ status: 'skipped', reason: 'disabled' });
      expect(await world.entries()).toEqual([]);
      expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'promoted' });
    });

    it.each(['', '  ', 7 as never])('starts nothing for a reason that says nothing: %j', async (reason) => {
      await world.serve();
      const manager = await world.manage();
      await expect(manager.executeRetraining('manual', { reason })).rejects.toMatchObject({ code: 'INVALID_TYPE' });
      expect(await world.entries()).toEqual([]);
    });

    it('runs one at a time', async () => {
      await world.serve();
      const manager = await world.manage();
      const [first, second] = await Promise.all([
        manager.executeRetraining('manual'),
        manager.executeRetraining('manual'),
      ]);
      expect([first.status, second.status]).toEqual(['promoted', 'skipped']);
    });

    it('runs once when two managers of one storage are told at once', async () => {
      const old = await world.serve();
      const other = await ModelRegistry.open({ storage: world.storage });
      const managers = [await world.manage(), await world.manage({ registry: other })];
      const results = await Promise.all(managers.map((manager) => manager.executeRetraining('manual')));
      expect(results.map(({ status }) => status).sort()).toEqual(['promoted', 'skipped']);
      expect(results.find(({ status }) => status === 'skipped')).toMatchObject({ reason: 'lease-held' });
      expect(await world.entries()).toHaveLength(1);
      expect((await world.registry.getPromotionHistory(modelName)).items).toHaveLength(2);
      expect(await world.champion()).not.toBe(old);
    });
  });

  describe('gathering', () => {
    it('waits without a lease while there is not enough data, and goes on at the next tick', async () => {
      const old = await world.serve();
      const manager = await world.manage();
      const data = world.data;
      world.data = undefined;
      world.degrade(old);
      await manager.whenIdle();
      expect((await world.entries())[0]).toMatchObject({ stage: 'gathering' });
      expect(await world.storage.leases.get(`retraining:${modelName}`)).toBeUndefined();
      expect(await manager.tick()).toMatchObject({ status: 'waiting' });
      world.data = data;
      expect(await manager.tick()).toMatchObject({ status: 'promoted' });
      expect(await world.entries()).toHaveLength(1);
    });

    it('says once that it has started, however often it looks for data; so does another manager that resumes it', async () => {
      await world.serve();
      world.data = undefined;
      const manager = await world.manage();
      await manager.executeRetraining('manual');
      for (let i = 0; i < 3; i++) await manager.tick();
      expect(world.heard).toMatchObject([{ name: 'retraining-started', resumed: false }]);
      await manager.close();
      const next = await world.manage();
      for (let i = 0; i < 3; i++) await next.tick();
      expect(world.heard.map(({ resumed }) => resumed)).toEqual([false, true]);
      world.data = rows(400, 100);
      expect(await next.tick()).toMatchObject({ status: 'promoted' });
      world.clock.advance(1);
      world.data = undefined;
      await next.executeRetraining('manual');
      expect(world.names().filter((name) => name === 'retraining-started')).toHaveLength(3);
    });

    it('hands the trigger, the champion and a signal to the host', async () => {
      const old = await world.serve();
      const asked: unknown[] = [];
      const manager = await world.manage({
        gather: async (request) => {
          asked.push(request);
          return world.data;
        },
      });
      await manager.executeRetraining('manual', { reason: 'Ada wants it' });
      expect(asked).toMatchObject([
        { trigger: { triggerType: 'manual', reason: 'Ada wants it' }, champion: { versionId: old } },
      ]);
    });

    it.each<[string, () => Dataset, string, string]>([
      ['too few rows to train on', () => rows(140, 0), 'TRAINING_FAILED', 'at least 50 rows; got 39 of 140'],
      ['rows the champion has seen', () => rows(400, 0), 'TRAINING_FAILED', 'got 49 of 400'],
      ['other features', () => rows(400, 0, 'rsi'), 'INVALID_RECORD', 'missing momentum; unexpected rsi'],
      [
        'rows out of order',
        () => ({ ...rows(400, 0), timestamps: rows(400, 0).timestamps.toReversed() }),
        'OUT_OF_RANGE',
        'labelEndsAt',
      ],
    ])('fails on %s, saying so', async (what, data, code, words) => {
      const seen = what.includes('seen') ? START - 50_000 : START - 300_000;
      const old = await world.serve(true, 0.8, seen);
      world.data = data();
      const manager = await world.manage();
      const result = await manager.executeRetraining('manual');
      expect(result).toMatchObject({
        status: 'failed',
        entry: { stage: 'failed', success: false, error: { code, message: expect.stringContaining(words) } },
      });
      expect(world.heard.at(-1)).toMatchObject({ name: 'retraining-failed', code });
      expect(await world.champion()).toBe(old);
    });

    it('fails when the host’s callback throws, with its code', async () => {
      await world.serve();
      const manager = await world.manage({
        gather: () => Promise.reject(new InvalidInputError('EMPTY_INPUT', 'the feed is down')),
      });
      expect(await manager.executeRetraining('manual')).toMatchObject({
        status: 'failed',
        entry: { failedStage: 'gathering', error: { code: 'EMPTY_INPUT', message: 'the feed is down' } },
      });
    });

    it('ends at the deadline a callback that never returns, and frees the lease', async () => {
      await world.serve();
      let signal: AbortSignal | undefined;
      const manager = await world.manage({
        gather: (request) => {
          signal = request.signal;
          return never();
        },
      });
      const running = manager.executeRetraining('manual');
      await settle();
      world.clock.advance(9_999);
      await settle();
      expect(signal?.aborted).toBe(false);
      world.clock.advance(1);
      expect(await running).toMatchObject({ status: 'failed', entry: { error: { code: 'DEADLINE_EXCEEDED' } } });
      expect(signal?.aborted).toBe(true);
      expect(await world.storage.leases.get(`retraining:${modelName}`)).toBeUndefined();
    });
  });

  describe('training', () => {
    it('fails when the trainer throws, with its code, and can retrain again', async () => {
      const old = await world.serve();
      let calls = 0;
      const executor = hooked(world.executor, {
        fit: (request, options) =>
          calls++ === 0
            ? Promise.reject(new MlperfError('WORKER_FAILURE', 'the worker died'))
            : world.executor.fit(request, options),
      });
      const manager = await world.manage({ executor });
      expect(await manager.executeRetraining('manual')).toMatchObject({
        status: 'failed',
        entry: { failedStage: 'training', oldVersionId: old, error: { code: 'WORKER_FAILURE' } },
      });
      expect(world.heard.at(-1)).toMatchObject({
        name: 'retraining-failed',
        stage: 'training',
        code: 'WORKER_FAILURE',
      });
      expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'promoted' });
    });

    it('hands the executor what is left of the deadline, and a signal', async () => {
      await world.serve();
      const seen: unknown[] = [];
      const executor = hooked(world.executor, {
        fit: (request, options) => {
          seen.push(options?.deadlineMs, options?.signal?.aborted);
          return world.executor.fit(request, options);
        },
      });
      const manager = await world.manage({
        executor,
        gather: async () => {
          world.clock.advance(4_000);
          return world.data;
        },
      });
      await manager.executeRetraining('manual');
      expect(seen).toEqual([6_000, false]);
    });

    it('stops waiting for an executor that keeps no deadline', async () => {
      await world.serve();
      let signal: AbortSignal | undefined;
      const executor = hooked(world.executor, {
        fit: (_request, options) => {
          signal = options?.signal;
          return never();
        },
      });
      const manager = await world.manage({ executor });
      const running = manager.executeRetraining('manual');
      await settle();
      world.clock.advance(15_000);
      expect(await running).toMatchObject({
        status: 'failed',
        entry: { failedStage: 'training', error: { code: 'DEADLINE_EXCEEDED' } },
      });
      expect(signal?.aborted).toBe(true);
      expect(await world.storage.leases.get(`retraining:${modelName}`)).toBeUndefined();
    });

    it('keeps its lease by a heartbeat however long the fit takes', async () => {
      await world.serve();
      const fitting = Promise.withResolvers<void>();
      const executor = hooked(world.executor, {
        async fit(request, options) {
          await fitting.promise;
          return world.executor.fit(request, options);
        },
      });
      const manager = await world.manage({ executor, config: { deadlineMs: 1_000_000 } });
      const running = manager.executeRetraining('manual');
      await settle();
      for (let i = 0; i < 20; i++) {
        world.clock.advance(10_000);
        await settle();
      }
      fitting.resolve();
      expect(await running).toMatchObject({ status: 'promoted' });
    });
  });

  describe('after a crash', () => {
    /** A manager that stops for good where it is told to; what it does later comes too late. */
    async function crash(where: 'gathering' | 'training' | 'evaluating') {
      const stuck = Promise.withResolvers<void>();
      const storage = world.dyingStorage();
      const executor = hooked(world.executor, {
        async fit(request, options) {
          if (where === 'training') await stuck.promise;
          return world.executor.fit(request, options);
        },
        async predict(call) {
          if (where === 'evaluating' && call === 2) await stuck.promise;
        },
      });
      const manager = await world.manage({
        storage,
        executor,
        deadlineClock: storage.clock,
        registry: await ModelRegistry.open({ storage }),
        gather: async () => {
          if (where === 'gathering') await stuck.promise;
          return world.data;
        },
      });
      const running = manager.executeRetraining('manual');
      await settle();
      expect((await world.entries())[0]?.stage).toBe(where);
      world.heard.length = 0;
      return { wake: stuck.resolve, running };
    }

    it.each(['gathering', 'evaluating'] as const)('goes on from %s once the lease has run out', async (where) => {
      const old = await world.serve();
      const dead = await crash(where);
      const manager = await world.manage();
      world.clock.advance(29_999);
      expect(await manager.tick()).toMatchObject({ status: 'skipped', reason: 'lease-held' });
      world.clock.advance(1);
      expect(await manager.tick()).toMatchObject({ status: 'promoted', entry: { oldVersionId: old } });
      expect(world.names()).toEqual(['retraining-started', 'model-promoted', 'retraining-completed']);
      expect(world.heard[0]).toMatchObject({ resumed: true });
      const after = [await world.entries(), await world.champion()];
      dead.wake();
      expect(await dead.running).toMatchObject({ status: 'left' });
      expect([await world.entries(), await world.champion()]).toEqual(after);
      expect(after[0]).toHaveLength(1);
    });

    it.each(['evaluating', 'training', 'gathering'] as const)(
      'refuses what the old manager still writes from %s, while the new one is at work',
      async (where) => {
        const old = await world.serve();
        const dead = await crash(where);
        world.clock.advance(30_000);
        const gathering = Promise.withResolvers<void>();
        const manager = await world.manage({
          gather: async () => {
            await gathering.promise;
            return world.data;
          },
        });
        const running = where === 'training' ? undefined : manager.tick();
        await settle();
        const before = await world.entries();
        expect(before[0]?.stage).toBe(where);
        dead.wake();
        expect(await dead.running).toMatchObject({ status: 'left' });
        expect(await world.entries()).toEqual(before);
        expect(await world.champion()).toBe(old);
        gathering.resolve();
        if (running !== undefined) expect(await running).toMatchObject({ status: 'promoted' });
      },
    );

    it('fails what was cut off in training, cleanly, and retrains', async () => {
      const old = await world.serve();
      const dead = await crash('training');
      const manager = await world.manage();
      world.clock.advance(30_000);
      expect(await manager.tick()).toMatchObject({
        status: 'failed',
        entry: { failedStage: 'training', error: { code: 'ABORTED', message: 'interrupted at training' } },
      });
      expect(await world.champion()).toBe(old);
      dead.wake();
      expect(await dead.running).toMatchObject({ status: 'left' });
      expect((await world.storage.models.list({ modelName })).items).toHaveLength(1);
      expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'promoted' });
    });

    it('goes on from an entry whose manager died right after storing it', async () => {
      await world.serve();
      const entry: RetrainingLogEntry = {
        retrainingId: 'left-behind',
        modelName,
        trigger: { triggerType: 'manual', triggeredAt: START, reason: 'r' },
        stage: 'requested',
        requestedAt: START,
        updatedAt: START,
      };
      await world.storage.retrainings.create(entry);
      const manager = await world.manage();
      expect(await manager.tick()).toMatchObject({ status: 'promoted', entry: { retrainingId: 'left-behind' } });
    });

    it('waits for the old lease when asked to', async () => {
      await world.serve();
      await crash('gathering');
      const manager = await world.manage();
      const resuming = manager.resume({ waitForLease: true });
      await settle();
      expect(manager.retrainingInProgress).toBe(false);
      world.clock.advance(30_000);
      expect(await resuming).toMatchObject({ status: 'promoted' });
      expect(await manager.resume()).toBeUndefined();
    });

    it('does not judge against a champion that came meanwhile', async () => {
      await world.serve();
      await crash('evaluating');
      const other = await world.serve(true, 0.75);
      const manager = await world.manage();
      world.clock.advance(30_000);
      expect(await manager.tick()).toMatchObject({ status: 'rejected', reason: 'champion-changed' });
      expect(await world.champion()).toBe(other);
    });

    it('judges again on rows neither model has seen, when there are newer ones', async () => {
      await world.serve();
      await crash('evaluating');
      const newer = rows(500, 0);
      world.data = {
        ...newer,
        timestamps: newer.timestamps.map((at) => at + 20_000),
        labelEndsAt: newer.labelEndsAt.map((at) => at + 20_000),
      };
      const manager = await world.manage();
      world.clock.advance(30_000);
      const result = await manager.tick();
      expect(result).toMatchObject({
        status: 'promoted',
        verdict: { evidence: { rows: 100, evaluatedFrom: START - 80_000, evaluatedTo: START + 19_000 } },
      });
    });

    it('gives up on a judging that is cut off again and again', async () => {
      await world.serve();
      await crash('evaluating');
      for (let i = 0; i < 3; i++) {
        world.clock.advance(30_000);
        const storage = world.dyingStorage();
        const manager = await world.manage({
          storage,
          deadlineClock: storage.clock,
          registry: await ModelRegistry.open({ storage }),
          executor: hooked(world.executor, { predict: never }),
        });
        void manager.tick();
        await settle();
        expect((await world.entries())[0]?.stage).toBe('evaluating');
      }
      world.clock.advance(30_000);
      expect(await (await world.manage()).tick()).toMatchObject({
        status: 'failed',
        entry: { failedStage: 'evaluating', error: { message: 'interrupted at evaluating, 4 times' } },
      });
    });

    it('waits for rows to judge on as long as it takes: that is no judging', async () => {
      await world.serve();
      await crash('evaluating');
      const { data } = world;
      world.data = undefined;
      const manager = await world.manage();
      world.clock.advance(30_000);
      for (let i = 0; i < 8; i++) {
        expect(await manager.tick()).toMatchObject({ status: 'waiting', entry: { stage: 'evaluating' } });
        world.clock.advance(60_000);
      }
      world.data = data;
      expect(await manager.tick()).toMatchObject({ status: 'promoted' });
    });
  });

  describe('closing', () => {
    it('aborts a fit and fails its retraining', async () => {
      await world.serve();
      let signal: AbortSignal | undefined;
      const executor = hooked(world.executor, {
        fit: (_request, options) => {
          signal = options?.signal;
          return never();
        },
      });
      const manager = await world.manage({ executor });
      const running = manager.executeRetraining('manual');
      await settle();
      await manager.close();
      expect(await running).toMatchObject({ status: 'failed', entry: { error: { code: 'CLOSED' } } });
      expect(signal?.aborted).toBe(true);
      await expect(manager.executeRetraining('manual')).rejects.toMatchObject({ code: 'CLOSED' });
      await manager.close();
    });

    it('leaves a gathering for the next manager, with the lease free', async () => {
      await world.serve();
      const manager = await world.manage({ gather: never });
      const running = manager.executeRetraining('manual');
      await settle();
      await manager.close();
      expect(await running).toMatchObject({ status: 'left' });
      expect(await (await world.manage()).tick()).toMatchObject({ status: 'promoted' });
    });
  });

  it('rolls back in one call, bars the loser, and says so', async () => {
    const old = await world.serve();
    const manager = await world.manage();
    await manager.executeRetraining('manual');
    const loser = (await world.champion())!;
    world.heard.length = 0;
    await manager.rollbackModel(undefined, { reason: 'loses money' });
    expect(await world.champion()).toBe(old);
    expect(world.heard).toMatchObject([
      { name: 'model-rolled-back', versionId: old, previousVersionId: loser, reason: 'loses money', barred: true },
    ]);
    expect(await world.storage.models.barred(modelName)).toMatchObject([{ versionId: loser, reason: 'loses money' }]);
  });

  it('versions a model of the host, and compares two versions', async () => {
    const old = await world.serve();
    const manager = await world.manage();
    const version = await manager.versionModel({
      model: serialized({ follow: false, certainty: 0.6, featureNames: ['momentum'] }),
      flatBand: 0.002,
      hyperparameters: {},
      trainingMetrics: { accuracy: 0.7 },
      dataVersion: 'd',
    });
    expect(version).toMatchObject({ modelName, version: 2, status: 'candidate', trainedAt: START });
    expect(await manager.compareModelVersions(old, version.versionId)).toMatchObject({
      a: { version: { versionId: old } },
      b: { version: { versionId: version.versionId } },
    });
  });

  it('says when it could not even look', async () => {
    const old = await world.serve();
    const manager = await world.manage();
    await world.storage.close();
    world.degrade(old);
    await manager.whenIdle();
    await settle();
    expect(world.heard).toMatchObject([{ name: 'retraining-failed', code: 'CLOSED' }]);
  });

  describe('cleaning up', () => {
    async function versions(...accuracies: (number | undefined)[]): Promise<string[]> {
      const ids: string[] = [];
      for (const [i, accuracy] of accuracies.entries()) {
        const { versionId } = await world.registry.registerModel({
          modelName,
          model: {
            modelType: 'rule',
            classes: ['down', 'up'],
            featureNames: ['momentum'],
            lookBack: 0,
            bytes: new Uint8Array([i]),
          },
          flatBand: 0,
          hyperparameters: {},
          trainingMetrics: accuracy === undefined ? {} : { accuracy },
          dataVersion: 'd',
        });
        ids.push(versionId);
      }
      return ids;
    }

    it('keeps the best by validated score, ties to the newest, and those in use', async () => {
      const [champion, previous, best, tieOld, tieNew, unknown] = await versions(0.1, 0.2, 0.9, 0.6, 0.6, undefined);
      await world.registry.promoteToProduction(previous!, { expectedActive: undefined });
      await world.registry.promoteToProduction(champion!, { expectedActive: previous });
      const manager = await world.manage();
      const plan = await manager.cleanupOldVersions(2, { dryRun: true });
      expect(plan).toEqual({ kept: [best, tieNew, previous, champion], removed: [tieOld, unknown] });
      expect((await world.storage.models.list({ modelName })).items).toHaveLength(6);
      expect(await manager.cleanupOldVersions(2)).toEqual(plan);
      expect((await world.storage.models.list({ modelName })).items).toHaveLength(4);
      expect((await world.storage.artifacts.list()).items).toHaveLength(4);
      await expect(manager.cleanupOldVersions(0)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    });

    it('leaves a bundle that another version still has', async () => {
      const [first] = await versions(0.5);
      const { versionId: twin } = await world.registry.registerModel({
        modelName,
        model: {
          modelType: 'rule',
          classes: ['down', 'up'],
          featureNames: ['momentum'],
          lookBack: 0,
          bytes: new Uint8Array([0]),
        },
        flatBand: 0,
        hyperparameters: { other: true },
        trainingMetrics: { accuracy: 0.9 },
        dataVersion: 'd',
      });
      const manager = await world.manage();
      expect(await manager.cleanupOldVersions(1)).toEqual({ kept: [twin], removed: [first] });
      expect((await world.storage.artifacts.list()).items).toHaveLength(1);
    });
  });
});
