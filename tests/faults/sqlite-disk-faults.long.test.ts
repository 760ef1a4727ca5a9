import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { MlperfError, PerformanceMonitor } from '@mlperf/core';
import { openSqliteMaintenance, openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { outcomeOf, predictionOf } from '../unit/core/monitor/monitor-fixture.ts';
import { temporaryDirectory } from '../unit/storage-sqlite/temporary-directory.ts';
import { everythingStored, writeLanes } from './storage/everything-stored.ts';
import { LANES } from './storage/lanes.ts';
import { mountSmallDisk } from './storage/small-disk.ts';
import { WriteThrough } from './storage/write-through.ts';

const COUNTS = Object.fromEntries(LANES.map(({ name }) => [name, 60]));

async function problemsOf(path: string): Promise<readonly unknown[]> {
  return (await openSqliteMaintenance(path).verify()).problems;
}

describe('a full disk', () => {
  it('that SQLite is told of by max_page_count: writes fail as STORAGE_FAILURE, reads go on, and room mends it', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const handle = new DatabaseSync(path);
    onTestFinished(() => handle.close());
    const storage = await openSqliteStorage(handle);
    const writers = new WriteThrough(storage);
    for (let round = 0; round < 4; round++) {
      await writers.more(40);
      const { page_count: pages } = handle.prepare('pragma page_count').get() as { page_count: number };
      handle.exec(`pragma max_page_count = ${pages + 2}`);
      await writers.moreFailures(30);
      expect((await storage.slots.list()).items.length).toBe(1);
      handle.exec('pragma max_page_count = 1000000');
    }
    await writers.more(20);
    await writers.finish();
    expect(writers.failures.filter((message) => !message.startsWith('the disk is full'))).toEqual([]);
    await storage.close();
    expect(await problemsOf(path)).toEqual([]);
  });

  it('of its own: writers wait it out, and a monitor goes on in memory and catches up', async (context) => {
    const disk = mountSmallDisk(24);
    if ('reason' in disk) return context.skip(disk.reason);
    const paths = ['lanes.db', 'monitor.db'].map((file) => join(disk.directory, file));
    const [lanes, storage] = await Promise.all(paths.map((path) => openSqliteStorage(path)));
    onTestFinished(() => Promise.all([lanes!.close(), storage!.close()]).then(() => undefined));
    const monitor = await PerformanceMonitor.open({ storage: storage!, modelVersionId: 'v1' });
    const outages: boolean[] = [];
    monitor.on('storage-failed', ({ fatal }) => outages.push(fatal));
    const calls: Promise<void>[] = [];
    const track = () => {
      const i = calls.length;
      calls.push(monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i % 3 > 0)));
    };
    const writers = new WriteThrough(lanes!);
    for (let outage = 1; outage <= 2; outage++) {
      await writers.more(60);
      disk.fill(16_384);
      await writers.moreFailures(30);
      while (outages.length < outage) {
        track();
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(monitor.detectDegradation().outcomesSeen).toBe(calls.length);
      disk.free();
      await Promise.all(calls);
    }
    await writers.finish();
    expect(outages).toEqual([false, false]);
    const stored = await storage!.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'live', limit: 100_000 });
    expect(stored.map(({ id }) => id)).toEqual(calls.map((_, i) => `p${i}`));
    await monitor.close();
    for (const path of paths) expect(await problemsOf(path)).toEqual([]);
  });

  it('met inside a transaction that goes on all the same: nothing of it is stored, before or after', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const handle = new DatabaseSync(path);
    onTestFinished(() => handle.close());
    const storage = await openSqliteStorage(handle);
    const state = (modelVersionId: string, size: number) => ({
      modelVersionId,
      sequence: 1,
      state: { text: 'x'.repeat(size) },
      updatedAt: 0,
    });
    const { page_count: pages } = handle.prepare('pragma page_count').get() as { page_count: number };
    const seen: string[] = [];
    const stubborn = storage.transaction(async ({ monitorStates }) => {
      await monitorStates.put(state('before', 1));
      handle.exec(`pragma max_page_count = ${pages + 2}`);
      await monitorStates.put(state('too large', 1_000_000)).catch(({ message }) => seen.push(message));
      handle.exec('pragma max_page_count = 1000000');
      await monitorStates.put(state('after', 1)).catch(({ message }) => seen.push(message));
    });
    await expect(stubborn).rejects.toMatchObject({
      code: 'STORAGE_FAILURE',
      message: expect.stringContaining('the disk is full'),
    });
    expect(seen).toEqual([expect.stringContaining('the disk is full'), expect.stringContaining('the disk is full')]);
    for (const id of ['before', 'too large', 'after']) expect(await storage.monitorStates.get(id)).toBeUndefined();
    await storage.monitorStates.put(state('after', 1));
    await storage.close();
  });
});

describe('a database file', () => {
  async function filled(): Promise<string> {
    const path = join(temporaryDirectory(), 'store.db');
    const storage = await openSqliteStorage(path);
    await writeLanes(storage, COUNTS);
    await storage.close();
    return path;
  }

  it('cut short under a running store is STORAGE_CORRUPT from then on, never a raw error or a wrong answer', async () => {
    const path = await filled();
    const whole = readFileSync(path);
    const storage = await openSqliteStorage(path);
    const expected = await everythingStored(storage);
    await storage.close();
    for (const share of [0.9, 0.5, 0.1, 0.01]) {
      writeFileSync(path, whole);
      const open = await openSqliteStorage(path);
      truncateSync(path, Math.floor((whole.length * share) / 4096) * 4096 + 512);
      const codes = new Set<string>();
      const note = (error: unknown) => codes.add(MlperfError.is(error) ? error.code : `raw ${String(error)}`);
      await everythingStored(open).then((found) => expect(found).toEqual(expected), note);
      await writeLanes(open, Object.fromEntries(LANES.map(({ name }) => [name, 61]))).catch(note);
      await open.close().catch(note);
      expect([...codes].filter((code) => code !== 'STORAGE_CORRUPT' && code !== 'STORAGE_FAILURE')).toEqual([]);
      expect(codes).toContain('STORAGE_CORRUPT');
      await expect(openSqliteStorage(path)).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' });
    }
    // The bytes of before are all that it takes.
    writeFileSync(path, whole);
    for (const log of ['-wal', '-shm']) writeFileSync(`${path}${log}`, '');
    const mended = await openSqliteStorage(path);
    expect(await everythingStored(mended)).toEqual(expected);
    await mended.close();
    expect(await problemsOf(path)).toEqual([]);
  });

  it.each([
    { what: 'without the right to write it', file: 0o444, directory: 0o777 },
    { what: 'in a directory without the right to write', file: 0o666, directory: 0o555 },
  ])('$what: a process is refused with STORAGE_FAILURE, and nothing has changed', async ({ file, directory }) => {
    const from = await filled();
    const path = join(temporaryDirectory(), 'store.db');
    copyFileSync(from, path);
    chmodSync(path, file);
    chmodSync(join(path, '..'), directory);
    onTestFinished(() => chmodSync(join(path, '..'), 0o777));
    const before = readFileSync(path);
    // The superuser may write anything: another user has to try.
    const uid = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const script = fileURLToPath(new URL('./storage/try-to-write.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=@mlperf/source', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
      ...uid,
    });
    expect(await text(child.stdout!)).toMatch(/^(?:open|write) STORAGE_FAILURE\n$/);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(file);
    chmodSync(path, 0o666);
    chmodSync(join(path, '..'), 0o777);
    expect(await problemsOf(path)).toEqual([]);
  });
});
