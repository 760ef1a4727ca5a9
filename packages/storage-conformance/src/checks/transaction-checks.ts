import assert from 'node:assert/strict';
import type { PerformanceStorage, StorageStores } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import {
  NAME,
  registerVersion,
  START,
  sampleEvent,
  sampleExperiment,
  sampleMonitorState,
  samplePrediction,
  samplePredictions,
  samplePromotion,
  sampleReference,
  sampleResolution,
  sampleRetraining,
  sampleStudy,
  sampleWindow,
} from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

class Stop extends Error {}

export const transactionChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'a transaction gives what its function gives, and its writes are there together',
    async run({ storage }) {
      const result = await storage.transaction(async (tx) => {
        await writeEverywhere(tx, 'x');
        return { answer: 42 };
      });
      assert.deepEqual(result, { answer: 42 });
      for (const [store, found] of await lookEverywhere(storage, 'x')) assert.ok(found, `${store} must hold its write`);
    },
  },
  {
    name: 'a transaction that throws leaves no trace in any store, and its very error comes out',
    async run({ storage }) {
      await writeEverywhere(storage, 'kept');
      const stop = new Stop('enough');
      const broken = storage.transaction(async (tx) => {
        await writeEverywhere(tx, 'x');
        await changeEverywhere(tx);
        for (const [store, found] of await lookEverywhere(tx, 'x')) assert.ok(found, `${store} must see its own write`);
        throw stop;
      });
      assert.equal(await broken.catch((error: unknown) => error), stop);
      for (const [store, found] of await lookEverywhere(storage, 'x')) assert.ok(!found, `${store} must hold nothing`);
      for (const [store, found] of await lookEverywhere(storage, 'kept'))
        assert.ok(found, `${store} must keep the rest`);
      assert.deepEqual(await storage.predictions.get(['p-kept']), [
        {
          ...samplePrediction('p-kept'),
          outcome: (await storage.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'live', limit: 1 }))[0]!
            .outcome,
        },
      ]);
      assert.equal((await storage.models.get('kept'))?.status, 'candidate');
      assert.equal((await storage.monitorStates.get('kept'))?.sequence, 7);
      assert.equal((await storage.retrainings.get('kept'))?.stage, 'requested');
      assert.equal((await storage.slots.get('name-kept'))?.pinned, false);
      await writeEverywhere(storage, 'x');
    },
  },
  {
    name: 'a transaction whose function throws before its first await is rolled back too',
    async run({ storage }) {
      const broken = storage.transaction(() => {
        throw new Stop('at once');
      });
      await assert.rejects(broken, Stop);
      await storage.predictions.append([samplePrediction('p')]);
    },
  },
  {
    name: 'a refused call inside a transaction leaves no trace, and the transaction may go on',
    async run({ storage }) {
      await storage.predictions.append([samplePrediction('known')]);
      await storage.transaction(async (tx) => {
        await tx.predictions.append([samplePrediction('first')]);
        const clash = [samplePrediction('half'), samplePrediction('known', { confidence: 0.9 })];
        await expectRefusal(tx.predictions.append(clash), 'CONFLICT');
        await expectRefusal(tx.predictions.resolve([sampleResolution(samplePrediction('none'))]), 'NOT_FOUND');
        await tx.predictions.append([samplePrediction('last')]);
      });
      const found = await storage.predictions.get(['first', 'half', 'last']);
      assert.deepEqual(
        found.map((row) => row?.id),
        ['first', undefined, 'last'],
      );
    },
  },
  {
    name: 'inside a transaction the outer storage refuses with IN_TRANSACTION, and tx goes on',
    async run({ storage }) {
      await storage.transaction(async (tx) => {
        await expectRefusal(storage.predictions.append([samplePrediction('outer')]), 'IN_TRANSACTION');
        await expectRefusal(storage.predictions.get(['outer']), 'IN_TRANSACTION');
        await expectRefusal(storage.leases.acquire({ lease: 'l', owner: 'o', ttlMs: 1_000 }), 'IN_TRANSACTION');
        await expectRefusal(
          storage.transaction(async () => 1),
          'IN_TRANSACTION',
        );
        await expectRefusal(storage.close(), 'IN_TRANSACTION');
        await tx.predictions.append([samplePrediction('inner')]);
      });
      const [outer, inner] = await storage.predictions.get(['outer', 'inner']);
      assert.deepEqual([outer?.id, inner?.id], [undefined, 'inner']);
    },
  },
  {
    name: "after its end a transaction's stores refuse with CLOSED, whether it committed or not",
    async run({ storage }) {
      const kept: StorageStores[] = [];
      await storage.transaction(async (tx) => {
        kept.push(tx);
      });
      await assert.rejects(
        storage.transaction(async (tx) => {
          kept.push(tx);
          throw new Stop();
        }),
        Stop,
      );
      for (const tx of kept) {
        await expectRefusal(tx.predictions.append([samplePrediction('late')]), 'CLOSED');
        await expectRefusal(tx.predictions.get(['late']), 'CLOSED');
      }
      assert.deepEqual(await storage.predictions.get(['late']), [undefined]);
    },
  },
  {
    name: 'work that outlives its transaction may use the outer storage again',
    async run({ storage }) {
      const ended = Promise.withResolvers<void>();
      let after: Promise<readonly boolean[]> | undefined;
      await storage.transaction(async (tx) => {
        await tx.predictions.append([samplePrediction('inner')]);
        after = ended.promise.then(() => storage.predictions.append([samplePrediction('after')]));
      });
      ended.resolve();
      assert.deepEqual(await after, [true]);
    },
  },
  {
    name: 'nobody outside sees what a transaction has not committed',
    async run({ storage }) {
      const written = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const broken = storage.transaction(async (tx) => {
        await tx.predictions.append([samplePrediction('p')]);
        written.resolve();
        await goOn.promise;
        throw new Stop();
      });
      await written.promise;
      const reading = storage.predictions.get(['p']);
      goOn.resolve();
      await assert.rejects(broken, Stop);
      assert.deepEqual(await reading, [undefined]);
    },
  },
  {
    name: 'concurrent transactions are serial: of many that read, count on and write none is lost',
    async run({ storage }) {
      await storage.monitorStates.put(sampleMonitorState({ sequence: 0 }));
      const increment = () =>
        storage.transaction(async (tx) => {
          const { sequence } = (await tx.monitorStates.get('v1'))!;
          await tx.monitorStates.put(sampleMonitorState({ sequence: sequence + 1 }));
        });
      await Promise.all(Array.from({ length: 15 }, increment));
      assert.equal((await storage.monitorStates.get('v1'))?.sequence, 15);
    },
  },
  {
    name: 'writers whose keys come in opposite orders all go through, in calls and in transactions',
    async run({ storage }) {
      const made = samplePredictions(40);
      const orders = [made, [...made].reverse()];
      await Promise.all(orders.map((batch) => storage.predictions.append(batch)));
      await Promise.all(orders.map((batch) => storage.predictions.resolve(batch.map((p) => sampleResolution(p)))));
      const rows = ['a', 'b', 'c'];
      await Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          storage.transaction(async (tx) => {
            for (const id of i % 2 === 0 ? rows : [...rows].reverse()) {
              const sequence = ((await tx.monitorStates.get(id))?.sequence ?? 0) + 1;
              await tx.monitorStates.put(sampleMonitorState({ modelVersionId: id, sequence }));
            }
          }),
        ),
      );
      for (const id of rows) assert.equal((await storage.monitorStates.get(id))?.sequence, 12);
    },
  },
  {
    name: 'writes of one transaction may run at once',
    async run({ storage }) {
      await storage.transaction(async (tx) => {
        await Promise.all(Array.from({ length: 10 }, (_, i) => tx.predictions.append([samplePrediction(`p${i}`)])));
      });
      assert.equal((await storage.predictions.list({})).items.length, 10);
    },
  },
];

/** Bytes that tell ids apart by their number. */
function sampleArtifact(id: string): Uint8Array {
  return new Uint8Array(1_000 + id.length);
}

async function writeEverywhere(stores: StorageStores, id: string): Promise<void> {
  const prediction = samplePrediction(`p-${id}`);
  await stores.predictions.append([prediction]);
  await stores.predictions.resolve([sampleResolution(prediction)]);
  await stores.windows.save(sampleWindow({ modelVersionId: id }));
  await stores.monitorStates.put(sampleMonitorState({ modelVersionId: id }));
  await stores.references.put(sampleReference({ modelVersionId: id }));
  await stores.studies.create(sampleStudy(id));
  await stores.trials.save(sampleExperiment(id, { studyId: id, trialNumber: 0 }));
  const modelName = `name-${id}`;
  await registerVersion(stores, id, { modelName });
  await stores.artifacts.put(sampleArtifact(id));
  await stores.slots.promote(samplePromotion(id, { modelName }));
  await stores.retrainings.create(sampleRetraining(id, { modelName }));
  await stores.leases.acquire({ lease: id, owner: 'o', ttlMs: 60_000 });
  await stores.outbox.append([sampleEvent({ type: id })]);
}

/** Changes records of `kept` in every way a store allows. */
async function changeEverywhere(stores: StorageStores): Promise<void> {
  const prediction = samplePrediction('p-kept');
  await stores.predictions.resolve([{ ...sampleResolution(prediction, 'down'), correction: true }]);
  await stores.monitorStates.put(sampleMonitorState({ modelVersionId: 'kept', sequence: 99 }));
  await stores.models.setStatus('kept', 'archived');
  await stores.slots.update('name-kept', { pinned: true });
  await stores.models.bar({ versionId: 'kept', modelName: 'name-kept', reason: 'r', at: START });
  await stores.retrainings.advance(
    sampleRetraining('kept', { modelName: 'name-kept', stage: 'gathering' }),
    'requested',
  );
  await stores.outbox.ack('consumer', 1);
}

async function lookEverywhere(
  stores: StorageStores | PerformanceStorage,
  id: string,
): Promise<readonly (readonly [string, boolean])[]> {
  const [prediction] = await stores.predictions.get([`p-${id}`]);
  const modelName = `name-${id}`;
  const events = await stores.outbox.read({ consumer: 'consumer', limit: 100 });
  return [
    ['predictions', prediction?.outcome !== undefined],
    [
      'rollups',
      (await stores.rollups.range({ modelName: NAME, role: 'live', from: START, to: START + 1 }))[0] !== undefined &&
        prediction !== undefined,
    ],
    ['windows', (await stores.windows.recent({ modelVersionId: id, limit: 1 })).length === 1],
    ['monitorStates', (await stores.monitorStates.get(id)) !== undefined],
    ['references', (await stores.references.get(id, 'features')) !== undefined],
    ['studies', (await stores.studies.get(id)) !== undefined],
    ['trials', (await stores.trials.get(id)) !== undefined],
    ['models', (await stores.models.get(id)) !== undefined],
    ['slots', (await stores.slots.get(modelName))?.championVersionId === id],
    ['promotions', (await stores.promotions.list(modelName)).items.length === 1],
    ['retrainings', (await stores.retrainings.unfinished(modelName)) !== undefined],
    ['artifacts', (await stores.artifacts.list()).items.some(({ bytes }) => bytes === sampleArtifact(id).byteLength)],
    ['leases', (await stores.leases.get(id)) !== undefined],
    ['outbox', events.some(({ type }) => type === id)],
  ];
}
