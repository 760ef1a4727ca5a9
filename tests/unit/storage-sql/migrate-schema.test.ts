import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from '@mlperf/storage-sql';
import { openSqliteStorage, type SqliteHandle } from '@mlperf/storage-sqlite';
import { describe, expect, it } from 'vitest';

function tablesOf(handle: DatabaseSync): readonly unknown[] {
  return handle
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name")
    .all()
    .map((row) => row.name);
}

describe('migrations', () => {
  it('give an empty store every table of the design', async () => {
    const handle = new DatabaseSync(':memory:');
    await openSqliteStorage(handle);
    expect(tablesOf(handle)).toEqual(
      expect.arrayContaining([
        'model_versions',
        'performance_windows',
        'training_experiments',
        'retraining_logs',
        'model_slots',
        'promotions',
        'predictions',
        'outcome_rollups',
        'monitor_states',
        'drift_references',
        'studies',
        'artifacts',
        'leases',
        'outbox',
      ]),
    );
  });

  it('are recorded by name and version, and not applied twice', async () => {
    const handle = new DatabaseSync(':memory:');
    const storage = await openSqliteStorage(handle);
    expect(await storage.migrate()).toEqual({ applied: [], schemaVersion: MIGRATIONS.length });
    expect(handle.prepare('select name, schema_version from schema_migrations').all()).toEqual(
      MIGRATIONS.map(({ name, schemaVersion }) => ({ name, schema_version: schemaVersion })),
    );
  });

  it('leave no trace when one of their statements fails', async () => {
    const database = new DatabaseSync(':memory:');
    const handle: SqliteHandle = {
      get isTransaction() {
        return database.isTransaction;
      },
      exec: (sql) => database.exec(sql),
      prepare(sql) {
        if (sql.startsWith('create table outbox_cursors')) throw new Error('the lights went out');
        return database.prepare(sql);
      },
    };
    await expect(openSqliteStorage(handle)).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
    expect(tablesOf(database)).toEqual([]);
    await openSqliteStorage(database);
    expect(tablesOf(database)).toContain('outbox_cursors');
  });

  it("do no harm to a host's tables in the same file, and fail as a whole where a name is taken", async () => {
    const beside = new DatabaseSync(':memory:');
    beside.exec("create table trades (id text); insert into trades values ('t1')");
    await openSqliteStorage(beside);
    expect(beside.prepare('select id from trades').all()).toEqual([{ id: 't1' }]);

    const taken = new DatabaseSync(':memory:');
    taken.exec('create table outbox (id text)');
    await expect(openSqliteStorage(taken)).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
    expect(tablesOf(taken)).toEqual(['outbox']);
  });
});
