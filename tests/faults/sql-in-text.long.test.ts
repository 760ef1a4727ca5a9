import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PGlite } from '@electric-sql/pglite';
import type { PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { openPostgresMaintenance, openPostgresStorage } from '@mlperf/storage-postgres';
import { openSqliteMaintenance, openSqliteStorage } from '@mlperf/storage-sqlite';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { startPostgres, whyNoServer } from '../fixtures/embedded-postgres.ts';
import { temporaryDirectory } from '../unit/storage-sqlite/temporary-directory.ts';
import { everythingStored, writeLanes } from './storage/everything-stored.ts';
import { HOSTILE_TEXTS, writeAndReadBack } from './storage/hostile-records.ts';
import { LANES } from './storage/lanes.ts';

const COUNTS = Object.fromEntries(LANES.map(({ name }) => [name, 12]));

/** What is there already must stay, and each answer must be that of a store that knows no SQL. */
async function expectPlainText(storage: PerformanceStorage, schemaOf: () => unknown): Promise<void> {
  const memory = openMemoryStorage();
  for (const store of [storage, memory]) await writeLanes(store, COUNTS);
  const schema = await schemaOf();
  for (const text of HOSTILE_TEXTS) {
    expect([text, await writeAndReadBack(storage, text)]).toEqual([text, await writeAndReadBack(memory, text)]);
  }
  expect(await everythingStored(storage)).toEqual(await everythingStored(memory));
  expect(await schemaOf()).toEqual(schema);
}

it('SQL in any text of any record is text to SQLite', async () => {
  const path = join(temporaryDirectory(), 'store.db');
  const storage = await openSqliteStorage(path);
  const reader = new DatabaseSync(path, { readOnly: true });
  onTestFinished(() => reader.close());
  await expectPlainText(storage, () => reader.prepare('select type, name, sql from sqlite_schema order by name').all());
  await storage.close();
  expect((await openSqliteMaintenance(path).verify()).problems).toEqual([]);
});

/** Tables, indexes, columns, constraints and functions outside the server's own schemas. */
const SCHEMA = `
  select c.oid::regclass::text as name, c.relkind::text as kind, a.attname as column, a.atttypid::regtype::text as type
  from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_attribute a on a.attrelid = c.oid
  where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by 1, 3`;

it('SQL in any text of any record is text to a Postgres server', async (context) => {
  const reason = whyNoServer();
  if (reason !== undefined) context.skip(reason);
  const server = await startPostgres();
  onTestFinished(() => server.dispose(), 60_000);
  const { url } = server;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  onTestFinished(() => admin.end());
  const storage = await openPostgresStorage(url);
  await expectPlainText(storage, async () => (await admin.query(SCHEMA)).rows);
  await storage.close();
  const maintenance = openPostgresMaintenance(url);
  expect((await maintenance.verify()).problems).toEqual([]);
  await maintenance.close();
});

it('SQL in any text of any record is text to an embedded Postgres', async () => {
  const instance = await PGlite.create();
  onTestFinished(() => instance.close());
  const storage = await openPostgresStorage(instance);
  await expectPlainText(storage, async () => (await instance.query(SCHEMA)).rows);
  await storage.close();
});
