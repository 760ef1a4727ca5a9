import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it } from 'vitest';
import { WorkerChannel } from '../../../packages/storage-sqlite/src/worker-channel.ts';
import { sampleOutcome, samplePrediction } from './sample-predictions.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const settings = { busyTimeoutMs: 1_000, transactionTimeoutMs: 10_000 };

describe('a storage in a worker thread', () => {
  it('says what it keeps: a file survives a power cut and has many owners, memory neither', async () => {
    const file = await openSqliteStorage(join(temporaryDirectory(), 'store.db'));
    expect([file.kind, file.durability, file.multiProcess]).toEqual(['sqlite', 'power-loss', true]);
    const memory = await openSqliteStorage(':memory:');
    expect([memory.kind, memory.durability, memory.multiProcess]).toEqual(['sqlite', 'none', false]);
    await Promise.all([file.close(), memory.close()]);
  });

  it('is durable in the way it says: write-ahead log, synced at every commit, foreign keys on', async () => {
    const handle = new DatabaseSync(join(temporaryDirectory(), 'store.db'));
    await openSqliteStorage(handle);
    const setting = (name: string) => Object.values(handle.prepare(`pragma ${name}`).get()!)[0];
    expect([setting('journal_mode'), setting('synchronous'), setting('foreign_keys')]).toEqual(['wal', 2, 1]);
    handle.close();
  });

  it('takes a path as it is: a file: prefix means nothing, a URL names its file', async () => {
    const directory = temporaryDirectory();
    const byUrl = await openSqliteStorage(new URL(`file://${join(directory, 'by url.db').replace(' ', '%20')}`));
    await byUrl.close();
    expect(existsSync(join(directory, 'by url.db'))).toBe(true);
  });

  it('moves the log into the file when it closes, and refuses what comes later', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const storage = await openSqliteStorage(path);
    const last = storage.predictions.append([samplePrediction('a')]);
    await Promise.all([storage.close(), storage.close(), last]);
    expect(existsSync(`${path}-wal`)).toBe(false);
    await expect(storage.predictions.get(['a'])).rejects.toMatchObject({ name: 'StorageError', code: 'CLOSED' });
    const again = await openSqliteStorage(path);
    expect((await again.predictions.get(['a']))[0]?.id).toBe('a');
    await again.close();
  });

  it('turns what waits into STORAGE_FAILURE when the worker dies, and refuses from then on', async () => {
    const channel = await WorkerChannel.open({ path: ':memory:', ...settings });
    await channel.migrate(0);
    const call = { store: 'predictions', method: 'get', args: [['a']], now: 0 } as const;
    const crash = channel.call({ ...call, args: [], store: 'predictions', method: 'constructor-of-nothing' });
    await expect(crash).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
    const waiting = channel.call(call);
    const dead = channel.terminate();
    await expect(waiting).rejects.toMatchObject({ name: 'StorageError', code: 'STORAGE_FAILURE' });
    await dead;
    await expect(channel.call(call)).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
  });

  it('keeps errors what they were: class, code, message and cause', async () => {
    const storage = await openSqliteStorage(':memory:');
    await storage.predictions.append([samplePrediction('a')]);
    await expect(storage.predictions.append([samplePrediction('a', { confidence: 0.7 })])).rejects.toMatchObject({
      name: 'ConflictError',
      code: 'CONFLICT',
      message: "prediction 'a' is stored with other content: confidence is 0.6; got 0.7",
    });
    await expect(storage.predictions.resolve([sampleOutcome('b')])).rejects.toMatchObject({
      name: 'NotFoundError',
      code: 'NOT_FOUND',
    });
    await expect(storage.leases.renew({ lease: 'l', token: 1 }, 10)).rejects.toMatchObject({
      name: 'ConflictError',
      code: 'FENCED',
    });
    await storage.close();
  });

  it('lets reads see the last commit while a transaction is open, without waiting for it', async () => {
    const storage = await openSqliteStorage(join(temporaryDirectory(), 'store.db'));
    const { promise: seen, resolve: show } = Promise.withResolvers<unknown>();
    const { promise: written, resolve: wrote } = Promise.withResolvers<void>();
    const transaction = storage.transaction(async (tx) => {
      await tx.predictions.append([samplePrediction('a')]);
      wrote();
      expect(await seen).toEqual([undefined]);
    });
    await written;
    show(await storage.predictions.get(['a']));
    await transaction;
    expect((await storage.predictions.get(['a']))[0]?.id).toBe('a');
    await storage.close();
  });

  it('rolls back a transaction that its host has forgotten, so that others can write', async () => {
    const storage = await openSqliteStorage(':memory:', { transactionTimeoutMs: 50 });
    const { promise: others, resolve: go } = Promise.withResolvers<void>();
    const forgotten = storage.transaction(async (tx) => {
      await tx.predictions.append([samplePrediction('forgotten')]);
      await others;
      return 'late';
    });
    await storage.predictions.append([samplePrediction('other')]);
    go();
    await expect(forgotten).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const stored = await storage.predictions.get(['forgotten', 'other']);
    expect(stored.map((prediction) => prediction?.id)).toEqual([undefined, 'other']);
    await storage.close();
  });

  it('does not keep its process alive while idle, and does while a write is on its way', () => {
    const path = join(temporaryDirectory(), 'store.db');
    const script = fileURLToPath(new URL('./children/leave-open.ts', import.meta.url));
    const output = execFileSync(process.execPath, ['--conditions=@mlperf/source', script, path], { encoding: 'utf8' });
    expect(output).toBe('durable\n');
  });

  it('never blocks the host: not for a lock that another connection holds', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const storage = await openSqliteStorage(path);
    const other = new DatabaseSync(path);
    other.exec('begin immediate');
    const delay = monitorEventLoopDelay({ resolution: 1 });
    let done = false;
    const write = storage.predictions.append([samplePrediction('a')]).then(() => {
      done = true;
    });
    // A read behind the write is served, although the write cannot be.
    delay.enable();
    for (let i = 0; i < 20; i++) expect(await storage.predictions.get(['a'])).toEqual([undefined]);
    delay.disable();
    expect(done).toBe(false);
    other.exec('commit');
    await write;
    other.close();
    await storage.close();
  });

  it('waits for another process as long as it was told, then says STORAGE_FAILURE and goes on', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const storage = await openSqliteStorage(path, { busyTimeoutMs: 30 });
    const other = new DatabaseSync(path);
    other.exec('begin immediate');
    const writes = ['a', 'b'].map((id) => storage.predictions.append([samplePrediction(id)]));
    const transaction = storage.transaction((tx) => tx.predictions.append([samplePrediction('c')]));
    for (const result of await Promise.allSettled([...writes, transaction])) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { name: 'StorageError', code: 'STORAGE_FAILURE', cause: { errcode: 5 } },
      });
    }
    other.exec('commit');
    other.close();
    await storage.predictions.append([samplePrediction('a')]);
    expect((await storage.predictions.get(['a', 'b', 'c'])).map((found) => found?.id)).toEqual([
      'a',
      undefined,
      undefined,
    ]);
    await storage.close();
  });
});
