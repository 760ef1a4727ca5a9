import { join } from 'node:path';
import type { RetrainingStage } from '@mlperf/core';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it } from 'vitest';
import { modelName } from '../unit/registry/retraining/retraining-world.ts';
import { startChild } from '../unit/storage-sqlite/child-process.ts';
import { temporaryDirectory } from '../unit/storage-sqlite/temporary-directory.ts';

const SCRIPT = '../../../faults/retraining/retrain.ts';

/** Everything a retraining has written. */
async function stored(path: string) {
  const storage = await openSqliteStorage(path);
  try {
    return {
      entries: (await storage.retrainings.history({ modelName })).items,
      versions: (await storage.models.list({ modelName })).items,
      bundles: (await storage.artifacts.list()).items.map(({ sha256 }) => sha256),
      promotions: (await storage.promotions.list(modelName)).items,
      champion: (await storage.slots.get(modelName))?.championVersionId,
    };
  } finally {
    await storage.close();
  }
}

/** Every bundle has its version and every version its bundle. */
function expectNothingLoose({ versions, bundles }: Awaited<ReturnType<typeof stored>>): void {
  expect(versions.map(({ artifact }) => artifact.sha256).sort()).toEqual([...bundles].sort());
}

describe('kill -9 of a retraining', () => {
  it.each<{ stage: RetrainingStage; versionsLeft: number; ends: string }>([
    { stage: 'gathering', versionsLeft: 1, ends: 'promoted' },
    { stage: 'training', versionsLeft: 1, ends: 'failed' },
    { stage: 'evaluating', versionsLeft: 2, ends: 'promoted' },
  ])('in $stage: the next process serves at once, waits for the lease, and ends it as $ends', async (row) => {
    const { stage, versionsLeft, ends } = row;
    const path = join(temporaryDirectory(), 'store.db');
    const victim = startChild(SCRIPT, [path, 'start']);
    await victim.line(`at ${stage}`);
    victim.process.kill('SIGKILL');
    expect(await victim.exit).toBeNull();

    const left = await stored(path);
    expect(left.entries.map((entry) => entry.stage)).toEqual([stage]);
    expect(left.versions.length).toBe(versionsLeft);
    expectNothingLoose(left);

    const heir = startChild(SCRIPT, [path, 'resume']);
    await heir.line(`ended ${ends}`);
    expect(await heir.exit).toBe(0);

    const now = await stored(path);
    expectNothingLoose(now);
    expect(now.entries.length).toBe(1);
    const [entry] = now.entries;
    expect(entry).toMatchObject({
      retrainingId: left.entries[0]!.retrainingId,
      stage: ends,
      success: ends !== 'failed',
    });
    // The log is newest first: the champion's own promotion, and the challenger's if it won.
    const old = left.champion!;
    const served = heir.lines.filter((line) => line.startsWith('served '));
    if (ends === 'failed') {
      expect(entry).toMatchObject({ failedStage: 'training', error: { message: 'interrupted at training' } });
      expect(now.promotions.map(({ versionId }) => versionId)).toEqual([old]);
      expect(now.versions.map(({ versionId }) => versionId)).toEqual([old]);
      expect(served).toEqual([`served ${old}`, `served ${old}`]);
    } else {
      const { newVersionId } = entry!;
      expect(now.promotions.map(({ versionId }) => versionId)).toEqual([newVersionId, old]);
      expect(now.champion).toBe(newVersionId);
      expect(served).toEqual([`served ${old}`, `served ${newVersionId}`]);
      // A challenger that was stored before the kill is judged, not trained again.
      if (stage === 'evaluating') {
        expect(left.versions.map(({ versionId }) => versionId)).toContain(newVersionId);
        expect(heir.lines).not.toContain('at training');
      }
    }
  });
});
