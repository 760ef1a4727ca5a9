import { readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, type PerformanceStorage } from '@mlperf/core';
import { ModelRegistry } from '@mlperf/registry';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { aRegistry, aRequest, NAME } from '../a-registry.ts';
import { serialized } from '../rule-family.ts';

describe('a change of champion', () => {
  let storage: PerformanceStorage;
  let registry: ModelRegistry;

  beforeEach(async () => {
    ({ storage, registry } = await aRegistry());
  });

  const logged = async () => (await storage.promotions.list(NAME)).items.length;

  /** Registers versions and promotes them one after the other; returns their ids. */
  async function served(...certainties: number[]): Promise<string[]> {
    const ids: string[] = [];
    for (const certainty of certainties) {
      const { versionId } = await registry.registerModel(aRequest(certainty));
      await registry.promoteToProduction(versionId, { expectedActive: ids.at(-1) });
      ids.push(versionId);
    }
    return ids;
  }

  /** A version whose bundle is none, as a store with other tools beside it may hold one. */
  async function hollow(versionId: string): Promise<string> {
    const artifact = await storage.artifacts.put(new TextEncoder().encode(`no bundle: ${versionId}`));
    const {
      version: _number,
      status: _status,
      performanceHistory: _history,
      ...draft
    } = await registry.registerModel(aRequest(0.51));
    await storage.models.register({
      ...draft,
      versionId,
      status: 'candidate',
      artifact: { ...draft.artifact, ...artifact },
    });
    return versionId;
  }

  it.each([undefined, null, 'now'])('asked for with %j is refused, and nothing is written', async (request) => {
    const { versionId } = await registry.registerModel(aRequest(0.7));
    const refused = { code: 'INVALID_RECORD', message: expect.stringMatching(/must say/) };
    await expect(registry.promoteToProduction(versionId, request as never)).rejects.toMatchObject(refused);
    await expect(registry.rollback(request as never)).rejects.toMatchObject(refused);
    expect(await logged()).toBe(0);
  });

  it('to what is no bundle, or of classes that are no directions, is refused and leaves the champion', async () => {
    const [champion] = await served(0.6);
    const model = {
      ...serialized({ follow: true, certainty: 0.7, featureNames: ['momentum'] }),
      classes: ['buy', 'sell'],
    };
    const { versionId: worded } = await registry.registerModel(aRequest(0.7, { model }));
    for (const versionId of [await hollow('h1'), worded]) {
      await expect(registry.promoteToProduction(versionId, { expectedActive: champion })).rejects.toMatchObject({
        code: 'MODEL_FORMAT',
      });
    }
    expect(await registry.getSlot(NAME)).toMatchObject({ championVersionId: champion });
    expect((await registry.getVersion(worded))!.status).toBe('candidate');
    expect(await logged()).toBe(1);
  });

  it('to a bundle whose bytes have changed on the disk is refused and leaves the champion', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'mlperf-champion-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const artifactDirectory = join(directory, 'artifacts');
    storage = await openSqliteStorage(join(directory, 'a.db'), { clock: new ManualClock(1_000), artifactDirectory });
    onTestFinished(() => storage.close());
    registry = await ModelRegistry.open({ storage });
    const [champion] = await served(0.6);
    const { versionId, artifact } = await registry.registerModel(aRequest(0.7));
    const file = join(artifactDirectory, artifact.sha256.slice(0, 2), artifact.sha256);
    expect(readdirSync(join(file, '..'))).toContain(artifact.sha256);
    writeFileSync(file, Buffer.alloc(artifact.bytes, 1));
    await expect(registry.promoteToProduction(versionId, { expectedActive: champion })).rejects.toMatchObject({
      code: 'ARTIFACT_CORRUPT',
    });
    expect(await registry.getSlot(NAME)).toMatchObject({ championVersionId: champion });
    expect(await logged()).toBe(1);
  });

  it('back passes over a version that cannot be served, unless it is named: then it is refused', async () => {
    const [first] = await served(0.6);
    const damaged = await hollow('h1');
    const promotion = { modelName: NAME, kind: 'promotion', at: 1_000, actor: 'other tool', reason: 'r' } as const;
    await storage.slots.promote({ ...promotion, versionId: damaged, expectedChampionVersionId: first });
    const { versionId: champion } = await registry.registerModel(aRequest(0.8));
    await registry.promoteToProduction(champion, { expectedActive: damaged });
    await expect(registry.rollback({ modelName: NAME, versionId: damaged, reason: 'r' })).rejects.toMatchObject({
      code: 'MODEL_FORMAT',
    });
    expect(await registry.getSlot(NAME)).toMatchObject({ championVersionId: champion });
    expect(await registry.rollback({ modelName: NAME, reason: 'r' })).toMatchObject({ versionId: first });
  });

  it('back goes to no version that has never served', async () => {
    const [first, second] = await served(0.6, 0.7);
    const { versionId: candidate } = await registry.registerModel(aRequest(0.9));
    await expect(registry.rollback({ modelName: NAME, versionId: candidate, reason: 'r' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/has never served/),
    });
    expect(await registry.getSlot(NAME)).toMatchObject({ championVersionId: second });
    expect(await storage.models.barred(NAME)).toEqual([]);
    expect(await registry.rollback({ modelName: NAME, versionId: first!, reason: 'r' })).toMatchObject({
      versionId: first,
    });
  });

  it('to the very bundle of a barred version is refused, whatever its id', async () => {
    const [first, barred] = await served(0.6, 0.7);
    await registry.rollback({ modelName: NAME, reason: 'worse' });
    const twin = await registry.registerModel(aRequest(0.7, { trainedAt: 999 }));
    expect(twin.versionId).not.toBe(barred);
    await expect(registry.promoteToProduction(twin.versionId, { expectedActive: first })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`its bundle is that of '${barred}'`),
    });
    expect(await registry.getSlot(NAME)).toMatchObject({ championVersionId: first });
  });

  it.each(['failed', 'training'] as const)('to a version that was %s is not opened by archiving it', async (status) => {
    const { versionId } = await registry.registerModel(aRequest(0.7));
    await storage.models.setStatus(versionId, status);
    await expect(registry.archiveModel(versionId)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await registry.getVersion(versionId))!.status).toBe(status);
  });
});
