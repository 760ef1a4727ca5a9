import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it } from 'vitest';
import { RecordingHandle } from './recording-handle.ts';
import { samplePrediction } from './sample-predictions.ts';

const ids = Array.from({ length: 200 }, (_, i) => `p${i}`);

describe('group commit', () => {
  it('puts writes that wait together into one commit', async () => {
    const handle = new RecordingHandle();
    const storage = await openSqliteStorage(handle);
    const before = handle.count('commit');
    await Promise.all(ids.map((id) => storage.predictions.append([samplePrediction(id)])));
    // A group ends after 50 ms too: on a busy machine there are several.
    expect(handle.count('commit') - before).toBeLessThan(ids.length / 4);
    expect((await storage.predictions.get(ids)).every((prediction) => prediction !== undefined)).toBe(true);
  });

  it('gives every write that waits for the one before it a commit of its own', async () => {
    const handle = new RecordingHandle();
    const storage = await openSqliteStorage(handle);
    const before = handle.count('commit');
    for (const id of ids.slice(0, 5)) await storage.predictions.append([samplePrediction(id)]);
    expect(handle.count('commit') - before).toBe(5);
  });

  it('refuses one of the group and keeps the others, with nothing of the refused one', async () => {
    const handle = new RecordingHandle();
    const storage = await openSqliteStorage(handle);
    await storage.predictions.append([samplePrediction('known')]);
    const before = handle.count('commit');
    const results = await Promise.allSettled([
      storage.predictions.append([samplePrediction('a')]),
      storage.predictions.append([samplePrediction('b'), samplePrediction('known', { confidence: 0.9 })]),
      storage.predictions.append([samplePrediction('c')]),
    ]);
    expect(handle.count('commit') - before).toBe(1);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'CONFLICT' } });
    const stored = await storage.predictions.get(['a', 'b', 'c']);
    expect(stored.map((prediction) => prediction?.id)).toEqual(['a', undefined, 'c']);
  });

  it('resolves nothing of a group whose commit fails, and stores nothing of it', async () => {
    const handle = new RecordingHandle();
    const storage = await openSqliteStorage(handle);
    const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
    handle.failure = { statement: 'commit', error: full };
    const results = await Promise.allSettled(
      ['a', 'b'].map((id) => storage.predictions.append([samplePrediction(id)])),
    );
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORAGE_FAILURE', cause: full } });
    }
    expect(await storage.predictions.get(['a', 'b'])).toEqual([undefined, undefined]);
    await storage.predictions.append([samplePrediction('a')]);
    expect((await storage.predictions.get(['a']))[0]?.id).toBe('a');
  });

  it('runs writes, reads and transactions in the order they were called', async () => {
    const storage = await openSqliteStorage(new RecordingHandle());
    const [, seen, inside, after] = await Promise.all([
      storage.predictions.append([samplePrediction('a')]),
      storage.predictions.get(['a', 'b']),
      storage.transaction(async (tx) => {
        const known = await tx.predictions.get(['a', 'b']);
        await tx.predictions.append([samplePrediction('b')]);
        return known;
      }),
      storage.predictions.get(['a', 'b']),
    ]);
    expect(seen.map((prediction) => prediction?.id)).toEqual(['a', undefined]);
    expect(inside.map((prediction) => prediction?.id)).toEqual(['a', undefined]);
    expect(after.map((prediction) => prediction?.id)).toEqual(['a', 'b']);
  });
});
