import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { START, sampleStudy } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

export const studyChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'a study comes back as it was created; created again it is left alone',
    async run({ storage: { studies } }) {
      const study = sampleStudy('s', { settings: { folds: 5, splitter: 'walk-forward' } });
      await studies.create(study);
      await studies.create(study);
      assert.deepEqual(await studies.get('s'), study);
      assert.equal(await studies.get('none'), undefined);
      assert.equal((await studies.list({})).items.length, 1);
    },
  },
  {
    name: 'a study id with other content is CONFLICT and the first stays',
    async run({ storage: { studies } }) {
      await studies.create(sampleStudy('s'));
      await expectRefusal(studies.create(sampleStudy('s', { seed: 'other' })), 'CONFLICT');
      assert.deepEqual(await studies.get('s'), sampleStudy('s'));
    },
  },
  {
    name: 'studies are listed newest first, ties by id, and found by model type',
    async run({ storage: { studies } }) {
      for (const [id, at] of [
        ['b', 1],
        ['a', 1],
        ['c', 0],
        ['d', 2],
      ] as const) {
        await studies.create(
          sampleStudy(id, { createdAt: START + at, modelType: id === 'a' ? 'lstm' : 'random-forest' }),
        );
      }
      const ids = async (filter: { modelType?: string }) => (await studies.list(filter)).items.map((s) => s.studyId);
      assert.deepEqual(await ids({}), ['d', 'a', 'b', 'c']);
      assert.deepEqual(await ids({ modelType: 'random-forest' }), ['d', 'b', 'c']);
    },
  },
];
