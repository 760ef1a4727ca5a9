import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SCHEMA_VERSION } from '@mlperf/storage-sql';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it } from 'vitest';
import { sampleOutcome, samplePrediction } from './sample-predictions.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A closed store with enough rows to fill some pages. */
async function storedFile(): Promise<string> {
  const path = join(temporaryDirectory(), 'store.db');
  const storage = await openSqliteStorage(path);
  const ids = Array.from({ length: 300 }, (_, i) => `prediction-${i}`);
  await storage.predictions.append(ids.map((id) => samplePrediction(id)));
  await storage.predictions.resolve(ids.map(sampleOutcome));
  await storage.close();
  return path;
}

function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

/** Opening is refused with this code, in both ways of opening, and the file is byte for byte what it was. */
async function expectRefused(path: string, code: string, message: RegExp): Promise<void> {
  const before = readFileSync(path);
  const refusal = await openSqliteStorage(path).then(
    () => expect.unreachable('the file must be refused'),
    (error: unknown) => error,
  );
  expect(refusal).toMatchObject({ name: 'StorageError', code, message: expect.stringMatching(message) });
  expect(readFileSync(path).equals(before)).toBe(true);
  // A reader of a file in WAL mode may leave an empty log beside it; nothing waits in it to be written.
  expect(existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`).length : 0).toBe(0);

  const handle = new DatabaseSync(path);
  await expect(openSqliteStorage(handle)).rejects.toMatchObject({ name: 'StorageError', code });
  handle.close();
  expect(readFileSync(path).equals(before)).toBe(true);
}

describe('files that are refused', () => {
  it('a file that is no database', async () => {
    const path = join(temporaryDirectory(), 'notes.txt');
    writeFileSync(path, 'symbol,price\n'.repeat(500));
    await expectRefused(path, 'STORAGE_CORRUPT', /notes\.txt.*not a SQLite database/);
  });

  it('a directory, saying that the path must be that of a file', async () => {
    const path = temporaryDirectory();
    await expect(openSqliteStorage(path)).rejects.toMatchObject({
      name: 'StorageError',
      code: 'STORAGE_FAILURE',
      message: `'${path}' cannot be opened as storage: the path must name a file; it names a directory`,
    });
    expect(readdirSync(path)).toEqual([]);
  });

  it('a store cut short', async () => {
    const path = await storedFile();
    truncateSync(path, Math.floor(readFileSync(path).length / 2 / 4096) * 4096);
    await expectRefused(path, 'STORAGE_CORRUPT', /damaged/);
  });

  it('a store with pages overwritten', async () => {
    const path = await storedFile();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096 * 10, 4096 * 40);
    writeFileSync(path, bytes);
    await expectRefused(path, 'STORAGE_CORRUPT', /damaged/);
  });

  it('a store of a later release', async () => {
    const path = await storedFile();
    execute(path, `insert into schema_migrations values ('0999-from-the-future', 999, 1)`);
    await expectRefused(path, 'SCHEMA_TOO_NEW', new RegExp(`schema version 999.*versions up to ${SCHEMA_VERSION}`));
  });

  it('a store whose migrations are not ours', async () => {
    const path = await storedFile();
    execute(path, `update schema_migrations set name = '0001-something-else' where schema_version = 1`);
    await expectRefused(path, 'STORAGE_CORRUPT', /schema_migrations must list '0001-initial-schema'/);
  });

  it("by path, a database with another tool's table of migrations", async () => {
    const path = join(temporaryDirectory(), 'rails.db');
    execute(path, 'create table schema_migrations (version varchar not null primary key)');
    await expectRefused(path, 'STORAGE_FAILURE', /no schema_migrations of ours and one table of something else/);
  });

  it('by path, a database that something else has filled: what was found is said and the file left alone', async () => {
    const path = join(temporaryDirectory(), 'orders.db');
    execute(
      path,
      "create table orders (id text); create view open_orders as select id from orders; insert into orders values ('o1')",
    );
    const before = readFileSync(path);
    await expect(openSqliteStorage(path)).rejects.toMatchObject({
      name: 'StorageError',
      code: 'STORAGE_FAILURE',
      message: expect.stringMatching(
        /orders\.db.*no schema_migrations and 2 tables of something else: open_orders, orders/,
      ),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual(['orders.db']);

    // A handle says that the host means it: its tables stay beside ours.
    const handle = new DatabaseSync(path);
    await (await openSqliteStorage(handle)).close();
    expect(handle.prepare('select id from orders').all()).toEqual([{ id: 'o1' }]);
    handle.close();
    const storage = await openSqliteStorage(path);
    await storage.predictions.append([samplePrediction('beside')]);
    await storage.close();
  });

  it.each(['an empty file', 'a database without tables'])('but not %s', async (kind) => {
    const path = join(temporaryDirectory(), 'new.db');
    if (kind === 'an empty file') writeFileSync(path, '');
    else execute(path, 'create table passing (id text); drop table passing');
    const storage = await openSqliteStorage(path);
    await storage.predictions.append([samplePrediction('first')]);
    await storage.close();
  });

  it('a store of a later release that a crash has left with writes in its log', async () => {
    const path = await storedFile();
    const crashed = new DatabaseSync(path);
    crashed.exec("pragma wal_autocheckpoint = 0; insert into schema_migrations values ('0999', 999, 1)");
    const copy = join(temporaryDirectory(), 'copy.db');
    for (const suffix of ['', '-wal']) writeFileSync(`${copy}${suffix}`, readFileSync(`${path}${suffix}`));
    crashed.close();
    const before = ['', '-wal'].map((suffix) => readFileSync(`${copy}${suffix}`));
    await expect(openSqliteStorage(copy)).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' });
    expect(['', '-wal'].map((suffix) => readFileSync(`${copy}${suffix}`))).toEqual(before);
  });

  it('a path that names a directory, or a file in no directory', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'store.db'));
    for (const path of [join(directory, 'store.db'), join(directory, 'absent', 'store.db')]) {
      await expect(openSqliteStorage(path)).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
    }
    expect(readdirSync(directory)).toEqual(['store.db']);
  });

  it('what is neither a path nor a database, and durations that are none', async () => {
    const open = openSqliteStorage as (what: unknown, options?: unknown) => Promise<unknown>;
    for (const what of ['', 'a\u0000b', undefined, 7, {}]) {
      await expect(open(what)).rejects.toMatchObject({ code: 'INVALID_TYPE' });
    }
    for (const options of [{ busyTimeoutMs: -1 }, { busyTimeoutMs: Number.NaN }, { transactionTimeoutMs: 0 }]) {
      await expect(open(':memory:', options)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    }
  });
});

describe('files that cannot be written', () => {
  it('a read-only database is read, and every write is a STORAGE_FAILURE', async () => {
    const path = await storedFile();
    const handle = new DatabaseSync(path, { readOnly: true });
    const storage = await openSqliteStorage(handle);
    expect((await storage.predictions.get(['prediction-7']))[0]?.id).toBe('prediction-7');
    await expect(storage.predictions.append([samplePrediction('new')])).rejects.toMatchObject({
      name: 'StorageError',
      code: 'STORAGE_FAILURE',
      message: expect.stringMatching(/read-only/),
    });
    await storage.close();
    handle.close();
  });

  it('a file without the right to write is refused or read-only, never changed', async (context) => {
    if (process.getuid?.() === 0) context.skip('root may write every file');
    const path = await storedFile();
    const before = readFileSync(path);
    chmodSync(path, 0o444);
    const storage = await openSqliteStorage(path).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'STORAGE_FAILURE' });
    });
    if (storage) {
      await expect(storage.predictions.append([samplePrediction('new')])).rejects.toMatchObject({
        code: 'STORAGE_FAILURE',
      });
      await storage.close();
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});
