import assert from 'node:assert/strict';
import type { ArtifactStore } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { registerVersion, sampleBytes, sampleExperiment } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

/** FIPS 180-4: the digest of the empty text. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const MEBIBYTE = 2 ** 20;

function patterned(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 8) + (i >> 16)) & 255);
}

/** Cut at lengths that fit no piece of anybody's. */
async function* inParts(content: Uint8Array, bytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.byteLength; start += bytes) yield content.slice(start, start + bytes);
}

async function readStream(artifacts: ArtifactStore, sha256: string): Promise<Buffer | undefined> {
  const stream = await artifacts.getStream(sha256);
  if (stream === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

export const artifactStreamChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'a stream is the artifact that its bytes put at once are, however it is cut',
    async run({ storage: { artifacts } }) {
      const content = patterned(3 * MEBIBYTE + 17);
      for (const bytes of [MEBIBYTE, 700_001, 3 * MEBIBYTE + 17, 4 * MEBIBYTE]) {
        const streamed = await artifacts.putStream(inParts(content, bytes));
        assert.deepEqual(await artifacts.put(content), streamed);
        assert.equal(Buffer.compare((await artifacts.get(streamed.sha256))!, content), 0);
        assert.equal(Buffer.compare((await readStream(artifacts, streamed.sha256))!, content), 0);
        await artifacts.remove(streamed.sha256);
        assert.equal(await artifacts.getStream(streamed.sha256), undefined);
      }
      assert.deepEqual(await artifacts.putStream(inParts(new Uint8Array(), 1)), { sha256: EMPTY, bytes: 0 });
      assert.equal((await readStream(artifacts, EMPTY))?.byteLength, 0);
    },
  },
  {
    name: 'ten megabytes put at once come back at once and as a stream',
    async run({ storage: { artifacts } }) {
      const content = patterned(10 * MEBIBYTE + 1);
      const { sha256, bytes } = await artifacts.put(content);
      assert.equal(bytes, content.byteLength);
      assert.equal(Buffer.compare((await artifacts.get(sha256))!, content), 0);
      assert.equal(Buffer.compare((await readStream(artifacts, sha256))!, content), 0);
      assert.deepEqual((await artifacts.list()).items, [{ sha256, bytes }]);
    },
  },
  {
    name: 'what a stream has given may be changed afterwards, and what it gives is its own',
    async run({ storage: { artifacts } }) {
      const part = sampleBytes();
      const { sha256 } = await artifacts.putStream(
        (async function* () {
          yield part;
          part.fill(9);
        })(),
      );
      const back = (await readStream(artifacts, sha256))!;
      assert.deepEqual(Array.from(back), Array.from(sampleBytes()));
      back.fill(7);
      assert.deepEqual(Array.from((await readStream(artifacts, sha256))!), Array.from(sampleBytes()));
    },
  },
  {
    name: 'a stream that breaks off, or gives what are no bytes, leaves nothing',
    async run({ storage: { artifacts } }) {
      const broken = (async function* () {
        yield patterned(2 * MEBIBYTE);
        throw new Error('the trainer died');
      })();
      await assert.rejects(artifacts.putStream(broken), /the trainer died/);
      const wrong = (async function* () {
        yield sampleBytes();
        yield 'abc' as never;
      })();
      await expectRefusal(artifacts.putStream(wrong), 'INVALID_RECORD');
      for (const content of [undefined, 7, 'abc', new Uint8Array(3)]) {
        await expectRefusal(artifacts.putStream(content as never), 'INVALID_RECORD');
      }
      await expectRefusal(artifacts.getStream('../x'), 'INVALID_QUERY');
      assert.deepEqual((await artifacts.list()).items, []);
    },
  },
  {
    name: 'a stream inside a transaction goes with it',
    async run({ storage }) {
      const content = patterned(MEBIBYTE + 1);
      await assert.rejects(
        storage.transaction(async (tx) => {
          const { sha256 } = await tx.artifacts.putStream(inParts(content, 300_000));
          assert.equal(Buffer.compare((await readStream(tx.artifacts, sha256))!, content), 0);
          throw new Error('changed its mind');
        }),
        /changed its mind/,
      );
      assert.deepEqual((await storage.artifacts.list()).items, []);
      const { sha256 } = await storage.transaction((tx) => tx.artifacts.putStream(inParts(content, 300_000)));
      assert.equal(Buffer.compare((await storage.artifacts.get(sha256))!, content), 0);
    },
  },
  {
    name: 'orphans are removed once they are old, oldest first, and what a version refers to is not',
    needs: ['steered-clock'],
    async run({ storage, clock }) {
      const { artifact } = await registerVersion(storage, 'a');
      const old = await storage.artifacts.put(sampleBytes(50));
      clock.advance(10);
      const large = await storage.artifacts.put(patterned(9 * MEBIBYTE));
      clock.advance(10);
      const streamed = await storage.artifacts.putStream(inParts(patterned(100), 30));
      clock.advance(1_000);
      const young = await storage.artifacts.put(sampleBytes(51));
      const remove = (limit: number) => storage.artifacts.removeOrphans({ olderThanMs: 500, limit });
      assert.deepEqual(await remove(1), [old]);
      assert.deepEqual(await remove(10), [large, streamed]);
      assert.deepEqual(await remove(10), []);
      const left = (await storage.artifacts.list()).items.map(({ sha256 }) => sha256);
      assert.deepEqual(left, [artifact.sha256, young.sha256].sort());
      assert.ok(await storage.artifacts.get(artifact.sha256));
      assert.equal(await storage.artifacts.getStream(large.sha256), undefined);
    },
  },
  {
    name: 'what an experiment refers to is no orphan, and is not removed',
    needs: ['steered-clock'],
    async run({ storage, clock }) {
      const [predictions, rows, model, loose] = [
        await storage.artifacts.put(sampleBytes(70)),
        await storage.artifacts.put(sampleBytes(71)),
        await storage.artifacts.put(sampleBytes(73)),
        await storage.artifacts.put(sampleBytes(72)),
      ];
      const outOfSample = { predictions: predictions.sha256, rows: rows.sha256 };
      await storage.trials.save(sampleExperiment('with-rows', { outOfSample }));
      await storage.trials.save(sampleExperiment('without-rows', { modelArtifact: model.sha256 }));
      assert.deepEqual((await storage.trials.get('with-rows'))?.outOfSample, outOfSample);
      clock.advance(1_000);
      assert.deepEqual(await storage.artifacts.removeOrphans({ olderThanMs: 500 }), [loose]);
      for (const sha256 of [...Object.values(outOfSample), model.sha256]) {
        await expectRefusal(storage.artifacts.remove(sha256), 'CONFLICT');
        assert.ok(await storage.artifacts.get(sha256));
      }
    },
  },
  {
    name: 'an orphan that is put again is as good as new',
    needs: ['steered-clock'],
    async run({ storage, clock }) {
      const contents = [sampleBytes(60), patterned(9 * MEBIBYTE)];
      for (const content of contents) await storage.artifacts.put(content);
      clock.advance(1_000);
      for (const content of contents) await storage.artifacts.put(content);
      const streamed = await storage.artifacts.putStream(inParts(contents[1]!, MEBIBYTE));
      clock.advance(100);
      assert.deepEqual(await storage.artifacts.removeOrphans({ olderThanMs: 500 }), []);
      assert.equal(Buffer.compare((await storage.artifacts.get(streamed.sha256))!, contents[1]!), 0);
    },
  },
  {
    name: 'a removal of orphans is refused for what is no age or no limit',
    async run({ storage: { artifacts } }) {
      for (const olderThanMs of [-1, 1.5, Number.NaN, '5', undefined]) {
        await expectRefusal(artifacts.removeOrphans({ olderThanMs } as never), 'INVALID_QUERY');
      }
      for (const limit of [0, 1.5, 10 ** 15, '5']) {
        await expectRefusal(artifacts.removeOrphans({ olderThanMs: 0, limit } as never), 'INVALID_QUERY');
      }
      await expectRefusal(artifacts.removeOrphans({ olderThanMs: 0, everything: true } as never), 'INVALID_QUERY');
    },
  },
];
