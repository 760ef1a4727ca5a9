import assert from 'node:assert/strict';
import type { StorageStores } from '@mlperf/core';
import type { Check } from '../check.ts';
import { NAME, numbered, registerVersion, START, sampleDraft, samplePromotion } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const ROUNDS = 6;

/** Whatever meets a removal: a reference is there only while what it names is there. */
export const referenceChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'a version is promoted or removed when both are asked for at once, never both',
    async run({ storage }) {
      for (let i = 0; i < ROUNDS; i++) {
        const modelName = numbered('name', i);
        await registerVersion(storage, `v${i}`, { modelName });
        const promote = () => storage.slots.promote(samplePromotion(`v${i}`, { modelName }));
        const remove = () => storage.models.remove(`v${i}`);
        await atOnce(i, promote, remove);
        const isThere = (await storage.models.get(`v${i}`)) !== undefined;
        assert.equal((await storage.slots.get(modelName))?.championVersionId, isThere ? `v${i}` : undefined);
      }
      await requireWhole(storage);
    },
  },
  {
    name: 'a version is shadow, on probation or removed when all are asked for at once, and then the slot names none',
    async run({ storage }) {
      for (let i = 0; i < ROUNDS; i++) {
        await registerVersion(storage, `v${i}`);
        const patch =
          i % 2 === 0 ? { shadowVersionId: `v${i}` } : { probation: { versionId: `v${i}`, startedAt: START } };
        await atOnce(
          i >> 1,
          () => storage.slots.update(NAME, patch),
          () => storage.models.remove(`v${i}`),
        );
        await requireWhole(storage);
      }
    },
  },
  {
    name: 'an artifact is removed or registered on when both are asked for at once, never both',
    async run({ storage }) {
      for (let i = 0; i < ROUNDS; i++) {
        const artifact = await storage.artifacts.put(Uint8Array.of(i, 1, 2));
        await atOnce(
          i,
          () => storage.models.register(sampleDraft(`v${i}`, artifact)),
          () => storage.artifacts.remove(artifact.sha256),
        );
        assert.equal(
          (await storage.models.get(`v${i}`)) === undefined,
          (await storage.artifacts.get(artifact.sha256)) === undefined,
        );
      }
      await requireWhole(storage);
    },
  },
  {
    name: 'an archived champion, previous or shadow version stays where the slot names it',
    async run({ storage }) {
      for (const id of ['a', 'b', 'c']) await registerVersion(storage, id);
      await storage.slots.promote(samplePromotion('a'));
      await storage.slots.promote(samplePromotion('b', { expectedChampionVersionId: 'a' }));
      const slot = await storage.slots.update(NAME, { shadowVersionId: 'c' });
      for (const id of ['a', 'b', 'c']) await storage.models.setStatus(id, 'archived');
      assert.deepEqual(await storage.slots.get(NAME), slot);
      await requireWhole(storage);
    },
  },
];

/** Asks for both in one turn, in either order. What is refused is refused: only the end counts. */
async function atOnce(i: number, ...calls: readonly (() => Promise<unknown>)[]): Promise<void> {
  const ordered = i % 2 === 0 ? calls : [...calls].reverse();
  const results = await Promise.allSettled(ordered.map((call) => call()));
  assert.ok(
    results.some(({ status }) => status === 'fulfilled'),
    'one of the two must go through',
  );
}

/** Follows every reference of every slot and version. */
async function requireWhole(stores: StorageStores): Promise<void> {
  for (const slot of (await stores.slots.list({ limit: 1_000 })).items) {
    const named = [slot.championVersionId, slot.previousVersionId, slot.shadowVersionId, slot.probation?.versionId];
    for (const id of named.filter((versionId) => versionId !== undefined)) {
      assert.equal((await stores.models.get(id))?.modelName, slot.modelName, `'${id}' must be there`);
    }
  }
  for (const { versionId, artifact } of (await stores.models.list({}, { limit: 1_000 })).items) {
    assert.ok(await stores.artifacts.get(artifact.sha256), `the artifact of '${versionId}' must be there`);
  }
}
