import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { registerVersion, sampleBytes } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

/** FIPS 180-4: the digests of the empty text and of `abc`. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

export const artifactChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'bytes are kept under their SHA-256, empty ones too, and put again they are left alone',
    async run({ storage: { artifacts } }) {
      const abc = new TextEncoder().encode('abc');
      assert.deepEqual(await artifacts.put(abc), { sha256: ABC, bytes: 3 });
      assert.deepEqual(await artifacts.put(abc), { sha256: ABC, bytes: 3 });
      assert.deepEqual(await artifacts.put(new Uint8Array()), { sha256: EMPTY, bytes: 0 });
      assert.deepEqual(Array.from((await artifacts.get(ABC)) ?? []), [97, 98, 99]);
      assert.equal((await artifacts.get(EMPTY))?.byteLength, 0);
      assert.equal((await artifacts.list()).items.length, 2);
    },
  },
  {
    name: 'every byte value and a megabyte come back as they were, from a view into a larger buffer too',
    async run({ storage: { artifacts } }) {
      const large = Uint8Array.from({ length: 1_048_576 }, (_, i) => (i * 31 + (i >> 8)) & 255);
      const view = large.subarray(1_000, 1_300);
      for (const content of [large, view]) {
        const { sha256, bytes } = await artifacts.put(content);
        assert.equal(bytes, content.byteLength);
        const back = await artifacts.get(sha256);
        assert.ok(back instanceof Uint8Array);
        assert.equal(Buffer.compare(back, content), 0);
      }
    },
  },
  {
    name: "stored bytes are nobody's to change: neither by what was put nor by what was got",
    async run({ storage: { artifacts } }) {
      const content = sampleBytes();
      const putting = artifacts.put(content);
      content.fill(9);
      const { sha256 } = await putting;
      const got = (await artifacts.get(sha256))!;
      assert.deepEqual(Array.from(got), Array.from(sampleBytes()));
      got.fill(7);
      assert.deepEqual(Array.from((await artifacts.get(sha256))!), Array.from(sampleBytes()));
    },
  },
  {
    name: 'an absent artifact is undefined, and removing it is fine',
    async run({ storage: { artifacts } }) {
      assert.equal(await artifacts.get(ABC), undefined);
      await artifacts.remove(ABC);
    },
  },
  {
    name: 'nothing but a hash reaches the store',
    async run({ storage: { artifacts } }) {
      const bad = [
        '',
        '../x',
        '/etc/passwd',
        'C:\\x',
        '..\\..\\x',
        '%252e%252e%252f',
        'file:///etc/passwd',
        `../${ABC}`,
        `${ABC.slice(0, 2)}/${ABC.slice(2)}`,
        `${ABC}\u0000`,
        ABC.toUpperCase(),
        `${ABC}a`,
        ABC.slice(1),
        `${ABC}\n`,
      ];
      for (const sha256 of [...bad, undefined, 7, {}, [ABC]]) {
        await expectRefusal(artifacts.get(sha256 as never), 'INVALID_QUERY');
        await expectRefusal(artifacts.remove(sha256 as never), 'INVALID_QUERY');
      }
      for (const content of ['abc', [1, 2], new ArrayBuffer(2), undefined]) {
        await expectRefusal(artifacts.put(content as never), 'INVALID_RECORD');
      }
      assert.deepEqual((await artifacts.list()).items, []);
    },
  },
  {
    name: 'an artifact above 256 MiB is TOO_LARGE, and nothing is stored',
    async run({ storage: { artifacts } }) {
      await expectRefusal(artifacts.put(new Uint8Array(256 * 2 ** 20 + 1)), 'TOO_LARGE');
      assert.deepEqual((await artifacts.list()).items, []);
    },
  },
  {
    name: 'artifacts are listed by hash and removed for good',
    async run({ storage: { artifacts } }) {
      const refs = await Promise.all([3, 1, 2].map((first) => artifacts.put(sampleBytes(first))));
      const sorted = [...refs].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
      assert.deepEqual((await artifacts.list()).items, sorted);
      await artifacts.remove(sorted[1]!.sha256);
      assert.deepEqual((await artifacts.list()).items, [sorted[0], sorted[2]]);
      assert.equal(await artifacts.get(sorted[1]!.sha256), undefined);
    },
  },
  {
    name: 'an artifact a version refers to cannot be removed until the version is gone',
    async run({ storage }) {
      const { artifact } = await registerVersion(storage, 'a');
      await registerVersion(storage, 'b');
      await expectRefusal(storage.artifacts.remove(artifact.sha256), 'CONFLICT');
      await storage.models.remove('a');
      await expectRefusal(storage.artifacts.remove(artifact.sha256), 'CONFLICT');
      assert.ok(await storage.artifacts.get(artifact.sha256));
      await storage.models.remove('b');
      await storage.artifacts.remove(artifact.sha256);
      assert.equal(await storage.artifacts.get(artifact.sha256), undefined);
    },
  },
];
