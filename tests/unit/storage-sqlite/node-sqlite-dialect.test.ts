import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { NodeSqliteDialect } from '../../../packages/storage-sqlite/src/node-sqlite-dialect.ts';
import { StatementCache } from '../../../packages/storage-sqlite/src/statement-cache.ts';

interface Database {
  readonly item: {
    readonly id: string;
    readonly count: number | null;
    readonly share: number | null;
    readonly content: Uint8Array | null;
  };
}

async function openDatabase() {
  const handle = new DatabaseSync(':memory:');
  handle.exec('create table item (id text primary key, count integer, share real, content blob) strict');
  return { handle, db: new Kysely<Database>({ dialect: new NodeSqliteDialect(handle) }) };
}

describe('Kysely on node:sqlite', () => {
  it('binds parameters by position, and gives rows back as they went in', async () => {
    const { db } = await openDatabase();
    const rows = [
      { id: "it's; drop table item", count: 2 ** 53 - 1, share: 0.1 + 0.2, content: new Uint8Array([0, 255]) },
      { id: '😀', count: null, share: -1e-300, content: null },
    ];
    await db.insertInto('item').values(rows).execute();
    expect(await db.selectFrom('item').selectAll().orderBy('id').execute()).toEqual(rows);
    expect(
      await db
        .selectFrom('item')
        .select('id')
        .where('count', '=', 2 ** 53 - 1)
        .execute(),
    ).toHaveLength(1);
  });

  it('says how many rows changed, and gives the rows of a returning clause', async () => {
    const { db } = await openDatabase();
    const item = { count: 1, share: null, content: null };
    const inserted = await db
      .insertInto('item')
      .values([
        { id: 'a', ...item },
        { id: 'b', ...item },
      ])
      .executeTakeFirstOrThrow();
    expect(inserted.numInsertedOrUpdatedRows).toBe(2n);
    const updated = await db.updateTable('item').set({ count: 7 }).returning(['id', 'count']).execute();
    expect(updated).toEqual([
      { id: 'a', count: 7 },
      { id: 'b', count: 7 },
    ]);
    expect((await db.deleteFrom('item').where('id', '=', 'a').executeTakeFirstOrThrow()).numDeletedRows).toBe(1n);
  });

  it("rolls a transaction of Kysely's back when it throws, and commits it when not", async () => {
    const { db, handle } = await openDatabase();
    const insert = (id: string, failing: boolean) =>
      db.transaction().execute(async (trx) => {
        await trx.insertInto('item').values({ id, count: null, share: null, content: null }).execute();
        if (failing) throw new Error('no');
      });
    await expect(insert('a', true)).rejects.toThrow('no');
    await insert('b', false);
    expect(handle.prepare('select id from item').all()).toEqual([{ id: 'b' }]);
  });

  it('refuses to stream, and leaves the handle open when Kysely is destroyed', async () => {
    const { db, handle } = await openDatabase();
    const stream = db.selectFrom('item').selectAll().stream();
    await expect(stream.next()).rejects.toThrow('streaming is not supported');
    await db.destroy();
    expect(handle.isOpen).toBe(true);
  });

  it('knows its tables', async () => {
    const { db } = await openDatabase();
    expect((await db.introspection.getTables()).map(({ name }) => name)).toEqual(['item']);
    expect((await sql<{ one: number }>`select ${1} as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  });
});

describe('the statement cache', () => {
  it('prepares a text once, and drops the one not used for longest', () => {
    const handle = new DatabaseSync(':memory:');
    const cache = new StatementCache(handle, 2);
    const first = cache.prepare('select 1 as n');
    const second = cache.prepare('select 2 as n');
    expect(cache.prepare('select 1 as n')).toBe(first);
    cache.prepare('select 3 as n');
    expect(cache.size).toBe(2);
    expect(cache.prepare('select 1 as n')).toBe(first);
    expect(cache.prepare('select 2 as n')).not.toBe(second);
  });

  it('tells queries from changes', () => {
    const handle = new DatabaseSync(':memory:');
    handle.exec('create table item (id text)');
    const cache = new StatementCache(handle);
    expect(cache.prepare('select id from item').isQuery).toBe(true);
    expect(cache.prepare("insert into item values ('a')").isQuery).toBe(false);
    expect(cache.prepare("insert into item values ('a') returning id").isQuery).toBe(true);
  });
});
