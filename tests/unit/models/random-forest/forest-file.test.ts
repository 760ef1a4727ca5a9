import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MlperfError } from '@mlperf/core';
import { libraryForestDefaults, MAX_MODEL_BYTES, randomForestFamily, randomForestJson } from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { encodeModelFile } from '../../../../packages/models/src/model-file.ts';
import { fitContext, noisyRule } from './noisy-rule.ts';

const fixtures = new URL('../../../fixtures/models/', import.meta.url);
const versionOne = new Uint8Array(readFileSync(new URL('random-forest-v1.bin', fixtures)));
const kept: {
  readonly sha256: string;
  readonly features: { readonly rows: number; readonly columns: number; readonly values: readonly number[] };
  readonly probabilities: readonly number[];
} = JSON.parse(readFileSync(new URL('random-forest-v1.json', fixtures), 'utf8'));

/** The kept file with some bytes changed; the checksum stays the old one. */
function changed(change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = versionOne.slice();
  change(bytes);
  return bytes;
}

/** A file with a right checksum whose payload is the kept one with a change in its text. */
function repacked(change: (payload: string) => string, family = 'random-forest', formatVersion = 1): Uint8Array {
  const payload = change(new TextDecoder().decode(versionOne.subarray(64)));
  return encodeModelFile({ family, formatVersion }, new TextEncoder().encode(payload));
}

interface Editable {
  forest: { baseModel: Record<string, unknown> & { estimators: { root: unknown }[]; indexes: number[][] } };
  [key: string]: unknown;
}

function edited(edit: (file: Editable) => void): Uint8Array {
  return repacked((payload) => {
    const file: Editable = JSON.parse(payload);
    edit(file);
    return JSON.stringify(file);
  });
}

async function refusal(bytes: Uint8Array): Promise<MlperfError> {
  const failure: unknown = await randomForestFamily.load(bytes).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!MlperfError.is(failure)) throw new Error(`expected a typed refusal; got ${String(failure)}`);
  return failure;
}

describe('a random-forest model file of version 1', () => {
  it('of format version 1 still loads, predicts as it did and is written back byte for byte', async () => {
    expect(createHash('sha256').update(versionOne).digest('hex')).toBe(kept.sha256);
    const model = await randomForestFamily.load(versionOne);
    const { rows, columns, values } = kept.features;
    const probabilities = await model.predict({ values: Float64Array.from(values), rows, columns });
    expect([...probabilities]).toEqual(kept.probabilities);
    expect(model.serialize()).toEqual(versionOne);
  });

  it('loads from a view into a larger buffer', async () => {
    const larger = new Uint8Array(versionOne.length + 20).fill(7);
    larger.set(versionOne, 11);
    const model = await randomForestFamily.load(larger.subarray(11, 11 + versionOne.length));
    expect(model.serialize()).toEqual(versionOne);
  });

  it('holds what training says it holds', async () => {
    const parameters = { nEstimators: 2, maxDepth: 3 };
    const asked = { engine: 'ml-random-forest', ...parameters } as const;
    const model = await randomForestFamily.fit(noisyRule(80, 'content'), asked, fitContext({ seed: 'né ✓' }));
    const text = new TextDecoder().decode(model.serialize().subarray(64));
    expect(JSON.parse(text)).toMatchObject({
      classes: ['down', 'up'],
      featureNames: ['momentum', 'volume', 'spread', 'weekday'],
      parameters: { ...libraryForestDefaults, ...parameters },
      seed: 'né ✓',
      forest: { name: 'RFClassifier', baseModel: { nEstimators: 2 } },
    });
  });

  it.each<[string, Uint8Array, string, RegExp]>([
    ['an empty file', new Uint8Array(0), 'ARTIFACT_CORRUPT', /at least 64 bytes; got 0/],
    [
      'another kind of file',
      new TextEncoder().encode('PK\u0003\u0004'.repeat(40)),
      'MODEL_FORMAT',
      /must start with 894d4c50460d0a1a; got 504b0304/,
    ],
    ['a header cut short', versionOne.subarray(0, 40), 'ARTIFACT_CORRUPT', /at least 64 bytes; got 40/],
    ['a payload cut short', versionOne.subarray(0, -1), 'ARTIFACT_CORRUPT', /must have \d+ bytes; got \d+/],
    ['bytes after the end', Uint8Array.of(...versionOne, 0), 'ARTIFACT_CORRUPT', /must have \d+ bytes/],
    [
      'another family',
      repacked((text) => text, 'gradient-boost'),
      'MODEL_FORMAT',
      /'random-forest'; got 'gradient-boost'/,
    ],
    ['a future version', repacked((text) => text, 'random-forest', 3), 'MODEL_FORMAT', /version 1 to 2; got 3/],
    ['version 0', repacked((text) => text, 'random-forest', 0), 'MODEL_FORMAT', /got 0/],
    ['a changed byte of the payload', changed((b) => (b[200]! ^= 1)), 'ARTIFACT_CORRUPT', /SHA-256/],
    ['a changed byte of the checksum', changed((b) => (b[33]! ^= 1)), 'ARTIFACT_CORRUPT', /SHA-256/],
    ['a changed reserved byte of the header', changed((b) => (b[10] = 1)), 'ARTIFACT_CORRUPT', /SHA-256/],
    [
      'a file above the limit',
      new Uint8Array(MAX_MODEL_BYTES + 1),
      'TOO_LARGE',
      /at most 1073741824 bytes; got 1073741825/,
    ],
    ['a payload that is no JSON', repacked(() => '{"classes":'), 'MODEL_FORMAT', /must be JSON/],
    ['a payload of another shape', repacked(() => '[]'), 'MODEL_FORMAT', /file must be an object; got an array/],
    ['arrays nested without end', repacked(() => '['.repeat(1_000_000)), 'MODEL_FORMAT', /must be JSON/],
    [
      'a __proto__ key',
      repacked((text) => text.replace('{', '{"__proto__":{"polluted":true},')),
      'MODEL_FORMAT',
      /'__proto__'/,
    ],
    [
      'a constructor key',
      repacked((text) => text.replace('"root":{', '"root":{"constructor":1,')),
      'MODEL_FORMAT',
      /'constructor'/,
    ],
    ['a prototype key', edited((file) => (file.parameters = { prototype: 1 })), 'MODEL_FORMAT', /'prototype'/],
    ['a key of no meaning', edited((file) => (file.note = 'hello')), 'MODEL_FORMAT', /got 'note'/],
    ['a missing key', edited((file) => delete file.seed), 'MODEL_FORMAT', /'seed'; it is absent/],
    [
      'one class',
      edited((file) => (file.classes = ['up'])),
      'MODEL_FORMAT',
      /classes must have 2 to 1000 entries; got 1/,
    ],
    [
      'a name that is no text',
      edited((file) => (file.featureNames = [1])),
      'MODEL_FORMAT',
      /featureNames\[0\] must be a text/,
    ],
    [
      'a parameter out of range',
      edited((file) => (file.parameters = { ...libraryForestDefaults, maxDepth: 999 })),
      'MODEL_FORMAT',
      /maxDepth.*got 999/,
    ],
    [
      'an absurd number of trees',
      edited((file) => (file.forest.baseModel.nEstimators = 1e9)),
      'MODEL_FORMAT',
      /from 1 to 1000; got 1000000000/,
    ],
    [
      'fewer trees than it says',
      edited((file) => file.forest.baseModel.estimators.pop()),
      'MODEL_FORMAT',
      /estimators must have \d entries/,
    ],
    [
      'a column outside the features',
      edited((file) => (file.forest.baseModel.indexes[0]![0] = 4)),
      'MODEL_FORMAT',
      /from 0 to 3; got 4/,
    ],
    [
      'a forest of regressions',
      edited((file) => (file.forest.baseModel.isClassifier = false)),
      'MODEL_FORMAT',
      /must be a classifier/,
    ],
    [
      'a leaf whose shares do not sum to 1',
      edited((file) => (file.forest.baseModel.estimators[0]!.root = { distribution: [[0.5, 0.4]] })),
      'MODEL_FORMAT',
      /add up to 1; got 0.9/,
    ],
    [
      'a leaf of more classes than named',
      edited((file) => (file.forest.baseModel.estimators[0]!.root = { distribution: [[0.5, 0.25, 0.25]] })),
      'MODEL_FORMAT',
      /1 to 2 entries; got 3/,
    ],
    [
      'a leaf with a negative share',
      edited((file) => (file.forest.baseModel.estimators[0]!.root = { distribution: [[1.5, -0.5]] })),
      'MODEL_FORMAT',
      /from 0 to/,
    ],
    [
      'a node that is neither split nor leaf',
      edited((file) => (file.forest.baseModel.estimators[0]!.root = {})),
      'MODEL_FORMAT',
      /'splitValue'; it is absent/,
    ],
    [
      'a split at no number',
      edited((file) => (file.forest.baseModel.estimators[0]!.root = { ...split(leaf), splitValue: null })),
      'MODEL_FORMAT',
      /splitValue must be a number/,
    ],
    [
      'a tree deeper than the bound',
      edited((file) => (file.forest.baseModel.estimators[0]!.root = chain(513))),
      'TOO_LARGE',
      /at most 512 splits deep/,
    ],
  ])('is refused: %s', async (_, bytes, code, message) => {
    const error = await refusal(bytes);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('gives its forest only when the whole file is sound', () => {
    expect(() => randomForestJson(changed((bytes) => (bytes[100]! ^= 4)))).toThrow(/SHA-256/);
  });
});

const leaf = { distribution: [[0.5, 0.5]] };

function split(child: unknown): Record<string, unknown> {
  return { splitValue: 0, splitColumn: 0, gain: 0.1, numberSamples: 4, left: child, right: leaf };
}

function chain(depth: number): unknown {
  return depth === 0 ? leaf : split(chain(depth - 1));
}
