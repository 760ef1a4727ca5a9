import { readFileSync } from 'node:fs';
import { MlperfError } from '@mlperf/core';
import { gradientBoostingFamily, gradientBoostingRegressionFamily, MAX_MODEL_BYTES } from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { encodeModelFile } from '../../../../packages/models/src/model-file.ts';
import { fitContext, sameSigns, table } from './boosting-data.ts';

const fixtures = new URL('../../../fixtures/models/', import.meta.url);
const versionOne = new Uint8Array(readFileSync(new URL('gradient-boosting-v1.bin', fixtures)));
const kept: { readonly features: readonly (readonly (number | null)[])[]; readonly probabilities: readonly number[] } =
  JSON.parse(readFileSync(new URL('gradient-boosting-v1.json', fixtures), 'utf8'));

const keptRegression: {
  readonly features: readonly (readonly (number | null)[])[];
  readonly values: readonly number[];
} = JSON.parse(readFileSync(new URL('gradient-boosting-regression-v1.json', fixtures), 'utf8'));

const FILE_HEADER = 64;

interface Parts {
  header: Record<string, unknown>;
  arrays: Uint8Array;
}

function partsOf(file: Uint8Array): Parts {
  const payload = file.subarray(FILE_HEADER);
  const length = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  return {
    header: JSON.parse(new TextDecoder().decode(payload.subarray(4, 4 + length))),
    arrays: payload.slice(4 + length),
  };
}

/** A file with a right checksum around these parts. */
function packed(header: string, arrays: Uint8Array, family = 'grad-boosting', formatVersion = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const payload = new Uint8Array(4 + text.length + arrays.length);
  new DataView(payload.buffer).setUint32(0, text.length, true);
  payload.set(text, 4);
  payload.set(arrays, 4 + text.length);
  return encodeModelFile({ family, formatVersion }, payload);
}

function edited(edit: (header: Record<string, unknown>) => void): Uint8Array {
  const { header, arrays } = partsOf(versionOne);
  edit(header);
  return packed(JSON.stringify(header), arrays);
}

const { nodes, trees } = partsOf(versionOne).header as { nodes: number; trees: number };
/** Where the arrays of the kept file begin. */
const AT = {
  roots: 0,
  feature: 4 * trees,
  threshold: 4 * trees + 4 * nodes,
  left: 4 * trees + 12 * nodes,
  right: 4 * trees + 16 * nodes,
  missingLeft: 4 * trees + 20 * nodes,
  value: 4 * trees + 21 * nodes,
  gain: 4 * trees + 29 * nodes,
  cover: 4 * trees + 37 * nodes,
};

function written(write: (view: DataView) => void): Uint8Array {
  const { header, arrays } = partsOf(versionOne);
  write(new DataView(arrays.buffer, arrays.byteOffset, arrays.byteLength));
  return packed(JSON.stringify(header), arrays);
}

async function refusal(load: Promise<unknown>): Promise<MlperfError> {
  const failure: unknown = await load.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!MlperfError.is(failure)) throw new Error(`expected a typed refusal; got ${String(failure)}`);
  return failure;
}

describe('a gradient-boosting model file', () => {
  it('of format version 1 still loads, predicts as it did and is written back byte for byte', async () => {
    const model = await gradientBoostingFamily.load(versionOne);
    const values = Float64Array.from(kept.features.flat(), (x) => x ?? Number.NaN);
    const answers = await model.predict({ values, rows: kept.features.length, columns: 3 });
    expect([...answers]).toEqual(kept.probabilities);
    expect(model.classes).toEqual(['down', 'up', 'flat']);
    expect(model.serialize()).toEqual(versionOne);
  });

  it('of a regression, of format version 1, still loads, predicts as it did and is written back', async () => {
    const bytes = new Uint8Array(readFileSync(new URL('gradient-boosting-regression-v1.bin', fixtures)));
    const model = await gradientBoostingRegressionFamily.load(bytes);
    const values = Float64Array.from(keptRegression.features.flat(), (x) => x ?? Number.NaN);
    const answers = await model.predict({ values, rows: keptRegression.features.length, columns: 3 });
    expect([...answers]).toEqual(keptRegression.values);
    expect(model).toMatchObject({ modelType: 'gradient-boosting-regression', classes: [] });
    expect(model.serialize()).toEqual(bytes);
  });

  it.each([[undefined], [null], ['abc'], [[1, 2, 3]], [new ArrayBuffer(80)]])('is bytes, not %o', async (given) => {
    for (const family of [gradientBoostingFamily, gradientBoostingRegressionFamily]) {
      const error = await refusal(Promise.resolve(Reflect.apply(family.load, family, [given])));
      expect(error.code).toBe('INVALID_TYPE');
    }
  });

  it('loads from a view into a larger buffer', async () => {
    const larger = new Uint8Array(versionOne.length + 20).fill(7);
    larger.set(versionOne, 11);
    const model = await gradientBoostingFamily.load(larger.subarray(11, 11 + versionOne.length));
    expect(model.serialize()).toEqual(versionOne);
  });

  it('holds what training says it holds', async () => {
    const parameters = {
      nEstimators: 2,
      numLeaves: 4,
      monotoneConstraints: { f1: 1 },
      classWeights: 'balanced',
    } as const;
    const model = await gradientBoostingFamily.fit(sameSigns(80, 'content'), parameters, fitContext({ seed: 'né ✓' }));
    expect(partsOf(model.serialize()).header).toMatchObject({
      classes: ['down', 'up'],
      featureNames: ['f0', 'f1', 'f2', 'f3'],
      parameters: { ...gradientBoostingFamily.defaults, ...parameters },
      seed: 'né ✓',
      trees: 2,
    });
    expect((await gradientBoostingFamily.load(model.serialize())).serialize()).toEqual(model.serialize());
  });

  it('of a regression is no file of a classification, nor the reverse', async () => {
    const data = table([[1], [2]], [0, 1]);
    const model = await gradientBoostingRegressionFamily.fit(data, { nEstimators: 1 }, fitContext());
    const one = await refusal(gradientBoostingFamily.load(model.serialize()));
    expect(one).toMatchObject({ code: 'MODEL_FORMAT', message: expect.stringMatching(/'grad-boosting-rg'/) });
    const other = await refusal(gradientBoostingRegressionFamily.load(versionOne));
    expect(other).toMatchObject({ code: 'MODEL_FORMAT', message: expect.stringMatching(/'grad-boosting'/) });
  });

  it('cut short anywhere is refused', async () => {
    for (let length = 0; length < versionOne.length; length += 97) {
      const error = await refusal(gradientBoostingFamily.load(versionOne.subarray(0, length)));
      expect(['MODEL_FORMAT', 'ARTIFACT_CORRUPT']).toContain(error.code);
    }
  });

  it('with any byte changed is refused', async () => {
    for (let at = 0; at < versionOne.length; at += 61) {
      const bytes = versionOne.slice();
      bytes[at]! ^= 4;
      const error = await refusal(gradientBoostingFamily.load(bytes));
      expect(['MODEL_FORMAT', 'ARTIFACT_CORRUPT']).toContain(error.code);
    }
  });

  const { header, arrays } = partsOf(versionOne);
  const text = JSON.stringify(header);
  it.each<[string, Uint8Array, string, RegExp]>([
    ['another family', packed(text, arrays, 'random-forest'), 'MODEL_FORMAT', /'grad-boosting'; got 'random-forest'/],
    ['a future version', packed(text, arrays, 'grad-boosting', 2), 'MODEL_FORMAT', /version 1 to 1; got 2/],
    ['a file too large', new Uint8Array(MAX_MODEL_BYTES + 1), 'TOO_LARGE', /at most/],
    [
      'an empty payload',
      encodeModelFile({ family: 'grad-boosting', formatVersion: 1 }, new Uint8Array(0)),
      'MODEL_FORMAT',
      /header length/,
    ],
    [
      'a header longer than the file',
      encodeModelFile({ family: 'grad-boosting', formatVersion: 1 }, Uint8Array.of(255, 255, 255, 255, 1)),
      'MODEL_FORMAT',
      /must be 1 to 1 bytes; got 4294967295/,
    ],
    ['a header that is no JSON', packed('{', arrays), 'MODEL_FORMAT', /JSON/],
    [
      'a polluting key',
      packed(text.replace('{', '{"__proto__":{"polluted":1},'), arrays),
      'MODEL_FORMAT',
      /'__proto__'/,
    ],
    [
      'a polluting parameter',
      packed(text.replace('"parameters":{', '"parameters":{"__proto__":{"polluted":1},'), arrays),
      'MODEL_FORMAT',
      /'__proto__'/,
    ],
    [
      'a polluting constraint',
      packed(text.replace('"monotoneConstraints":{', '"monotoneConstraints":{"__proto__":1'), arrays),
      'MODEL_FORMAT',
      /'__proto__'/,
    ],
    [
      'a polluting class weight',
      packed(text.replace('"classWeights":{', '"classWeights":{"__proto__":1,'), arrays),
      'MODEL_FORMAT',
      /'__proto__'/,
    ],
    ['a field missing', edited((file) => delete file.seed), 'MODEL_FORMAT', /'seed'; it is absent/],
    [
      'a class twice',
      edited((file) => (file.classes = ['up', 'up', 'flat'])),
      'MODEL_FORMAT',
      /classes must be unique; got 'up' twice/,
    ],
    [
      'a feature twice',
      edited((file) => (file.featureNames = ['spread', 'volume', 'spread'])),
      'MODEL_FORMAT',
      /featureNames must be unique; got 'spread' twice/,
    ],
    [
      'a feature without a name',
      edited((file) => (file.featureNames = ['spread', '', 'volume'])),
      'MODEL_FORMAT',
      /featureNames must not hold ''/,
    ],
    [
      'a polluting feature name',
      edited((file) => (file.featureNames = ['spread', '__proto__', 'volume'])),
      'MODEL_FORMAT',
      /featureNames must not hold '__proto__'/,
    ],
    ['one class', edited((file) => (file.classes = ['up'])), 'MODEL_FORMAT', /classes/],
    ['other classes than scores', edited((file) => (file.classes = ['up', 'down'])), 'MODEL_FORMAT', /initialScores/],
    [
      'a score that is no number',
      edited((file) => (file.initialScores = [0, null, 0])),
      'MODEL_FORMAT',
      /initialScores\[1\]/,
    ],
    [
      'a bad parameter',
      edited((file) => (file.parameters = { ...Object(file.parameters), numLeaves: 1 })),
      'MODEL_FORMAT',
      /numLeaves/,
    ],
    ['10⁹ nodes', edited((file) => (file.nodes = 1e9)), 'TOO_LARGE', /at most 1200000 nodes; got 1000000000/],
    [
      '10⁹ trees',
      edited((file) => (file.trees = 1e9)),
      'MODEL_FORMAT',
      /trees must be a number from 3 to \d+; got 1000000000/,
    ],
    ['trees of half a round', edited((file) => (file.trees = trees - 1)), 'MODEL_FORMAT', /multiple of 3/],
    [
      'more nodes than it holds',
      edited((file) => (file.nodes = nodes + 1)),
      'MODEL_FORMAT',
      /must have \d+ bytes; got \d+/,
    ],
    ['fewer nodes than it holds', edited((file) => (file.nodes = nodes - 1)), 'MODEL_FORMAT', /bytes/],
    ['a root out of place', written((view) => view.setInt32(AT.roots, 1, true)), 'MODEL_FORMAT', /roots\[0\]/],
    ['roots out of order', written((view) => view.setInt32(AT.roots + 4, 1e6, true)), 'MODEL_FORMAT', /roots\[0\]/],
    ['a negative root', written((view) => view.setInt32(AT.roots + 4, -5, true)), 'MODEL_FORMAT', /roots\[0\]/],
    [
      'a column outside the features',
      written((view) => view.setInt32(AT.feature, 3, true)),
      'MODEL_FORMAT',
      /0 to 2; got 3/,
    ],
    ['a column below −1', written((view) => view.setInt32(AT.feature, -2, true)), 'MODEL_FORMAT', /got -2/],
    [
      'a child that is its parent',
      written((view) => view.setInt32(AT.left, 0, true)),
      'MODEL_FORMAT',
      /children after it/,
    ],
    [
      'a child in another tree',
      written((view) => view.setInt32(AT.right, nodes - 1, true)),
      'MODEL_FORMAT',
      /children after it/,
    ],
    [
      'a child of two parents',
      written((view) => view.setInt32(AT.left, view.getInt32(AT.right, true), true)),
      'MODEL_FORMAT',
      /one parent/,
    ],
    [
      'a threshold of NaN',
      written((view) => view.setFloat64(AT.threshold, Number.NaN, true)),
      'MODEL_FORMAT',
      /finite/,
    ],
    ['an endless value', written((view) => view.setFloat64(AT.value + 8, 1 / 0, true)), 'MODEL_FORMAT', /finite/],
    ['a negative gain', written((view) => view.setFloat64(AT.gain, -1, true)), 'MODEL_FORMAT', /gain ≥ 0/],
    ['no cover', written((view) => view.setFloat64(AT.cover, 0, true)), 'MODEL_FORMAT', /cover > 0/],
    ['a third direction', written((view) => view.setUint8(AT.missingLeft, 2)), 'MODEL_FORMAT', /node 0/],
  ])('is refused: %s', async (_, bytes, code, message) => {
    const error = await refusal(gradientBoostingFamily.load(bytes));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
