import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { history } from './history.ts';
import { HistoryTables, PREDICTION_COLUMNS, predictionRow, TABLE_COLUMNS, type TableRow } from './history-tables.ts';

/** A change of what is generated, or of the schema, makes another file. */
const EDITION = 1;
const CACHE = resolve(import.meta.dirname, '../../../node_modules/.cache/mlperf-bench');

export interface SqliteHistory {
  readonly path: string;
  readonly bytes: number;
}

/** The file with `count` outcomes, made by the first run that asks for it and kept in `node_modules/.cache`. */
export async function sqliteHistory(count: number): Promise<SqliteHistory> {
  mkdirSync(CACHE, { recursive: true });
  const path = resolve(CACHE, `history-${EDITION}-${count}.sqlite`);
  if (!existsSync(path)) {
    const unfinished = `${path}.unfinished`;
    for (const suffix of ['', '-wal', '-shm']) rmSync(unfinished + suffix, { force: true });
    await (await openSqliteStorage(unfinished)).close();
    fill(unfinished, count);
    renameSync(unfinished, path);
  }
  return { path, bytes: statSync(path).size };
}

/** Rows first, indexes afterwards: what would take an hour through the stores takes minutes. */
function fill(path: string, count: number): void {
  const database = new DatabaseSync(path);
  database.exec(
    'pragma journal_mode = delete; pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -2000000; begin',
  );
  const indexes = database
    .prepare(
      "select name, sql from sqlite_schema where type = 'index' and tbl_name = 'predictions' and sql is not null",
    )
    .all();
  for (const { name } of indexes) database.exec(`drop index ${String(name)}`);
  const tables = new HistoryTables();
  const insert = insertInto(database, 'predictions', PREDICTION_COLUMNS);
  for (const row of history(count)) {
    insert(predictionRow(row));
    tables.add(row);
  }
  insertAll(database, 'outcome_rollups', tables.hours());
  insertAll(database, 'outcome_spans', tables.spans());
  insertAll(database, 'performance_windows', tables.windows);
  insertAll(database, 'sequence_counters', tables.sequences());
  for (const { sql } of indexes) database.exec(String(sql));
  database.exec('commit; pragma journal_mode = wal');
  database.close();
}

function insertAll(database: DatabaseSync, table: keyof typeof TABLE_COLUMNS, rows: readonly TableRow[]): void {
  const insert = insertInto(database, table, TABLE_COLUMNS[table]);
  for (const row of rows) insert(row);
}

function insertInto(database: DatabaseSync, table: string, columns: readonly string[]): (row: TableRow) => void {
  const insert = database.prepare(`insert into ${table} (${columns.join()}) values (${columns.map(() => '?').join()})`);
  return (row) => {
    insert.run(...row);
  };
}
