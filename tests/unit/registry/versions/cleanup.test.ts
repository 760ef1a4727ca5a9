import { ManualClock } from '@mlperf/core';
import { ModelRegistry } from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { removeOldVersions } from '../../../../packages/registry/src/versions/remove-old-versions.ts';
import { aRegistry, aRequest, NAME } from '../a-registry.ts';
import { ruleFamily } from '../rule-family.ts';

describe('cleaning up old versions', () => {
  it('keeps two of five of BTC/USDT and touches nothing of BTC/EUR, though both begin with BTC', async () => {
    const storage = openMemoryStorage({ clock: new ManualClock(1_000) });
    const registry = await ModelRegistry.open({ storage, families: [ruleFamily] });
    const scores = [0.61, 0.65, 0.63, 0.65, 0.6];
    const ids: Record<string, string[]> = { 'BTC/USDT': [], 'BTC/EUR': [] };
    for (const [modelName, own] of Object.entries(ids)) {
      for (const [i, accuracy] of scores.entries()) {
        const request = aRequest(0.5 + i / 100, { modelName, trainingMetrics: { accuracy } });
        own.push((await registry.registerModel(request)).versionId);
      }
    }
    const usdt = ids['BTC/USDT']!;
    const plan = await removeOldVersions(storage, 'BTC/USDT', 2, true);
    // The best two; of the tie the newer stands first.
    expect(plan.kept).toEqual([usdt[3], usdt[1]]);
    expect((await storage.models.list({})).items).toHaveLength(10);
    expect(await removeOldVersions(storage, 'BTC/USDT', 2, false)).toEqual(plan);
    expect((await storage.models.list({ modelName: 'BTC/USDT' })).items).toHaveLength(2);
    expect((await storage.models.list({ modelName: 'BTC/EUR' })).items).toHaveLength(5);
  });

  it('never takes the champion, the one before it, the shadow, one on probation or one tagged pinned', async () => {
    const storage = openMemoryStorage({ clock: new ManualClock(1_000) });
    const registry = await ModelRegistry.open({ storage, families: [ruleFamily] });
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) {
      // The later, the worse.
      const request = aRequest(0.5 + i / 100, { trainingMetrics: { accuracy: 0.9 - i / 100 } });
      ids.push((await registry.registerModel(request)).versionId);
    }
    const [best, previous, champion, shadow, watched, pinned, worst] = ids as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    await registry.promoteToProduction(previous, { expectedActive: undefined });
    await registry.promoteToProduction(champion, { expectedActive: previous });
    const { modelName } = (await registry.getVersion(best))!;
    await storage.slots.update(modelName, {
      shadowVersionId: shadow,
      probation: { versionId: watched, startedAt: 1_000 },
    });
    await registry.annotate(pinned, { tags: { pinned: 'audit of 2026' } });
    expect((await removeOldVersions(storage, modelName, 1, false)).removed).toEqual([worst]);
    await registry.annotate(pinned, { tags: { pinned: null } });
    expect((await removeOldVersions(storage, modelName, 1, false)).removed).toEqual([pinned]);
  });

  it('keeps the version a rollback would go back to, and what is barred the least', async () => {
    const { registry, storage, clock } = await aRegistry();
    const ids: string[] = [];
    for (const certainty of [0.6, 0.7, 0.8, 0.9]) {
      const { versionId } = await registry.registerModel(aRequest(certainty));
      await registry.promoteToProduction(versionId, { expectedActive: ids.at(-1) });
      ids.push(versionId);
      clock.advance(1_000);
    }
    const [first, second, third, last] = ids as [string, string, string, string];
    // Twice back: the last one barred is the one before the champion by now.
    await registry.rollback({ modelName: NAME, reason: 'worse' });
    await registry.rollback({ modelName: NAME, reason: 'worse too' });
    const report = await removeOldVersions(storage, NAME, 1, false);
    expect(report).toEqual({ kept: [second, first, third], removed: [last] });
    expect(await registry.rollback({ modelName: NAME, reason: 'again' })).toMatchObject({ versionId: first });
  });

  it('leaves the log to say who served at a time, though the version is there no more', async () => {
    const { registry, storage, clock } = await aRegistry();
    let before: string | undefined;
    const ids: string[] = [];
    for (const certainty of [0.6, 0.7, 0.8, 0.9]) {
      const { versionId } = await registry.registerModel(aRequest(certainty));
      await registry.promoteToProduction(versionId, { expectedActive: before });
      ids.push(versionId);
      before = versionId;
      clock.advance(1_000);
    }
    expect(await registry.getActiveModelAt(NAME, 1_500)).toMatchObject({ versionId: ids[0] });
    await removeOldVersions(storage, NAME, 1, false);
    expect(await registry.getActiveModelAt(NAME, 1_500)).toBeUndefined();
    expect((await registry.getPromotionHistory(NAME)).items.at(-1)).toMatchObject({ versionId: ids[0], at: 1_000 });
  });
});
