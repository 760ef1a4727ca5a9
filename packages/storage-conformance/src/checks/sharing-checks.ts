import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import {
  NAME,
  registerVersion,
  START,
  sampleBytes,
  sampleDraft,
  sampleMonitorState,
  samplePrediction,
  samplePredictions,
  samplePromotion,
  sampleResolution,
  sampleRetraining,
} from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

/** Two handles on one store: what one process and another see of each other. */
export const sharingChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'what one handle has stored another reads at once',
    needs: ['sharing'],
    async run({ storage, openAgain }) {
      const other = await openAgain();
      await storage.predictions.append([samplePrediction('p')]);
      assert.deepEqual(await other.predictions.get(['p']), [samplePrediction('p')]);
      await other.predictions.resolve([sampleResolution(samplePrediction('p'))]);
      assert.equal((await storage.predictions.get(['p']))[0]?.outcome?.direction, 'up');
    },
  },
  {
    name: 'registrations through two handles at once get the versions 1 to 20',
    needs: ['sharing'],
    async run({ storage, openAgain }) {
      const other = await openAgain();
      const artifact = await storage.artifacts.put(sampleBytes());
      const stored = await Promise.all(
        Array.from({ length: 20 }, (_, i) => [storage, other][i % 2]!.models.register(sampleDraft(`v${i}`, artifact))),
      );
      assert.deepEqual(
        stored.map(({ version }) => version).sort((a, b) => a - b),
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
    },
  },
  {
    name: 'of promotions through two handles that expect the same champion exactly one wins',
    needs: ['sharing'],
    async run({ storage, openAgain }) {
      const other = await openAgain();
      for (const id of ['a', 'b']) await registerVersion(storage, id);
      const results = await Promise.allSettled([
        storage.slots.promote(samplePromotion('a')),
        other.slots.promote(samplePromotion('b')),
      ]);
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.deepEqual(await storage.slots.get(NAME), await other.slots.get(NAME));
      assert.equal((await storage.promotions.list(NAME)).items.length, 1);
    },
  },
  {
    name: 'two handles share leases, unfinished retrainings and outbox cursors',
    needs: ['sharing'],
    async run({ storage, openAgain }) {
      const other = await openAgain();
      const ask = { lease: 'l', owner: 'o', ttlMs: 86_400_000 };
      const given = await Promise.all([storage.leases.acquire(ask), other.leases.acquire(ask)]);
      assert.equal(given.filter((lease) => lease !== undefined).length, 1);
      const created = await Promise.allSettled([
        storage.retrainings.create(sampleRetraining('r1')),
        other.retrainings.create(sampleRetraining('r2')),
      ]);
      assert.equal(created.filter(({ status }) => status === 'fulfilled').length, 1);
      const [event] = await storage.outbox.append([{ modelName: NAME, type: 't', payload: {}, at: START }]);
      await other.outbox.ack('c', event!.sequence);
      assert.deepEqual(await storage.outbox.read({ consumer: 'c', limit: 5 }), []);
    },
  },
  {
    name: 'outcomes resolved through two handles at once get different sequences, and roll-ups count them all',
    needs: ['sharing'],
    async run({ storage, openAgain }) {
      const other = await openAgain();
      const made = samplePredictions(30);
      await storage.predictions.append(made);
      const results = await Promise.all(
        made.map((p, i) => [storage, other][i % 2]!.predictions.resolve([sampleResolution(p)])),
      );
      assert.equal(new Set(results.map(([result]) => result!.outcome.sequence)).size, 30);
      const [rollup] = await other.rollups.range({ modelVersionId: 'v1', role: 'live', from: START, to: START + 1 });
      assert.deepEqual([rollup?.predictionsCount, rollup?.outcomes.count], [30, 30]);
    },
  },
  {
    name: 'a reader who acknowledges all it sees misses no event that another handle commits late',
    needs: ['sharing'],
    async run({ storage, openAgain }) {
      const [other, reader] = [await openAgain(), await openAgain()];
      const appended = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const event = (id: string) => ({ modelName: NAME, type: 't', payload: { id }, at: START });
      const seen: unknown[] = [];
      const readAll = async () => {
        for (const { sequence, payload } of await reader.outbox.read({ consumer: 'c', limit: 100 })) {
          seen.push(payload.id);
          await reader.outbox.ack('c', sequence);
        }
      };
      const late = storage.transaction(async (tx) => {
        await tx.outbox.append([event('late')]);
        appended.resolve();
        await goOn.promise;
      });
      await appended.promise;
      // It may wait for the late one, or overtake it.
      const overtaking = other.outbox.append([event('quick')]);
      for (let i = 0; i < 20; i++) await readAll();
      goOn.resolve();
      await Promise.all([late, overtaking]);
      await readAll();
      assert.deepEqual([...seen].sort(), ['late', 'quick']);
    },
  },
  {
    name: 'transactions of two handles are serial: of many that read, count on and write none is lost',
    needs: ['sharing'],
    async run({ storage, openAgain }) {
      const other = await openAgain();
      await storage.monitorStates.put(sampleMonitorState({ sequence: 0 }));
      await Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          [storage, other][i % 2]!.transaction(async (tx) => {
            const { sequence } = (await tx.monitorStates.get('v1'))!;
            await tx.monitorStates.put(sampleMonitorState({ sequence: sequence + 1 }));
          }),
        ),
      );
      assert.equal((await other.monitorStates.get('v1'))?.sequence, 12);
    },
  },
];
