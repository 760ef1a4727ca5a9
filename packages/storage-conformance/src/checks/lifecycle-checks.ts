import assert from 'node:assert/strict';
import type { PerformanceStorage } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import {
  NAME,
  registerVersion,
  START,
  sampleBytes,
  sampleDraft,
  sampleEvent,
  sampleExperiment,
  sampleMonitorState,
  samplePrediction,
  samplePromotion,
  sampleReference,
  sampleResolution,
  sampleRetraining,
  sampleStudy,
  sampleWindow,
} from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const HASH = 'ab'.repeat(32);

/** One good call of every method of the port. */
function everyCall(storage: PerformanceStorage): readonly (readonly [string, () => Promise<unknown>])[] {
  const { predictions, models, slots, promotions, retrainings, artifacts, leases, outbox, trials, studies } = storage;
  const outcomes = { modelVersionId: 'v1', role: 'live', limit: 1 } as const;
  const fence = { lease: 'l', token: 1 };
  return [
    ['predictions.append', () => predictions.append([samplePrediction('p')])],
    ['predictions.resolve', () => predictions.resolve([sampleResolution(samplePrediction('p'))])],
    ['predictions.get', () => predictions.get(['p'])],
    ['predictions.findByDecision', () => predictions.findByDecision('d')],
    ['predictions.recentOutcomes', () => predictions.recentOutcomes(outcomes)],
    ['predictions.outcomesAfter', () => predictions.outcomesAfter(outcomes)],
    ['predictions.list', () => predictions.list({})],
    ['rollups.range', () => storage.rollups.range({ modelVersionId: 'v1', role: 'live', from: 0, to: 1 })],
    ['windows.save', () => storage.windows.save(sampleWindow())],
    ['windows.recent', () => storage.windows.recent({ modelVersionId: 'v1', limit: 1 })],
    ['monitorStates.get', () => storage.monitorStates.get('v1')],
    ['monitorStates.put', () => storage.monitorStates.put(sampleMonitorState())],
    ['references.get', () => storage.references.get('v1', 'features')],
    ['references.put', () => storage.references.put(sampleReference())],
    ['studies.create', () => studies.create(sampleStudy('s'))],
    ['studies.get', () => studies.get('s')],
    ['studies.list', () => studies.list({})],
    ['trials.save', () => trials.save(sampleExperiment('e'))],
    ['trials.get', () => trials.get('e')],
    ['trials.best', () => trials.best({ metric: 'meanCvScore', direction: 'maximize', limit: 1 })],
    ['trials.list', () => trials.list({})],
    ['models.register', () => models.register(sampleDraft('v', { sha256: HASH, bytes: 1 }))],
    ['models.get', () => models.get('v')],
    ['models.find', () => models.find(NAME, 1)],
    ['models.list', () => models.list({})],
    ['models.setStatus', () => models.setStatus('v', 'active')],
    ['models.annotate', () => models.annotate('v', { notes: 'n' })],
    ['models.remove', () => models.remove('v')],
    ['models.bar', () => models.bar({ versionId: 'v', modelName: NAME, reason: 'r', at: START })],
    ['models.barred', () => models.barred(NAME)],
    ['slots.get', () => slots.get(NAME)],
    ['slots.list', () => slots.list()],
    ['slots.promote', () => slots.promote(samplePromotion('v'))],
    ['slots.update', () => slots.update(NAME, { pinned: true })],
    ['promotions.list', () => promotions.list(NAME)],
    ['promotions.activeAt', () => promotions.activeAt(NAME, START)],
    ['retrainings.create', () => retrainings.create(sampleRetraining('r'))],
    ['retrainings.advance', () => retrainings.advance(sampleRetraining('r', { stage: 'gathering' }), 'requested')],
    ['retrainings.get', () => retrainings.get('r')],
    ['retrainings.unfinished', () => retrainings.unfinished(NAME)],
    ['retrainings.history', () => retrainings.history({})],
    ['artifacts.put', () => artifacts.put(sampleBytes())],
    ['artifacts.get', () => artifacts.get(HASH)],
    ['artifacts.list', () => artifacts.list()],
    ['artifacts.remove', () => artifacts.remove(HASH)],
    ['leases.acquire', () => leases.acquire({ lease: 'l', owner: 'o', ttlMs: 1 })],
    ['leases.renew', () => leases.renew(fence, 1)],
    ['leases.release', () => leases.release(fence)],
    ['leases.get', () => leases.get('l')],
    ['outbox.append', () => outbox.append([sampleEvent()])],
    ['outbox.read', () => outbox.read({ consumer: 'c', limit: 1 })],
    ['outbox.ack', () => outbox.ack('c', 1)],
    ['outbox.removeDelivered', () => outbox.removeDelivered({ before: START })],
    ['outbox.forget', () => outbox.forget('c')],
    ['transaction', () => storage.transaction(async () => 1)],
    ['migrate', () => storage.migrate()],
  ];
}

export const lifecycleChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'a storage says what it is: kind, durability, processes and clock',
    async run({ storage }) {
      assert.ok(storage.kind.length > 0);
      assert.ok(['none', 'process-crash', 'power-loss'].includes(storage.durability));
      assert.equal(typeof storage.multiProcess, 'boolean');
      assert.ok(Number.isFinite(storage.clock.now()));
    },
  },
  {
    name: 'migrating a current store applies nothing and keeps everything, also many times at once',
    async run({ storage }) {
      await storage.predictions.append([samplePrediction('p')]);
      const reports = await Promise.all([storage.migrate(), storage.migrate(), storage.migrate()]);
      for (const { applied, schemaVersion } of reports) {
        assert.deepEqual(applied, []);
        assert.ok(Number.isInteger(schemaVersion) && schemaVersion >= 1);
      }
      assert.deepEqual(await storage.predictions.get(['p']), [samplePrediction('p')]);
    },
  },
  {
    name: 'after close every call is refused with CLOSED, and close again is fine',
    async run({ storage }) {
      await storage.close();
      await storage.close();
      for (const [name, call] of everyCall(storage)) {
        const error = await expectRefusal(call(), 'CLOSED');
        assert.ok(error.message.length > 0, name);
      }
    },
  },
  {
    name: 'close waits for calls under way: each is done or refused with CLOSED, none is left hanging',
    async run({ storage }) {
      const writes = Array.from({ length: 10 }, (_, i) => storage.predictions.append([samplePrediction(`p${i}`)]));
      const closing = storage.close();
      const results = await Promise.allSettled(writes);
      await closing;
      for (const result of results) assert.equal(result.status, 'fulfilled', 'a call made before close must be done');
      await expectRefusal(storage.predictions.get(['p0']), 'CLOSED');
    },
  },
  {
    name: 'close waits for a transaction under way',
    async run({ storage }) {
      const goOn = Promise.withResolvers<void>();
      const work = storage.transaction(async (tx) => {
        await tx.predictions.append([samplePrediction('p')]);
        await goOn.promise;
        return (await tx.predictions.get(['p']))[0]?.id;
      });
      const closing = storage.close();
      goOn.resolve();
      assert.equal(await work, 'p');
      await closing;
    },
  },
  {
    name: 'what was stored is there after the store is closed and opened again',
    needs: ['reopening'],
    async run({ storage, openAgain }) {
      const prediction = samplePrediction('p', { features: { rsi: 30 } });
      await storage.predictions.append([prediction, samplePrediction('open')]);
      const [{ outcome } = assert.fail()] = await storage.predictions.resolve([sampleResolution(prediction)]);
      await storage.windows.save(sampleWindow());
      await storage.monitorStates.put(sampleMonitorState());
      await storage.references.put(sampleReference());
      await storage.studies.create(sampleStudy('s'));
      await storage.trials.save(sampleExperiment('e'));
      const version = await registerVersion(storage, 'v');
      const { slot, promotion } = await storage.slots.promote(samplePromotion('v'));
      await storage.retrainings.create(sampleRetraining('r'));
      const lease = (await storage.leases.acquire({ lease: 'l', owner: 'o', ttlMs: 86_400_000 })) ?? assert.fail();
      const events = await storage.outbox.append([sampleEvent(), sampleEvent()]);
      await storage.outbox.ack('c', events[0]!.sequence);
      const range = { modelVersionId: 'v1', role: 'live', from: START, to: START + 1 } as const;
      const rollups = await storage.rollups.range(range);
      await storage.close();

      const again = await openAgain();
      assert.deepEqual(await again.predictions.get(['p', 'open']), [
        { ...prediction, outcome },
        samplePrediction('open'),
      ]);
      assert.deepEqual(await again.rollups.range(range), rollups);
      assert.deepEqual(await again.windows.recent({ modelVersionId: 'v1', limit: 5 }), [sampleWindow()]);
      assert.deepEqual(await again.monitorStates.get('v1'), sampleMonitorState());
      assert.deepEqual(await again.references.get('v1', 'features'), sampleReference());
      assert.deepEqual(await again.studies.get('s'), sampleStudy('s'));
      assert.deepEqual(await again.trials.get('e'), sampleExperiment('e'));
      assert.deepEqual(await again.models.get('v'), version);
      assert.deepEqual(await again.slots.get(NAME), slot);
      assert.deepEqual((await again.promotions.list(NAME)).items, [promotion]);
      assert.deepEqual(await again.retrainings.unfinished(NAME), sampleRetraining('r'));
      assert.deepEqual(await again.leases.get('l'), lease);
      assert.deepEqual(await again.outbox.read({ consumer: 'c', limit: 5 }), events.slice(1));
      assert.deepEqual(Array.from((await again.artifacts.get(version.artifact.sha256))!), Array.from(sampleBytes()));
      const [next] = await again.predictions.resolve([sampleResolution(samplePrediction('open'))]);
      assert.ok(next!.outcome.sequence > outcome.sequence, 'sequences go on after a restart');
    },
  },
  {
    name: 'a cursor outlives the handle that gave it',
    needs: ['reopening'],
    async run({ storage, openAgain }) {
      await storage.predictions.append(['a', 'b', 'c'].map((id) => samplePrediction(id)));
      const { nextCursor } = await storage.predictions.list({}, { limit: 1 });
      await storage.close();
      const again = await openAgain();
      const { items } = await again.predictions.list({}, { limit: 5, cursor: nextCursor! });
      assert.deepEqual(
        items.map(({ id }) => id),
        ['b', 'c'],
      );
    },
  },
];
