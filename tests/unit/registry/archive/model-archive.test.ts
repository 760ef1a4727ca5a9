import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, type JsonObject, type PerformanceStorage } from '@mlperf/core';
import type { ModelRegistry } from '@mlperf/registry';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRegistry, aRequest, NAME } from '../a-registry.ts';

type Entries = Record<string, Uint8Array>;

describe('a model archive', () => {
  let folder: string;
  let path: string;
  let storage: PerformanceStorage;
  let registry: ModelRegistry;
  let other: { storage: PerformanceStorage; registry: ModelRegistry };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mlperf-archive-'));
    path = join(folder, 'model.zip');
    ({ storage, registry } = await aRegistry());
    other = await aRegistry();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function exported(options = {}): Promise<string> {
    const { versionId } = await registry.registerModel(aRequest(0.7, { metadata: { trainedThrough: 500 } }));
    await registry.annotate(versionId, { tags: { desk: 'fx' }, notes: 'the one of May' });
    await registry.exportModel(versionId, path, options);
    return versionId;
  }

  /** Writes the archive again with other entries. */
  function rewrite(change: (entries: Entries) => Entries): void {
    writeFileSync(path, zipSync(change(unzipSync(readFileSync(path)))));
  }

  /** Changes the manifest and gives it the checksum of its new content. */
  function forge(change: (manifest: JsonObject) => JsonObject): void {
    rewrite((entries) => {
      const { checksum: _old, hmac: _seal, ...content } = JSON.parse(Buffer.from(entries['manifest.json']!).toString());
      const forged = change(content);
      const checksum = createHash('sha256').update(canonicalJson(forged)).digest('hex');
      return { ...entries, 'manifest.json': strToU8(canonicalJson({ ...forged, checksum })) };
    });
  }

  async function expectRefusal(code: string, message: RegExp, options = {}): Promise<void> {
    await expect(other.registry.importModel(path, options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect((await other.storage.models.list({})).items).toEqual([]);
    expect((await other.storage.artifacts.list()).items).toEqual([]);
  }

  it('brings record, bundle, tags and notes to another store, as a candidate', async () => {
    const versionId = await exported();
    await registry.promoteToProduction(versionId, { expectedActive: undefined });
    await registry.exportModel(versionId, path);
    const before = await registry.getModel(versionId);
    const imported = await other.registry.importModel(path);
    expect(imported).toEqual({ ...before, status: 'candidate' });
    const loaded = await other.registry.loadModel(versionId);
    expect(loaded.header.featureNames).toEqual(['momentum']);
    loaded.model.dispose();
    expect(readdirSync(folder)).toEqual(['model.zip']);
  });

  it('is the same version when it is imported again, or where it comes from', async () => {
    const versionId = await exported();
    const first = await other.registry.importModel(path);
    expect(await other.registry.importModel(path)).toEqual(first);
    await registry.annotate(versionId, { notes: 'said since' });
    expect(await registry.importModel(path)).toMatchObject({ versionId, version: 1, notes: 'said since' });
  });

  it('has the same bytes for the same version', async () => {
    const versionId = await exported();
    const first = readFileSync(path);
    await registry.exportModel(versionId, path);
    expect(readFileSync(path).equals(first)).toBe(true);
  });

  it('can be registered under another name, as another version', async () => {
    const versionId = await exported();
    const imported = await registry.importModel(path, { modelName: 'ETH-USD/1h/direction' });
    expect(imported).toMatchObject({ modelName: 'ETH-USD/1h/direction', version: 1, status: 'candidate' });
    expect(imported.versionId).not.toBe(versionId);
    await expect(registry.importModel(path, { modelName: 'a\nb' })).rejects.toMatchObject({ code: 'INVALID_RECORD' });
  });

  it('holds a bundle of more than one piece', async () => {
    const featureNames = Array.from({ length: 3_000 }, (_, i) => createHash('sha256').update(`${i}`).digest('hex'));
    const model = aRequest(0.7).model;
    const bytes = new TextEncoder().encode(JSON.stringify({ follow: true, certainty: 0.7, featureNames }));
    const { versionId } = await registry.registerModel(aRequest(0.7, { model: { ...model, featureNames, bytes } }));
    await registry.exportModel(versionId, path);
    const imported = await other.registry.importModel(path);
    expect(imported.artifact.bytes).toBeGreaterThan(200_000);
    expect(await other.storage.artifacts.get(imported.artifact.sha256)).toEqual(
      await storage.artifacts.get(imported.artifact.sha256),
    );
  });

  it('sealed by a key is taken with that key and no other', async () => {
    await exported({ hmacKey: 'of the desk' });
    await expectRefusal('MODEL_FORMAT', /hmac is not by this key/, { hmacKey: 'of another' });
    forge((manifest) => ({ ...manifest, notes: 'changed' }));
    await expectRefusal('MODEL_FORMAT', /must be sealed by the key given/, { hmacKey: 'of the desk' });
    await exported({ hmacKey: 'of the desk' });
    expect(await other.registry.importModel(path, { hmacKey: 'of the desk' })).toMatchObject({ modelName: NAME });
  });

  it('with a changed manifest is refused by its checksum', async () => {
    await exported();
    rewrite((entries) => ({
      ...entries,
      'manifest.json': strToU8(Buffer.from(entries['manifest.json']!).toString().replace('"number":1', '"number":2')),
    }));
    await expectRefusal('MODEL_FORMAT', /checksum must be [0-9a-f]{64}/);
  });

  it('with another bundle is refused by its hash', async () => {
    await exported();
    rewrite((entries) => {
      const bundle = Uint8Array.from(entries['bundle.mlperf']!);
      bundle[bundle.length - 1]! ^= 1;
      return { ...entries, 'bundle.mlperf': bundle };
    });
    await expectRefusal('ARTIFACT_CORRUPT', /the bundle in the archive must be/);
  });

  it('whose manifest names another type or other features than its bundle is refused', async () => {
    await exported();
    const changed = (change: JsonObject) => (manifest: JsonObject) => ({
      ...manifest,
      version: { ...(manifest.version as JsonObject), ...change },
    });
    forge(changed({ featureNames: ['momentum', 'volume'] }));
    await expectRefusal('MODEL_FORMAT', /not its manifest's/);
    forge(changed({ featureNames: ['momentum'], modelType: 'lstm' }));
    await expectRefusal('MODEL_FORMAT', /must hold a 'lstm'; got 'rule'/);
  });

  it('of another or a future format, with an unknown field or a bad record is refused with the reason', async () => {
    await exported();
    const original = readFileSync(path);
    const cases: [(manifest: JsonObject) => JsonObject, RegExp][] = [
      [(m) => ({ ...m, format: 'zoo' }), /format must be 'mlperf-model-archive'; got "zoo"/],
      [(m) => ({ ...m, formatVersion: 2 }), /formatVersion must be 1.*got 2/],
      [(m) => ({ ...m, run: 'require("fs")' }), /'run' is no known field/],
      [(m) => ({ ...m, number: 0 }), /number must be/],
      [(m) => ({ ...m, version: { ...(m.version as JsonObject), trainedAt: 'today' } }), /trainedAt/],
      [(m) => ({ ...m, version: [] }), /model version/],
      [(m) => ({ ...m, tags: { desk: 7 } }), /tags/],
    ];
    for (const [change, reason] of cases) {
      writeFileSync(path, original);
      forge(change);
      await expectRefusal('MODEL_FORMAT', reason);
    }
  });

  it('that contradicts its bundle on what outcomes are judged by, or names another format, is refused', async () => {
    await exported();
    const original = readFileSync(path);
    const version = (change: JsonObject) => (m: JsonObject) => ({
      ...m,
      version: { ...(m.version as JsonObject), ...change },
    });
    const artifact = (JSON.parse(Buffer.from(unzipSync(original)['manifest.json']!).toString()).version as JsonObject)
      .artifact as JsonObject;
    const cases: [JsonObject, RegExp][] = [
      [{ metadata: { flatBand: 5 } }, /its flat band must be the one outcomes are judged by \(5\); got 0.001/],
      [{ metadata: {} }, /its flat band must be the one outcomes are judged by/],
      [{ artifact: { ...artifact, format: 'pickle' } }, /must be a mlperf-bundle of version 1; got pickle/],
      [{ artifact: { ...artifact, formatVersion: 99 } }, /of version 1; got mlperf-bundle of version 99/],
    ];
    for (const [change, reason] of cases) {
      writeFileSync(path, original);
      forge(version(change));
      await expectRefusal('MODEL_FORMAT', reason);
    }
    writeFileSync(path, original);
    forge((m) => ({ ...m, tags: { pinned: 'by a stranger', desk: 'fx' } }));
    expect((await other.registry.importModel(path)).tags).toEqual({ desk: 'fx' });
  });

  it('is neither sealed nor opened by a key that is none', async () => {
    const versionId = await exported();
    for (const hmacKey of ['', 5, new Uint8Array(0)] as never[]) {
      await expect(registry.exportModel(versionId, path, { hmacKey })).rejects.toMatchObject({ code: 'INVALID_TYPE' });
      await expect(registry.importModel(path, { hmacKey })).rejects.toMatchObject({ code: 'INVALID_TYPE' });
    }
  });

  it('with __proto__ in its manifest is refused', async () => {
    await exported();
    rewrite((entries) => {
      const text = Buffer.from(entries['manifest.json']!).toString();
      return { ...entries, 'manifest.json': strToU8(text.replace('"metadata":{', '"metadata":{"__proto__":{"a":1},')) };
    });
    await expectRefusal('MODEL_FORMAT', /__proto__/);
  });

  it('cut off anywhere, or no archive at all, is refused', async () => {
    await exported();
    const whole = readFileSync(path);
    const inside = [0, 3, 40, Math.floor(whole.length / 2), whole.indexOf('bundle.mlperf') + 60];
    for (const length of [...inside, whole.length - 150, whole.length - 22, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      await expectRefusal('MODEL_FORMAT', /model archive/);
    }
    writeFileSync(path, 'not a zip file, whatever its name says');
    await expectRefusal('MODEL_FORMAT', /model archive/);
  });

  it('with an entry beside the two, whatever its name, is refused and nothing is written elsewhere', async () => {
    await exported();
    const whole = readFileSync(path);
    for (const name of ['../evil', '/etc/evil', '..\\evil', '%252e%252e%252fevil', 'toString']) {
      writeFileSync(path, zipSync({ [name]: strToU8('x'), ...unzipSync(whole) }));
      await expectRefusal('MODEL_FORMAT', /must hold manifest\.json and bundle\.mlperf, each once/);
    }
    expect(readdirSync(folder)).toEqual(['model.zip']);
  });

  it('that unpacks to more than it may is refused before that much is unpacked', async () => {
    await exported();
    rewrite((entries) => ({ 'manifest.json': new Uint8Array(17 * 1024 * 1024), ...withoutManifest(entries) }));
    expect(readFileSync(path).length).toBeLessThan(100_000);
    await expectRefusal('TOO_LARGE', /'manifest.json' of an archive must have at most 16777216 bytes/);
  });

  it('that cannot be read or written says so, and leaves nothing behind', async () => {
    const versionId = await exported();
    await expect(registry.importModel(join(folder, 'none.zip'))).rejects.toMatchObject({ code: 'IO_FAILURE' });
    await expect(registry.importModel(folder)).rejects.toMatchObject({ code: 'MODEL_FORMAT' });
    await expect(registry.exportModel(versionId, join(folder, 'no', 'folder.zip'))).rejects.toMatchObject({
      code: 'IO_FAILURE',
    });
    await expect(registry.exportModel('none', path)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(readdirSync(folder)).toEqual(['model.zip']);
  });

  it('replaces a link at its path, and not the file behind it', async () => {
    const versionId = await exported();
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'kept');
    const link = join(folder, 'link.zip');
    symlinkSync(secret, link);
    await registry.exportModel(versionId, link);
    expect(readFileSync(secret, 'utf8')).toBe('kept');
  });
});

function withoutManifest({ 'manifest.json': _manifest, ...entries }: Entries): Entries {
  return entries;
}
