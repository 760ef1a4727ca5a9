import { createHash } from 'node:crypto';
import { ManualClock, type ModelFamily, type TrainedModel } from '@mlperf/core';
import { gradientBoostingFamily, logisticRegressionFamily, lstmFamily, randomForestFamily } from '@mlperf/models';
import { ModelPredictor, ModelRegistry } from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { beforeAll, describe, expect, it } from 'vitest';
import { fitContext, quick, signOfSum } from '../../models/lstm/toy-sequences.ts';

const modelName = 'SYN/1m/direction';
const PAYLOAD_AT = 64;
const data = signOfSum(120, 'hostile');

const kinds: readonly { readonly family: ModelFamily; readonly params: object; readonly trees?: true }[] = [
  { family: randomForestFamily, params: { nEstimators: 3 }, trees: true },
  { family: gradientBoostingFamily, params: { nEstimators: 3 }, trees: true },
  { family: lstmFamily, params: { ...quick, epochs: 1 } },
  { family: logisticRegressionFamily, params: {} },
];

/** A model file with its JSON edited and every length and checksum right. */
function edited(file: Uint8Array, edit: (json: string) => string): Uint8Array {
  const payload = Buffer.from(file.subarray(PAYLOAD_AT));
  if (payload[0] === '{'.charCodeAt(0)) return sealed(file, Buffer.from(edit(payload.toString('utf8'))));
  const length = payload.readUInt32LE(0);
  const json = Buffer.from(edit(payload.subarray(4, 4 + length).toString('utf8')));
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32LE(json.length, 0);
  return sealed(file, Buffer.concat([prefix, json, payload.subarray(4 + length)]));
}

function sealed(file: Uint8Array, payload: Buffer, formatVersion?: number): Uint8Array {
  const head = Buffer.from(file.slice(0, 32));
  if (formatVersion !== undefined) head.writeUInt16LE(formatVersion, 8);
  head.writeUInt32LE(payload.length, 12);
  const checksum = createHash('sha256').update(head).update(payload).digest();
  return new Uint8Array(Buffer.concat([head, checksum, payload]));
}

const attacks: readonly [string, (file: Uint8Array) => Uint8Array, string, RegExp][] = [
  [
    '__proto__ among its fields',
    (file) => edited(file, (json) => json.replace('{', '{"__proto__":{"polluted":true},')),
    'MODEL_FORMAT',
    /__proto__/,
  ],
  [
    'a wrong checksum',
    (file) => file.with(file.length - 1, file.at(-1)! ^ 1),
    'ARTIFACT_CORRUPT',
    /must have SHA-256 .*; its bytes give/,
  ],
  ['half of its body', (file) => file.slice(0, file.length >> 1), 'ARTIFACT_CORRUPT', /must have \d+ bytes; got \d+/],
  [
    'a format of the future',
    (file) => sealed(file, Buffer.from(file.subarray(PAYLOAD_AT)), 99),
    'MODEL_FORMAT',
    /format version 1 to \d+; got 99/,
  ],
];

describe.each(kinds)('a version whose model file is a $family.modelType with', ({ family, params, trees }) => {
  let model: TrainedModel;
  let file: Uint8Array;

  beforeAll(async () => {
    model = await family.fit(data, params, fitContext());
    file = model.serialize();
  });

  /** Registers bytes as they are, promotes them, and asks for a prediction. */
  async function serve(bytes: Uint8Array) {
    const clock = new ManualClock(1_000);
    const registry = await ModelRegistry.open({ storage: openMemoryStorage({ clock }) });
    const { modelType, classes, featureNames, lookBack } = model;
    const { versionId } = await registry.registerModel({
      ...{ modelName, flatBand: 0, hyperparameters: {}, trainingMetrics: {}, dataVersion: 'd' },
      model: { modelType, classes, featureNames, lookBack, bytes },
    });
    await registry.promoteToProduction(versionId, { expectedActive: undefined });
    const predictor = await ModelPredictor.open({ source: registry, modelName, families: [family], clock });
    const row = Object.fromEntries(featureNames.map((name) => [name, 0.5]));
    const precedingRows = new Array(lookBack).fill(row);
    return { versionId, result: await predictor.predictNext({ symbol: 'SYN', features: row, precedingRows }) };
  }

  it('nothing wrong predicts', async () => {
    expect((await serve(edited(file, (json) => json))).result.status).toBe('predicted');
  });

  it.each(attacks)('%s is refused with its reason, and nothing is served', async (_what, attack, code, words) => {
    const { versionId, result } = await serve(attack(file));
    expect(result).toMatchObject({
      status: 'unavailable',
      reason: 'failed',
      modelVersionId: versionId,
      message: expect.stringMatching(words),
      error: { code },
    });
    expect({}).not.toHaveProperty('polluted');
  });

  // Only forests have a number of trees to lie about.
  const treeIt = trees ? it : () => undefined;
  treeIt('10⁹ trees is refused with its reason before memory is taken', async () => {
    const many = edited(file, (json) => json.replace(/"trees":\d+/, '"trees":1000000000'));
    const before = process.memoryUsage().arrayBuffers;
    const { result } = await serve(many);
    expect(result).toMatchObject({ reason: 'failed', message: expect.stringMatching(/1000000000/) });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });
});

describe('a version whose bundle is not what its row says', () => {
  it.each([
    ['truncated', (bytes: Uint8Array) => bytes.slice(0, -1), 'ARTIFACT_CORRUPT', /must be \d+ bytes of/],
    ['changed', (bytes: Uint8Array) => bytes.with(60, bytes[60]! ^ 1), 'ARTIFACT_CORRUPT', /must be \d+ bytes of/],
  ])('is refused when %s in the store', async (_what, change, code, words) => {
    const storage = openMemoryStorage();
    const registry = await ModelRegistry.open({ storage });
    const model = await logisticRegressionFamily.fit(data, {}, fitContext());
    const { versionId } = await registry.registerModel({
      ...{ modelName, model, flatBand: 0, hyperparameters: {}, trainingMetrics: {}, dataVersion: 'd' },
    });
    const version = await registry.requireVersion(versionId);
    const get = storage.artifacts.get.bind(storage.artifacts);
    storage.artifacts.get = async (sha256) => {
      const bytes = await get(sha256);
      return bytes && change(bytes);
    };
    await expect(registry.loadArtifact(version)).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  });
});
