import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { NAME, registerVersion, START, samplePromotion } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const FRESH = { modelName: NAME, pinned: false, suspended: false };

export const slotChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'a slot comes into being with the first version of its name',
    async run({ storage }) {
      assert.equal(await storage.slots.get(NAME), undefined);
      await registerVersion(storage, 'a');
      assert.deepEqual(await storage.slots.get(NAME), { ...FRESH, nextVersion: 2 });
    },
  },
  {
    name: 'a promotion moves champion to previous and appends the log, in one step',
    async run({ storage }) {
      for (const id of ['a', 'b', 'c']) await registerVersion(storage, id);
      const first = await storage.slots.promote(samplePromotion('a', { evidence: { gain: 0.05, rows: [1, 2] } }));
      assert.deepEqual(first.slot, { ...FRESH, championVersionId: 'a', nextVersion: 4 });
      const { expectedChampionVersionId: _expected, ...said } = samplePromotion('a');
      const { sequence } = first.promotion;
      assert.deepEqual(first.promotion, { ...said, evidence: { gain: 0.05, rows: [1, 2] }, sequence });
      await storage.slots.promote(samplePromotion('b', { expectedChampionVersionId: 'a' }));
      const third = await storage.slots.promote(
        samplePromotion('a', { expectedChampionVersionId: 'b', kind: 'rollback', at: START + 5 }),
      );
      assert.deepEqual(third.slot, { ...FRESH, championVersionId: 'a', previousVersionId: 'b', nextVersion: 4 });
      assert.deepEqual([third.promotion.kind, third.promotion.previousVersionId], ['rollback', 'b']);
      assert.deepEqual(await storage.slots.get(NAME), third.slot);
      const { items } = await storage.promotions.list(NAME);
      assert.deepEqual(
        items.map(({ versionId, previousVersionId }) => [versionId, previousVersionId]),
        [
          ['a', 'b'],
          ['b', 'a'],
          ['a', undefined],
        ],
      );
    },
  },
  {
    name: 'a promotion that expects another champion is CONFLICT and changes nothing',
    async run({ storage }) {
      for (const id of ['a', 'b']) await registerVersion(storage, id);
      await expectRefusal(storage.slots.promote(samplePromotion('a', { expectedChampionVersionId: 'b' })), 'CONFLICT');
      await storage.slots.promote(samplePromotion('a'));
      const before = await storage.slots.get(NAME);
      await expectRefusal(storage.slots.promote(samplePromotion('b')), 'CONFLICT');
      await expectRefusal(storage.slots.promote(samplePromotion('b', { expectedChampionVersionId: 'b' })), 'CONFLICT');
      assert.deepEqual(await storage.slots.get(NAME), before);
      assert.equal((await storage.promotions.list(NAME)).items.length, 1);
    },
  },
  {
    name: 'of promotions that expect the same champion exactly one wins',
    async run({ storage }) {
      const ids = ['a', 'b', 'c', 'd', 'e'];
      for (const id of ids) await registerVersion(storage, id);
      const results = await Promise.allSettled(ids.map((id) => storage.slots.promote(samplePromotion(id))));
      const winners = ids.filter((_, i) => results[i]!.status === 'fulfilled');
      assert.equal(winners.length, 1);
      assert.equal((await storage.slots.get(NAME))?.championVersionId, winners[0]);
      assert.equal((await storage.promotions.list(NAME)).items.length, 1);
    },
  },
  {
    name: "a barred version, the champion itself, an unknown version and another name's are not promoted",
    async run({ storage }) {
      for (const id of ['a', 'barred']) await registerVersion(storage, id);
      await registerVersion(storage, 'foreign', { modelName: 'other' });
      await storage.models.bar({ versionId: 'barred', modelName: NAME, reason: 'lost in live', at: START });
      await storage.slots.promote(samplePromotion('a'));
      const before = await storage.slots.get(NAME);
      const over = { expectedChampionVersionId: 'a' };
      await expectRefusal(storage.slots.promote(samplePromotion('barred', over)), 'CONFLICT');
      await expectRefusal(storage.slots.promote(samplePromotion('barred', { ...over, kind: 'rollback' })), 'CONFLICT');
      await expectRefusal(storage.slots.promote(samplePromotion('a', over)), 'CONFLICT');
      await expectRefusal(storage.slots.promote(samplePromotion('none', over)), 'NOT_FOUND');
      await expectRefusal(storage.slots.promote(samplePromotion('foreign', over)), 'NOT_FOUND');
      await expectRefusal(storage.slots.promote(samplePromotion('a', { modelName: 'never seen' })), 'NOT_FOUND');
      assert.deepEqual(await storage.slots.get(NAME), before);
      assert.equal((await storage.promotions.list(NAME)).items.length, 1);
    },
  },
  {
    name: 'a slot patch sets what it names, leaves what it does not, and clears with null',
    async run({ storage }) {
      for (const id of ['a', 'b']) await registerVersion(storage, id);
      await storage.slots.promote(samplePromotion('a'));
      const base = { ...FRESH, championVersionId: 'a', nextVersion: 3 };
      const probation = { versionId: 'a', startedAt: START, endsAt: START + 1_000 };
      const freezeWindows = [
        { from: START + 5, to: START + 9, reason: 'central bank day' },
        { from: START, to: START + 1 },
      ];
      const frozen = { frozenUntil: START + 7, freezeWindows };
      const all = { pinned: true, suspended: true, ...frozen, shadowVersionId: 'b', probation };
      assert.deepEqual(await storage.slots.update(NAME, all), { ...base, ...all });
      assert.deepEqual(await storage.slots.update(NAME, {}), { ...base, ...all });
      assert.deepEqual(await storage.slots.update(NAME, { pinned: false }), { ...base, ...all, pinned: false });
      const none = { shadowVersionId: null, frozenUntil: null, freezeWindows: null, probation: null };
      const cleared = { ...none, suspended: false };
      assert.deepEqual(await storage.slots.update(NAME, cleared), base);
      assert.deepEqual(await storage.slots.get(NAME), base);
      assert.deepEqual(await storage.slots.update(NAME, { freezeWindows }), { ...base, freezeWindows });
      assert.deepEqual(await storage.slots.update(NAME, { freezeWindows: [] }), base);
      const { endsAt: _open, ...endless } = probation;
      assert.deepEqual((await storage.slots.update(NAME, { probation: endless })).probation, endless);
    },
  },
  {
    name: 'a freeze window that does not end after its beginning, or more than 1,000 of them, is INVALID_RECORD',
    async run({ storage }) {
      await registerVersion(storage, 'a');
      const bad = [
        [{ from: START, to: START }],
        [{ from: START + 1, to: START }],
        [{ from: START, to: Number.NaN }],
        [{ from: START, to: START + 1, reason: '' }],
        Array.from({ length: 1_001 }, (_, i) => ({ from: i, to: i + 1 })),
      ];
      for (const freezeWindows of bad) {
        await expectRefusal(storage.slots.update(NAME, { pinned: true, freezeWindows }), 'INVALID_RECORD');
      }
      assert.deepEqual(await storage.slots.get(NAME), { ...FRESH, nextVersion: 2 });
    },
  },
  {
    name: 'a patch of an unknown slot, or naming a version not under it, is NOT_FOUND and changes nothing',
    async run({ storage }) {
      await registerVersion(storage, 'a');
      await registerVersion(storage, 'foreign', { modelName: 'other' });
      await expectRefusal(storage.slots.update('none', { pinned: true }), 'NOT_FOUND');
      for (const versionId of ['none', 'foreign']) {
        await expectRefusal(storage.slots.update(NAME, { pinned: true, shadowVersionId: versionId }), 'NOT_FOUND');
        const probation = { versionId, startedAt: START };
        await expectRefusal(storage.slots.update(NAME, { pinned: true, probation }), 'NOT_FOUND');
      }
      assert.deepEqual(await storage.slots.get(NAME), { ...FRESH, nextVersion: 2 });
    },
  },
  {
    name: 'slots are listed by model name in code-point order',
    async run({ storage }) {
      const names = ['b', 'B', 'a', '\uFFFD', '😀', 'ä'];
      for (const [i, modelName] of names.entries()) await registerVersion(storage, `v${i}`, { modelName });
      const { items } = await storage.slots.list();
      assert.deepEqual(
        items.map(({ modelName }) => modelName),
        ['B', 'a', 'b', 'ä', '\uFFFD', '😀'],
      );
    },
  },
  {
    name: 'the promotion log is per name, newest first, with rising sequences',
    async run({ storage }) {
      for (const id of ['a', 'b']) await registerVersion(storage, id);
      await registerVersion(storage, 'x', { modelName: 'other' });
      await storage.slots.promote(samplePromotion('a'));
      await storage.slots.promote(samplePromotion('x', { modelName: 'other' }));
      await storage.slots.promote(samplePromotion('b', { expectedChampionVersionId: 'a' }));
      const { items } = await storage.promotions.list(NAME);
      assert.deepEqual(
        items.map(({ versionId }) => versionId),
        ['b', 'a'],
      );
      assert.ok(items[0]!.sequence > items[1]!.sequence);
      assert.deepEqual((await storage.promotions.list('none')).items, []);
    },
  },
  {
    name: 'activeAt gives the last promotion at or before a time',
    async run({ storage }) {
      for (const id of ['a', 'b', 'c']) await registerVersion(storage, id);
      await storage.slots.promote(samplePromotion('a', { at: START }));
      await storage.slots.promote(samplePromotion('b', { at: START + 10, expectedChampionVersionId: 'a' }));
      await storage.slots.promote(samplePromotion('c', { at: START + 10, expectedChampionVersionId: 'b' }));
      const at = async (time: number) => (await storage.promotions.activeAt(NAME, time))?.versionId;
      assert.equal(await at(START - 1), undefined);
      assert.equal(await at(START), 'a');
      assert.equal(await at(START + 9), 'a');
      assert.equal(await at(START + 10), 'c');
      assert.equal(await at(START + 1e9), 'c');
      assert.equal(await storage.promotions.activeAt('none', START), undefined);
      await expectRefusal(storage.promotions.activeAt(NAME, Number.NaN), 'INVALID_QUERY');
    },
  },
];
