import assert from 'node:assert/strict';
import type { ModelVersionDraft } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { NAME, registerVersion, START, sampleBytes, sampleDraft, samplePromotion } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const NO_SUCH_HASH = 'ab'.repeat(32);

export const modelChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'a registered version comes back as drafted, numbered from 1 within its model name',
    async run({ storage }) {
      const first = await registerVersion(storage, 'a');
      const second = await registerVersion(storage, 'b');
      const other = await registerVersion(storage, 'c', { modelName: 'other' });
      assert.deepEqual([first.version, second.version, other.version], [1, 2, 1]);
      const artifact = await storage.artifacts.put(sampleBytes());
      assert.deepEqual(first, { ...sampleDraft('a', artifact), version: 1 });
      assert.deepEqual(await storage.models.get('a'), first);
      assert.deepEqual(await storage.models.find(NAME, 2), second);
      assert.deepEqual(await storage.models.find('other', 1), other);
      assert.equal(await storage.models.get('none'), undefined);
      assert.equal(await storage.models.find('other', 2), undefined);
    },
  },
  {
    name: 'twenty registrations at once get the versions 1 to 20',
    async run({ storage }) {
      const artifact = await storage.artifacts.put(sampleBytes());
      const stored = await Promise.all(
        Array.from({ length: 20 }, (_, i) => storage.models.register(sampleDraft(`v${i}`, artifact))),
      );
      const versions = stored.map(({ version }) => version).sort((a, b) => a - b);
      assert.deepEqual(
        versions,
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
      assert.equal((await storage.slots.get(NAME))?.nextVersion, 21);
    },
  },
  {
    name: 'one draft registered many times at once is one version',
    async run({ storage }) {
      const artifact = await storage.artifacts.put(sampleBytes());
      const draft = sampleDraft('same', artifact);
      const stored = await Promise.all(Array.from({ length: 5 }, () => storage.models.register(draft)));
      for (const version of stored) assert.deepEqual(version, { ...draft, version: 1 });
      assert.equal((await storage.slots.get(NAME))?.nextVersion, 2);
    },
  },
  {
    name: 'the same draft again returns the stored version, also after its status changed',
    async run({ storage }) {
      await registerVersion(storage, 'a');
      await storage.models.setStatus('a', 'active');
      const again = await registerVersion(storage, 'a');
      assert.deepEqual([again.version, again.status], [1, 'active']);
    },
  },
  {
    name: 'a known version id with other content is CONFLICT: the first stays and no number is spent',
    async run({ storage }) {
      const first = await registerVersion(storage, 'a');
      const changed: readonly Partial<ModelVersionDraft>[] = [
        { modelName: 'other' },
        { trainedAt: START + 1 },
        { metadata: {} },
        { featureNames: ['atr', 'rsi'] },
      ];
      for (const change of changed) await expectRefusal(registerVersion(storage, 'a', change), 'CONFLICT');
      assert.deepEqual(await storage.models.get('a'), first);
      assert.equal(await storage.slots.get('other'), undefined);
      assert.equal((await registerVersion(storage, 'b')).version, 2);
    },
  },
  {
    name: 'a version whose artifact is not stored is NOT_FOUND and leaves neither version nor slot',
    async run({ storage }) {
      const draft = sampleDraft('a', { sha256: NO_SUCH_HASH, bytes: 3 });
      await expectRefusal(storage.models.register(draft), 'NOT_FOUND');
      assert.equal(await storage.models.get('a'), undefined);
      assert.equal(await storage.slots.get(NAME), undefined);
    },
  },
  {
    name: 'an artifact reference that is no SHA-256 is INVALID_RECORD',
    async run({ storage }) {
      const { sha256 } = await storage.artifacts.put(sampleBytes());
      for (const bad of [
        '',
        '../x',
        '/etc/passwd',
        '..\\..\\x',
        '%252e%252e%252f',
        `${sha256}\u0000`,
        sha256.toUpperCase(),
        `${sha256}0`,
        sha256.slice(1),
        `${sha256}\n`,
      ]) {
        await expectRefusal(storage.models.register(sampleDraft('a', { sha256: bad, bytes: 6 })), 'INVALID_RECORD');
      }
      assert.equal(await storage.models.get('a'), undefined);
    },
  },
  {
    name: 'a model name is data up to 200 characters; empty, longer or with control characters it is refused',
    async run({ storage }) {
      const names = ['BTC/USDT', '../../etc/passwd', "x'; DROP TABLE model_versions; --", '模型 😀', 'n'.repeat(200)];
      for (const [i, modelName] of names.entries()) {
        await registerVersion(storage, `v${i}`, { modelName });
        assert.equal((await storage.models.find(modelName, 1))?.versionId, `v${i}`);
      }
      for (const modelName of ['', 'n'.repeat(201), 'a\nb', 'a\u0000b', 'a\u0085b', 'a\ud800']) {
        await expectRefusal(registerVersion(storage, 'bad', { modelName }), 'INVALID_RECORD');
      }
      assert.equal((await storage.slots.list()).items.length, names.length);
    },
  },
  {
    name: 'versions are listed newest first by training time, then by name, then by version, newest first',
    async run({ storage }) {
      await registerVersion(storage, 'old', { trainedAt: START });
      await registerVersion(storage, 'tie-1', { trainedAt: START + 1 });
      await registerVersion(storage, 'tie-2', { trainedAt: START + 1 });
      await registerVersion(storage, 'a-name', { trainedAt: START + 1, modelName: 'A', modelType: 'lstm' });
      await registerVersion(storage, 'new', { trainedAt: START + 2 });
      await storage.models.setStatus('new', 'active');
      const ids = async (filter: object) => (await storage.models.list(filter)).items.map((v) => v.versionId);
      assert.deepEqual(await ids({}), ['new', 'a-name', 'tie-2', 'tie-1', 'old']);
      assert.deepEqual(await ids({ modelName: NAME }), ['new', 'tie-2', 'tie-1', 'old']);
      assert.deepEqual(await ids({ modelType: 'lstm' }), ['a-name']);
      assert.deepEqual(await ids({ status: 'active' }), ['new']);
      assert.deepEqual(await ids({ status: 'candidate', modelName: 'A' }), ['a-name']);
      assert.deepEqual(await ids({ trainedFrom: START + 1, trainedTo: START + 2 }), ['a-name', 'tie-2', 'tie-1']);
      assert.deepEqual(await ids({ modelName: NAME, trainedFrom: START + 2 }), ['new']);
    },
  },
  {
    name: 'setStatus changes the status and nothing else; of an unknown version it is NOT_FOUND',
    async run({ storage }) {
      const first = await registerVersion(storage, 'a');
      await storage.models.setStatus('a', 'degraded');
      assert.deepEqual(await storage.models.get('a'), { ...first, status: 'degraded' });
      await expectRefusal(storage.models.setStatus('none', 'active'), 'NOT_FOUND');
      await expectRefusal(storage.models.setStatus('a', 'retired' as never), 'INVALID_RECORD');
      assert.equal((await storage.models.get('a'))?.status, 'degraded');
    },
  },
  {
    name: 'a version in use as champion, previous, shadow or on probation cannot be removed',
    async run({ storage }) {
      for (const id of ['champion', 'previous', 'shadow', 'probation', 'free']) await registerVersion(storage, id);
      await storage.slots.promote(samplePromotion('previous'));
      await storage.slots.promote(samplePromotion('champion', { expectedChampionVersionId: 'previous' }));
      const probation = { versionId: 'probation', startedAt: START };
      await storage.slots.update(NAME, { shadowVersionId: 'shadow', probation });
      for (const id of ['champion', 'previous', 'shadow', 'probation']) {
        await expectRefusal(storage.models.remove(id), 'CONFLICT');
        assert.ok(await storage.models.get(id));
      }
      await storage.models.remove('free');
      assert.equal(await storage.models.get('free'), undefined);
      assert.equal(await storage.models.find(NAME, 5), undefined);
      await storage.slots.update(NAME, { shadowVersionId: null, probation: null });
      await storage.models.remove('shadow');
      await storage.models.remove('probation');
      assert.equal((await storage.models.list({})).items.length, 2);
    },
  },
  {
    name: 'removing an absent version is fine, and the number of a removed one is not given again',
    async run({ storage }) {
      await storage.models.remove('none');
      await registerVersion(storage, 'a');
      await registerVersion(storage, 'b');
      await storage.models.remove('b');
      assert.equal((await registerVersion(storage, 'b')).version, 3);
      assert.equal((await registerVersion(storage, 'c')).version, 4);
    },
  },
  {
    name: 'a bar is kept with its first reason, ordered by time, then id',
    async run({ storage }) {
      for (const id of ['a', 'b', 'c']) await registerVersion(storage, id);
      await registerVersion(storage, 'x', { modelName: 'other' });
      const bar = (versionId: string, at: number, reason = 'lost') => ({ versionId, modelName: NAME, reason, at });
      await storage.models.bar(bar('b', START));
      await storage.models.bar(bar('a', START));
      await storage.models.bar(bar('c', START - 1));
      await storage.models.bar(bar('b', START + 9, 'another reason'));
      await storage.models.bar({ versionId: 'x', modelName: 'other', reason: 'lost', at: START });
      assert.deepEqual(await storage.models.barred(NAME), [bar('c', START - 1), bar('a', START), bar('b', START)]);
      assert.deepEqual(await storage.models.barred('none'), []);
    },
  },
  {
    name: 'a bar on an unknown version, or under another model name, is NOT_FOUND',
    async run({ storage }) {
      await registerVersion(storage, 'a');
      const bar = { versionId: 'a', modelName: NAME, reason: 'lost', at: START };
      await expectRefusal(storage.models.bar({ ...bar, versionId: 'none' }), 'NOT_FOUND');
      await expectRefusal(storage.models.bar({ ...bar, modelName: 'other' }), 'NOT_FOUND');
      assert.deepEqual(await storage.models.barred(NAME), []);
      assert.deepEqual(await storage.models.barred('other'), []);
    },
  },
];
