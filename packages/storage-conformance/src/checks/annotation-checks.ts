import assert from 'node:assert/strict';
import type { AnnotationPatch } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { NAME, registerVersion } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

export const annotationChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'tags are merged by key, notes replaced, and null removes either',
    async run({ storage }) {
      const { models } = storage;
      const bare = await registerVersion(storage, 'a');
      const tagged = await models.annotate('a', { tags: { desk: 'fx', 'цель 😀': '' }, notes: 'after the split' });
      assert.deepEqual(tagged, { ...bare, tags: { desk: 'fx', 'цель 😀': '' }, notes: 'after the split' });
      assert.deepEqual(await models.annotate('a', {}), tagged);
      assert.deepEqual((await models.annotate('a', { tags: { desk: 'rates' } })).tags, {
        desk: 'rates',
        'цель 😀': '',
      });
      const untagged = await models.annotate('a', { tags: { desk: null, 'цель 😀': null, never: null } });
      assert.deepEqual(untagged, { ...bare, notes: 'after the split' });
      assert.deepEqual(await models.annotate('a', { notes: null }), bare);
      assert.deepEqual(await models.get('a'), bare);
    },
  },
  {
    name: 'tags and notes come back with every reading, and change neither identity nor status',
    async run({ storage }) {
      const { models } = storage;
      const bare = await registerVersion(storage, 'a');
      await models.annotate('a', { tags: { desk: 'fx' } });
      await models.setStatus('a', 'active');
      const expected = { ...bare, status: 'active', tags: { desk: 'fx' } };
      assert.deepEqual(await models.get('a'), expected);
      assert.deepEqual(await models.find(NAME, 1), expected);
      assert.deepEqual((await models.list({})).items, [expected]);
      assert.deepEqual(await registerVersion(storage, 'a'), expected);
    },
  },
  {
    name: 'annotations of many callers at once are all there',
    async run({ storage }) {
      await registerVersion(storage, 'a');
      const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
      await Promise.all(keys.map((key) => storage.models.annotate('a', { tags: { [key]: key } })));
      const { tags } = (await storage.models.get('a'))!;
      assert.deepEqual(Object.keys(tags!).sort(), keys.toSorted());
    },
  },
  {
    name: 'an annotation of an unknown version is NOT_FOUND; a bad or a 101st tag is INVALID_RECORD and changes nothing',
    async run({ storage }) {
      const { models } = storage;
      await registerVersion(storage, 'a');
      await expectRefusal(models.annotate('none', { notes: 'n' }), 'NOT_FOUND');
      const full = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, '']));
      const before = await models.annotate('a', { tags: full });
      const bad: readonly AnnotationPatch[] = [
        { tags: { one: 'more' } },
        { tags: { '': 'x' } },
        { tags: { k1: 'x'.repeat(5_001) } },
        { tags: { k1: 'a\u0000b' } },
        { tags: { k1: '\ud800' } },
        { notes: 'x'.repeat(100_001) },
      ];
      for (const patch of bad) await expectRefusal(models.annotate('a', patch), 'INVALID_RECORD');
      assert.deepEqual(await models.get('a'), before);
      const swapped = await models.annotate('a', { tags: { k0: null, one: 'more' } });
      assert.equal(Object.keys(swapped.tags!).length, 100);
    },
  },
];
