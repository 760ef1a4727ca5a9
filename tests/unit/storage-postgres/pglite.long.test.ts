import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { openPostgresStorage } from '@mlperf/storage-postgres';
import { describe, expect, it, onTestFinished } from 'vitest';

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mlperf-pglite-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'data');
}

const event = { modelName: 'm', type: 't', payload: {}, at: 0 };

describe('an embedded Postgres', () => {
  it("in memory is nobody else's and keeps nothing, and stays open when it is the host's", async () => {
    const instance = await PGlite.create();
    onTestFinished(() => instance.close());
    const searchPath = () => instance.query("select current_setting('search_path') as path");
    const before = await searchPath();
    const storage = await openPostgresStorage(instance);
    expect([storage.kind, storage.durability, storage.multiProcess]).toEqual(['postgres', 'none', false]);
    await storage.outbox.append(Array.from({ length: 7 }, () => event));
    await storage.outbox.ack('c', 7);
    await storage.close();
    const { rows } = await instance.query('select sequence from mlperf.outbox_cursors');
    expect(rows).toEqual([{ sequence: 7 }]);
    expect((await searchPath()).rows).toEqual(before.rows);
  });

  it("lets the host's own statements in between, never inside a transaction of ours", async () => {
    const instance = await PGlite.create();
    onTestFinished(() => instance.close());
    const storage = await openPostgresStorage(instance);
    let seen: Promise<{ rows: unknown[] }> | undefined;
    const broken = storage.transaction(async (tx) => {
      await tx.outbox.append([event]);
      await tx.outbox.ack('c', 1);
      seen = instance.query('select count(*)::int as n from mlperf.outbox_cursors');
      throw new Error('enough');
    });
    await expect(broken).rejects.toThrow('enough');
    expect((await seen)?.rows).toEqual([{ n: 0 }]);
    await storage.close();
  });

  it('in a directory is open once at a time, and what a killed process had stored is there', async () => {
    const directory = temporaryDirectory();
    const script = fileURLToPath(new URL('./children/append-embedded.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=@mlperf/source', script, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const stored: string[] = [];
    const enough = Promise.withResolvers<void>();
    createInterface({ input: child.stdout }).on('line', (id) => {
      stored.push(id);
      if (stored.length === 20) enough.resolve();
    });
    await enough.promise;
    await expect(openPostgresStorage({ pglite: directory })).rejects.toMatchObject({
      code: 'STORAGE_FAILURE',
      message: expect.stringContaining('it is open already'),
    });
    child.kill('SIGKILL');
    await once(child, 'close');

    const storage = await openPostgresStorage({ pglite: directory });
    expect([storage.durability, storage.multiProcess]).toEqual(['process-crash', false]);
    const found = await storage.predictions.get(stored);
    expect(found.map((row) => row?.id)).toEqual(stored);
    await expect(openPostgresStorage({ pglite: directory })).rejects.toThrow('it is open already');
    await storage.close();
  });

  it("locks the directory of the host's instance for all storages on it, until the last one closes", async () => {
    const directory = temporaryDirectory();
    const instance = await PGlite.create(directory);
    const [a, b] = await Promise.all([
      openPostgresStorage(instance, { schema: 'a' }),
      openPostgresStorage(instance, { schema: 'b' }),
    ]);
    await a.close();
    await expect(openPostgresStorage({ pglite: directory })).rejects.toThrow('it is open already');
    await b.close();
    await instance.close();
    await (await openPostgresStorage({ pglite: directory }, { schema: 'a' })).close();
  });

  it('is not looked for in memory, in a browser, or without a name', async () => {
    for (const pglite of ['', 'memory://', 'idb://x', 'a\u0000b']) {
      await expect(openPostgresStorage({ pglite })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    }
  });
});
