import { ManualClock, type PerformanceStorage, type StoredPerformanceWindow } from '@mlperf/core';
import { ModelRegistry, type RegisterModelRequest, type RegistryEvents } from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { ruleFamily, ruleModel, serialized } from './rule-family.ts';

const modelName = 'BTC-USD/1h/direction';

function request(certainty: number, change: Partial<RegisterModelRequest> = {}): RegisterModelRequest {
  return {
    modelName,
    model: serialized({ follow: true, certainty, featureNames: ['momentum'] }),
    flatBand: 0.001,
    hyperparameters: { certainty },
    trainingMetrics: { accuracy: 0.6 },
    dataVersion: 'd'.repeat(64),
    metadata: { trainedThrough: 500 },
    ...change,
  };
}

describe('the model registry', () => {
  let clock: ManualClock;
  let storage: PerformanceStorage;
  let registry: ModelRegistry;
  let events: { name: string; payload: object }[];

  beforeEach(async () => {
    clock = new ManualClock(1_000);
    storage = openMemoryStorage({ clock });
    registry = await ModelRegistry.open({ storage, families: [ruleFamily] });
    events = [];
    for (const name of ['model-promoted', 'model-rolled-back'] as const satisfies (keyof RegistryEvents)[]) {
      registry.on(name, (payload) => {
        events.push({ name, payload });
      });
    }
  });

  const slot = () => storage.slots.get(modelName);
  const statusOf = async (versionId: string) => (await storage.models.get(versionId))?.status;

  /** Registers and promotes versions with the given certainties; returns their ids. */
  async function served(...certainties: number[]): Promise<string[]> {
    const ids: string[] = [];
    for (const certainty of certainties) {
      const { versionId } = await registry.registerModel(request(certainty));
      await registry.promoteToProduction(versionId, { expectedActive: ids.at(-1) });
      ids.push(versionId);
      clock.advance(1_000);
    }
    events.length = 0;
    return ids;
  }

  describe('registering', () => {
    it('stores row and bundle as the next version, a candidate', async () => {
      const version = await registry.registerModel(request(0.7));
      expect(version).toMatchObject({
        modelName,
        modelType: 'rule',
        version: 1,
        status: 'candidate',
        trainedAt: 1_000,
        featureNames: ['momentum'],
        metadata: { trainedThrough: 500, flatBand: 0.001 },
        performanceHistory: [],
      });
      const bytes = await storage.artifacts.get(version.artifact.sha256);
      expect(bytes).toHaveLength(version.artifact.bytes);
      expect(await registry.registerModel(request(0.8))).toMatchObject({ version: 2 });
    });

    it('takes a trained model as well as its bytes, to the same bundle', async () => {
      const fromBytes = await registry.registerModel(request(0.7));
      const model = ruleModel({ follow: true, certainty: 0.7, featureNames: ['momentum'] });
      const fromModel = await registry.registerModel(request(0.7, { model }));
      expect(fromModel).toEqual(fromBytes);
    });

    it('changes nothing when the same registration comes again, also after the version was promoted', async () => {
      const first = await registry.registerModel(request(0.7));
      await registry.promoteToProduction(first.versionId, { expectedActive: undefined });
      const again = await registry.registerModel(request(0.7, { trainedAt: 1_000 }));
      expect(again).toMatchObject({ versionId: first.versionId, version: 1 });
      expect(await registry.getModelHistory(modelName)).toHaveLength(1);
    });

    it('refuses a known id with other content and keeps the first', async () => {
      const first = await registry.registerModel(request(0.7, { versionId: 'mine' }));
      await expect(registry.registerModel(request(0.8, { versionId: 'mine' }))).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      expect(await registry.getModel('mine')).toEqual(first);
    });

    it('refuses a regression by its name, which nothing here could serve, and stores nothing', async () => {
      const model = { ...request(0.7).model, modelType: 'forest-of-returns', classes: [] };
      await expect(registry.registerModel(request(0.7, { model }))).rejects.toMatchObject({
        code: 'INVALID_RECORD',
        message: expect.stringContaining("got the regression 'forest-of-returns'"),
      });
      expect(await registry.getModelHistory(modelName)).toHaveLength(0);
    });

    it('numbers 20 parallel registrations 1 to 20', async () => {
      const certainties = Array.from({ length: 20 }, (_, i) => 0.5 + i / 100);
      const versions = await Promise.all(certainties.map((certainty) => registry.registerModel(request(certainty))));
      expect(versions.map(({ version }) => version).sort((a, b) => a - b)).toEqual(certainties.map((_, i) => i + 1));
    });

    it.each<[string, Partial<RegisterModelRequest>, string]>([
      ['an empty name', { modelName: '' }, 'INVALID_RECORD'],
      ['a metric that is NaN', { trainingMetrics: { accuracy: Number.NaN } }, 'INVALID_RECORD'],
      ['a negative flat band', { flatBand: -1 }, 'MODEL_FORMAT'],
      [
        'no model bytes',
        { model: { ...serialized({ follow: true, certainty: 1, featureNames: ['a'] }), bytes: new Uint8Array() } },
        'MODEL_FORMAT',
      ],
      ['a forbidden key', { metadata: JSON.parse('{"__proto__": 1}') }, 'INVALID_RECORD'],
    ])('refuses %s and leaves no trace', async (_what, change, code) => {
      await expect(registry.registerModel(request(0.7, change))).rejects.toMatchObject({ code });
      expect((await storage.models.list({})).items).toEqual([]);
      expect((await storage.artifacts.list()).items).toEqual([]);
    });

    it('commits what stands alongside with the version, or neither', async () => {
      const alongside = () => Promise.reject(new Error('the host changed its mind'));
      await expect(registry.registerModel(request(0.7), { alongside })).rejects.toThrow('changed its mind');
      expect((await storage.models.list({})).items).toEqual([]);
      expect((await storage.artifacts.list()).items).toEqual([]);
      expect(registry.models.size).toBe(0);
    });

    it('is refused under a lease that was lost', async () => {
      const fence = (await storage.leases.acquire({ lease: 'l', owner: 'me', ttlMs: 10 }))!;
      clock.advance(11);
      await expect(registry.registerModel(request(0.7), { fence })).rejects.toMatchObject({ code: 'FENCED' });
      expect((await storage.models.list({})).items).toEqual([]);
    });
  });

  describe('promoting', () => {
    it('changes slot, log, statuses and outbox together, then says so', async () => {
      const { versionId: first } = await registry.registerModel(request(0.7));
      const { versionId: second } = await registry.registerModel(request(0.8));
      const evidence = { gain: 0.1 };
      await registry.promoteToProduction(first, { expectedActive: undefined });
      clock.advance(5);
      const event = await registry.promoteToProduction(second, {
        expectedActive: first,
        reason: 'better',
        actor: 'ada',
        evidence,
      });
      expect(event).toEqual({
        modelName,
        versionId: second,
        version: 2,
        previousVersionId: first,
        at: 1_005,
        actor: 'ada',
        reason: 'better',
        evidence,
        sequence: 2,
      });
      expect(await slot()).toMatchObject({ championVersionId: second, previousVersionId: first });
      expect(await statusOf(first)).toBe('archived');
      expect(await statusOf(second)).toBe('active');
      const outbox = await storage.outbox.read({ consumer: 'test', limit: 10 });
      expect(outbox.map(({ type, payload, at }) => ({ type, payload, at }))).toEqual([
        { type: 'model-promoted', payload: events[0]!.payload, at: 1_000 },
        { type: 'model-promoted', payload: event, at: 1_005 },
      ]);
      expect(events).toHaveLength(2);
      expect((await registry.getPromotionHistory(modelName)).items).toMatchObject([
        { sequence: 2, kind: 'promotion', versionId: second, previousVersionId: first, evidence },
        { sequence: 1, kind: 'promotion', versionId: first },
      ]);
    });

    it('is won by exactly one of many that saw the same champion', async () => {
      const [first] = await served(0.7);
      const rivals = await Promise.all(
        Array.from({ length: 10 }, (_, i) => registry.registerModel(request(0.8 + i / 100))),
      );
      const other = await ModelRegistry.open({ storage });
      const results = await Promise.allSettled(
        rivals.map(({ versionId }, i) =>
          (i % 2 === 0 ? registry : other).promoteToProduction(versionId, { expectedActive: first }),
        ),
      );
      const winners = results.filter(({ status }) => status === 'fulfilled');
      const losers = results.filter((result) => result.status === 'rejected');
      expect(winners).toHaveLength(1);
      expect(losers.map(({ reason }) => reason.code)).toEqual(new Array(9).fill('CONFLICT'));
      expect((await registry.getPromotionHistory(modelName)).items).toHaveLength(2);
      const active = (await storage.models.list({ status: 'active' })).items;
      expect(active.map(({ versionId }) => versionId)).toEqual([(await slot())?.championVersionId]);
    });

    it.each<[string, (ids: { champion: string; candidate: string }) => [string, string | undefined], string]>([
      ['expecting none when there is one', ({ candidate }) => [candidate, undefined], 'CONFLICT'],
      ['expecting another champion', ({ candidate }) => [candidate, candidate], 'CONFLICT'],
      ['the champion itself', ({ champion }) => [champion, champion], 'CONFLICT'],
      ['an unknown version', ({ champion }) => ['unknown', champion], 'NOT_FOUND'],
    ])('is refused %s, and changes nothing', async (_what, pick, code) => {
      const [champion] = await served(0.7);
      const { versionId: candidate } = await registry.registerModel(request(0.8));
      const before = [
        await slot(),
        await storage.models.list({}),
        await storage.outbox.read({ consumer: 'c', limit: 99 }),
      ];
      const [versionId, expectedActive] = pick({ champion: champion!, candidate });
      await expect(registry.promoteToProduction(versionId, { expectedActive })).rejects.toMatchObject({ code });
      const after = [
        await slot(),
        await storage.models.list({}),
        await storage.outbox.read({ consumer: 'c', limit: 99 }),
      ];
      expect(after).toEqual(before);
      expect(events).toEqual([]);
    });

    it('is refused for a version that failed', async () => {
      const { versionId } = await registry.registerModel(request(0.7));
      await storage.models.setStatus(versionId, 'failed');
      await expect(registry.promoteToProduction(versionId, { expectedActive: undefined })).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining('failed'),
      });
    });

    it('emits nothing when what stands alongside fails', async () => {
      const { versionId } = await registry.registerModel(request(0.7));
      const alongside = () => Promise.reject(new Error('no'));
      await expect(
        registry.promoteToProduction(versionId, { expectedActive: undefined }, { alongside }),
      ).rejects.toThrow('no');
      expect((await slot())?.championVersionId).toBeUndefined();
      expect(events).toEqual([]);
      expect(registry.activeVersions.size).toBe(0);
    });

    it('is not harmed by a listener that throws', async () => {
      const heard: unknown[] = [];
      const guarded = await ModelRegistry.open({ storage, onListenerError: (error) => heard.push(error) });
      guarded.on('model-promoted', () => {
        throw new Error('listener');
      });
      const { versionId } = await guarded.registerModel(request(0.7));
      await guarded.promoteToProduction(versionId, { expectedActive: undefined });
      expect((await slot())?.championVersionId).toBe(versionId);
      expect(heard).toHaveLength(1);
    });
  });

  describe('rolling back', () => {
    it('puts the version before it back, bars the loser and says so', async () => {
      const [first, second] = await served(0.7, 0.8);
      const event = await registry.rollback({ modelName, reason: 'live accuracy fell', actor: 'ada' });
      expect(event).toMatchObject({ versionId: first, previousVersionId: second, barred: true, actor: 'ada' });
      expect((await slot())?.championVersionId).toBe(first);
      expect([await statusOf(first!), await statusOf(second!)]).toEqual(['active', 'archived']);
      expect(await storage.models.barred(modelName)).toEqual([
        { versionId: second, modelName, reason: 'live accuracy fell', at: 3_000 },
      ]);
      expect(events).toEqual([{ name: 'model-rolled-back', payload: event }]);
      const outbox = await storage.outbox.read({ consumer: 'c', limit: 99 });
      expect(outbox.at(-1)).toMatchObject({ type: 'model-rolled-back', payload: event });
      await expect(registry.promoteToProduction(second!, { expectedActive: first })).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining('live accuracy fell'),
      });
    });

    it('goes one further back each time, never to one it has left', async () => {
      const [first, second, third] = await served(0.7, 0.8, 0.9);
      expect(await registry.rollback({ modelName, reason: 'r', bar: false })).toMatchObject({
        versionId: second,
        previousVersionId: third,
        barred: false,
      });
      expect(await registry.rollback({ modelName, reason: 'r', bar: false })).toMatchObject({ versionId: first });
      await expect(registry.rollback({ modelName, reason: 'r' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await slot())?.championVersionId).toBe(first);
    });

    it('returns to the last one promoted, not to an older one, after a failed successor', async () => {
      const [, second] = await served(0.7, 0.8, 0.9);
      await registry.rollback({ modelName, reason: 'r' });
      const { versionId: fourth } = await registry.registerModel(request(0.95));
      await registry.promoteToProduction(fourth, { expectedActive: second });
      expect(await registry.rollback({ modelName, reason: 'r' })).toMatchObject({ versionId: second });
    });

    it('passes over a version that is barred', async () => {
      const [first, second] = await served(0.7, 0.8, 0.9);
      await storage.models.bar({ versionId: second!, modelName, reason: 'known bad', at: 1 });
      expect(await registry.rollback({ modelName, reason: 'r' })).toMatchObject({ versionId: first });
    });

    it('goes to the version named', async () => {
      const [first] = await served(0.7, 0.8, 0.9);
      expect(await registry.rollback({ modelName, versionId: first!, reason: 'r' })).toMatchObject({
        versionId: first,
      });
    });

    it('is refused without a champion, without a predecessor, or when the champion changed', async () => {
      await expect(registry.rollback({ modelName, reason: 'r' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      const [first] = await served(0.7);
      await expect(registry.rollback({ modelName, reason: 'r' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      const { versionId: second } = await registry.registerModel(request(0.8));
      await registry.promoteToProduction(second, { expectedActive: first });
      await expect(registry.rollback({ modelName, reason: 'r', expectedActive: first! })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      expect(await storage.models.barred(modelName)).toEqual([]);
    });
  });

  describe('reading', () => {
    it('says what was served at any time', async () => {
      const [first, second] = await served(0.7, 0.8);
      expect(await registry.getActiveModelAt(modelName, 999)).toBeUndefined();
      expect((await registry.getActiveModelAt(modelName, 1_000))?.versionId).toBe(first);
      expect((await registry.getActiveModelAt(modelName, 1_999))?.versionId).toBe(first);
      expect((await registry.getActiveModelAt(modelName, 2_000))?.versionId).toBe(second);
      expect((await registry.getActiveModel(modelName))?.versionId).toBe(second);
      expect(await registry.getActiveModel('unknown')).toBeUndefined();
    });

    it('derives a version’s performance from the stored windows', async () => {
      const [first] = await served(0.7);
      const window: StoredPerformanceWindow = {
        modelVersionId: first!,
        windowSize: 50,
        predictionsCount: 50,
        correctPredictions: 30,
        accuracy: 0.6,
        startTime: 1,
        endTime: 2,
        metrics: { accuracy: 0.6 },
        lastSequence: 50,
      };
      await storage.windows.save(window);
      expect((await registry.getActiveModel(modelName))?.performanceHistory).toEqual([window]);
    });

    it('lists a name’s versions, newest first', async () => {
      const [first, second, third] = await served(0.7, 0.8, 0.9);
      const ids = async (limit?: number) => (await registry.getModelHistory(modelName, limit)).map((v) => v.versionId);
      expect(await ids()).toEqual([third, second, first]);
      expect(await ids(2)).toEqual([third, second]);
    });

    it('archives a version that is not in use, and no other', async () => {
      const [first, second] = await served(0.7, 0.8);
      const { versionId: third } = await registry.registerModel(request(0.9));
      await registry.archiveModel(third);
      expect(await statusOf(third)).toBe('archived');
      await expect(registry.archiveModel(second!)).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(registry.archiveModel('unknown')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await statusOf(first!)).toBe('archived');
    });

    it('shows what this process last saw; refresh shows what another one did', async () => {
      const other = await ModelRegistry.open({ storage });
      const [first] = await served(0.7);
      expect(registry.activeVersions.get(modelName)).toBe(first);
      expect(registry.models.get(first!)?.status).toBe('active');
      expect(other.activeVersions.size).toBe(0);
      await other.refresh();
      expect(other.activeVersions.get(modelName)).toBe(first);
      expect(other.models.get(first!)?.status).toBe('active');
    });

    it('loads a version ready to predict', async () => {
      const [first] = await served(0.7);
      const { model, header } = await registry.loadModel(first!);
      expect(header).toMatchObject({ flatBand: 0.001, classes: ['down', 'up'] });
      const answer = await model.predict({ values: new Float64Array([1]), rows: 1, columns: 1 });
      expect(answer[1]).toBe(0.7);
    });

    it('loads nothing of a type no family has', async () => {
      const [first] = await served(0.7);
      const bare = await ModelRegistry.open({ storage });
      await expect(bare.loadModel(first!)).rejects.toMatchObject({ code: 'UNKNOWN_MODEL_TYPE' });
    });

    it('refuses an artifact whose bytes are not the registered ones', async () => {
      const [first] = await served(0.7);
      const version = (await registry.getVersion(first!))!;
      const bytes = (await storage.artifacts.get(version.artifact.sha256))!;
      bytes[bytes.length - 1]! ^= 1;
      const damaged = await ModelRegistry.open({
        storage: { ...storage, ...storesOf(storage), artifacts: { ...storage.artifacts, get: async () => bytes } },
      });
      await expect(damaged.loadArtifact(version)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    });
  });
});

/** The stores a spread would lose, since they may be getters. */
function storesOf({ slots, models, windows, promotions }: PerformanceStorage) {
  return { slots, models, windows, promotions };
}
