import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MlperfError } from '@mlperf/core';
import { randomForestFamily, randomForestRegressionFamily } from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { encodeModelFile } from '../../../../packages/models/src/model-file.ts';
import { fitContext, noisyRule } from './noisy-rule.ts';

const fixtures = new URL('../../../fixtures/models/', import.meta.url);

interface Kept {
  readonly sha256: string;
  readonly features: { readonly rows: number; readonly columns: number; readonly values: readonly number[] };
  readonly answers: readonly number[];
}

const read = (name: string) => new Uint8Array(readFileSync(new URL(name, fixtures)));
const keptOf = (name: string): Kept => JSON.parse(readFileSync(new URL(name, fixtures), 'utf8'));
const versionTwo = read('random-forest-v2.bin');

const HEADER_AT = 64 + 4;

/** A file with a right checksum whose JSON header is the kept one with a change, its trees changed as bytes. */
function edited(
  change: (header: Record<string, unknown>) => void,
  trees: (bytes: Uint8Array, view: DataView) => Uint8Array = (bytes) => bytes,
  kind = { family: 'random-forest', formatVersion: 2 },
): Uint8Array {
  const length = new DataView(versionTwo.buffer, versionTwo.byteOffset).getUint32(64, true);
  const header = JSON.parse(new TextDecoder().decode(versionTwo.subarray(HEADER_AT, HEADER_AT + length)));
  change(header);
  return packed(JSON.stringify(header), treesAfter(length, trees), kind);
}

function treesAfter(headerLength: number, change: (bytes: Uint8Array, view: DataView) => Uint8Array): Uint8Array {
  const bytes = versionTwo.slice(HEADER_AT + headerLength);
  return change(bytes, new DataView(bytes.buffer));
}

function packed(header: string, trees: Uint8Array, kind: { family: string; formatVersion: number }): Uint8Array {
  const text = new TextEncoder().encode(header);
  const payload = new Uint8Array(4 + text.length + trees.length);
  new DataView(payload.buffer).setUint32(0, text.length, true);
  payload.set(text, 4);
  payload.set(trees, 4 + text.length);
  return encodeModelFile(kind, payload);
}

function withTrees(change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  return edited(
    () => {},
    (bytes, view) => {
      change(view, bytes);
      return bytes;
    },
  );
}

async function refusal(bytes: Uint8Array): Promise<MlperfError> {
  const failure: unknown = await randomForestFamily.load(bytes).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!MlperfError.is(failure)) throw new Error(`expected a typed refusal; got ${String(failure)}`);
  return failure;
}

describe('a random-forest model file of version 2', () => {
  it('still loads, answers as it did and is written back byte for byte', async () => {
    const kept = keptOf('random-forest-v2.json');
    expect(createHash('sha256').update(versionTwo).digest('hex')).toBe(kept.sha256);
    const model = await randomForestFamily.load(versionTwo);
    const { rows, columns, values } = kept.features;
    expect([...(await model.predict({ values: Float64Array.from(values), rows, columns }))]).toEqual(kept.answers);
    expect(model.serialize()).toEqual(versionTwo);
    expect(model.outOfBag!.score).toBeGreaterThan(0.6);
  });

  it('of a regression does too', async () => {
    const kept = keptOf('forest-regress-v1.json');
    const bytes = read('forest-regress-v1.bin');
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(kept.sha256);
    const model = await randomForestRegressionFamily.load(bytes);
    const { rows, columns, values } = kept.features;
    expect([...(await model.predict({ values: Float64Array.from(values), rows, columns }))]).toEqual(kept.answers);
    expect(model.serialize()).toEqual(bytes);
    await expect(randomForestFamily.load(bytes)).rejects.toMatchObject({ code: 'MODEL_FORMAT' });
  });

  it('loads as it was trained: answers, importance, structure and names', async () => {
    const train = noisyRule(200, 'file');
    const parameters = { nEstimators: 5, classWeights: { up: 1.7 }, criterion: 'entropy' } as const;
    const model = await randomForestFamily.fit(train, parameters, fitContext({ seed: 'né ✓' }));
    const loaded = await randomForestFamily.load(model.serialize());
    expect(await loaded.predict(train.features)).toEqual(await model.predict(train.features));
    expect(loaded.featureImportance!()).toEqual(model.featureImportance!());
    expect(loaded.treeStructure!()).toEqual(model.treeStructure!());
    expect(loaded.featureNames).toEqual(train.featureNames);
    expect(loaded.serialize()).toEqual(model.serialize());
  });

  it('keeps the leaves of rows that count once each as whole numbers of half the size', async () => {
    const train = noisyRule(200, 'whole');
    const plain = await randomForestFamily.fit(train, { nEstimators: 5 }, fitContext());
    const weighted = await randomForestFamily.fit(
      train,
      { nEstimators: 5, classWeights: { up: 2, down: 2 } },
      fitContext(),
    );
    const saved = weighted.serialize().length - plain.serialize().length;
    const leaves = plain.treeStructure!().trees.reduce((sum, tree) => sum + (tree.feature.length + 1) / 2, 0);
    expect(saved).toBeGreaterThanOrEqual(2 * 4 * leaves);
    const loaded = await randomForestFamily.load(plain.serialize());
    expect(await loaded.predict(train.features)).toEqual(await plain.predict(train.features));
    expect(loaded.treeStructure!()).toEqual(plain.treeStructure!());
    expect(loaded.serialize()).toEqual(plain.serialize());
  });

  it('loads from a view into a larger buffer', async () => {
    const larger = new Uint8Array(versionTwo.length + 20).fill(7);
    larger.set(versionTwo, 11);
    const model = await randomForestFamily.load(larger.subarray(11, 11 + versionTwo.length));
    expect(model.serialize()).toEqual(versionTwo);
  });

  it.each<[string, () => Uint8Array, string, RegExp]>([
    ['a file cut short', () => versionTwo.subarray(0, -1), 'ARTIFACT_CORRUPT', /must have \d+ bytes/],
    [
      'a changed byte',
      () => versionTwo.map((byte, i) => (i === versionTwo.length - 3 ? byte ^ 1 : byte)),
      'ARTIFACT_CORRUPT',
      /SHA-256/,
    ],
    [
      'another family',
      () => edited(() => {}, undefined, { family: 'forest-regress', formatVersion: 1 }),
      'MODEL_FORMAT',
      /'random-forest'; got/,
    ],
    [
      'a future version',
      () => edited(() => {}, undefined, { family: 'random-forest', formatVersion: 3 }),
      'MODEL_FORMAT',
      /version 1 to 2; got 3/,
    ],
    [
      'an empty payload',
      () => encodeModelFile({ family: 'random-forest', formatVersion: 2 }, new Uint8Array(2)),
      'MODEL_FORMAT',
      /header must lie within the 2 bytes/,
    ],
    [
      'a header longer than the file',
      () => encodeModelFile({ family: 'random-forest', formatVersion: 2 }, Uint8Array.of(255, 255, 255, 255, 123)),
      'MODEL_FORMAT',
      /it says 4294967295 bytes/,
    ],
    [
      'a __proto__ key',
      () => packed('{"__proto__":{"polluted":1}}', new Uint8Array(0), { family: 'random-forest', formatVersion: 2 }),
      'MODEL_FORMAT',
      /'__proto__'/,
    ],
    [
      'a constructor key among the parameters',
      () => edited((h) => (h.parameters = JSON.parse('{"constructor":1}'))),
      'MODEL_FORMAT',
      /'constructor'/,
    ],
    [
      'a __proto__ class weight',
      () => edited((h) => (h.parameters = JSON.parse('{"classWeights":{"__proto__":1}}'))),
      'MODEL_FORMAT',
      /__proto__/,
    ],
    ['an unknown key', () => edited((h) => (h.note = 1)), 'MODEL_FORMAT', /got 'note'/],
    ['a parameter out of range', () => edited((h) => (h.parameters = { maxBins: 1000 })), 'MODEL_FORMAT', /maxBins/],
    [
      '10⁹ nodes announced',
      () => edited((h) => Object.assign(h, { nodes: 1e9, leaves: (1e9 + 3) / 2 })),
      'MODEL_FORMAT',
      /whole number/,
    ],
    [
      '10⁹ + 1 nodes announced',
      () => edited((h) => Object.assign(h, { nodes: 1e9 + 1, leaves: (1e9 + 4) / 2 })),
      'TOO_LARGE',
      /at most .*100000000 nodes/,
    ],
    [
      '10⁹ trees announced',
      () => edited((h) => (h.trees = 1e9)),
      'MODEL_FORMAT',
      /trees must be .* to 1000; got 1000000000/,
    ],
    [
      'more leaves than its nodes allow',
      () => edited((h) => (h.leaves = Number(h.leaves) + 1)),
      'MODEL_FORMAT',
      /cannot have/,
    ],
    [
      'more bytes than its nodes need',
      () =>
        edited(
          () => {},
          (bytes) => Uint8Array.of(...bytes, 0),
        ),
      'MODEL_FORMAT',
      /must have \d+ bytes/,
    ],
    [
      'leaf numbers of another size',
      () => edited((h) => (h.leafBytes = 2)),
      'MODEL_FORMAT',
      /leafBytes must be 4 or 8/,
    ],
    ['a class named twice', () => edited((h) => (h.classes = ['up', 'up'])), 'MODEL_FORMAT', /classes must be unique/],
    [
      'a feature named twice',
      () => edited((h) => (h.featureNames = ['a', 'b', 'c', 'a'])),
      'MODEL_FORMAT',
      /featureNames must be unique; got 'a'/,
    ],
    ['an empty name', () => edited((h) => (h.featureNames = ['a', 'b', 'c', ''])), 'MODEL_FORMAT', /must not hold ''/],
    [
      'a feature named __proto__',
      () => edited((h) => (h.featureNames = ['a', 'b', 'c', '__proto__'])),
      'MODEL_FORMAT',
      /must not hold '__proto__'/,
    ],
    ['one class', () => edited((h) => (h.classes = ['up'])), 'MODEL_FORMAT', /classes must have 2/],
    [
      'a column outside the features',
      () => edited((h) => (h.featureNames = ['momentum'])),
      'MODEL_FORMAT',
      /must split on a column from 0 to 0/,
    ],
    [
      'a leaf at the root, with nodes after it',
      () => withTrees((view) => view.setInt32(4 * 4, -1, true)),
      'MODEL_FORMAT',
      /no node after its last leaf/,
    ],
    [
      'a tree longer than the forest',
      () => withTrees((view) => view.setUint32(0, 100_000, true)),
      'MODEL_FORMAT',
      /must end within/,
    ],
    [
      'a tree cut off inside',
      () => withTrees((view) => view.setUint32(0, 1, true)),
      'MODEL_FORMAT',
      /must end with a leaf/,
    ],
    [
      'a leaf sum of NaN',
      () => withTrees((view, bytes) => view.setFloat64(bytes.length - 8, Number.NaN, true)),
      'MODEL_FORMAT',
      /leaves must be finite/,
    ],
    [
      'a negative leaf sum',
      () => withTrees((view, bytes) => view.setFloat64(bytes.length - 8, -1, true)),
      'MODEL_FORMAT',
      /at least 0; got -1/,
    ],
    [
      'an empty leaf',
      () => withTrees((_, bytes) => bytes.fill(0, bytes.length - 16)),
      'MODEL_FORMAT',
      /above 0; got 0/,
    ],
  ])('is refused: %s', async (_, bytes, code, message) => {
    const error = await refusal(bytes());
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
