import { type CompiledQuery, type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { chunkSizes } from './chunk-sizes.ts';
import { type BatchTable, COLUMN_KINDS } from './column-kinds.ts';
import type { Database } from './schema.ts';
import type { SqlDialect } from './sql-dialect.ts';
import type { SqlSession } from './sql-session.ts';

/** Larger statements gain nothing and make the prepared-statement cache heavy. */
const MAX_ROWS = 128;

/** Of one statement whose columns travel as arrays. */
const MAX_ARRAY_ROWS = 10_000;

/** From so many new rows on, they travel by the database's way for bulk, where it has one. */
const MIN_BULK_ROWS = 500;

/** What to do with a row whose key exists: take the named columns from the new row. */
export interface OnConflict {
  readonly key: readonly string[];
  readonly update: readonly string[];
}

/** A value for every column, in the order of the batch's columns. */
export type RowValues = readonly (string | number | null)[];

/** Inserts many rows, or updates those whose key exists, in a few statements. */
export async function writeRows<T extends BatchTable>(
  session: SqlSession,
  table: T,
  columns: readonly (keyof Database[T] & string)[],
  rows: readonly RowValues[],
  onConflict?: OnConflict,
): Promise<void> {
  const isBulk = onConflict === undefined && rows.length >= MIN_BULK_ROWS;
  if (isBulk && (await session.copyRows?.(table, columns, rows))) return;
  const purpose = `write ${table} ${columns.join()} ${onConflict?.update.join() ?? ''}`;
  const source = (size: number) =>
    session.dialect.arrayTypes === undefined
      ? valuesOf(columns, size)
      : sql`select * from ${arraysOf(session.dialect, table, columns)}`;
  await runInChunks(session, purpose, columns, rows, (size) => {
    const insert = sql`insert into ${sql.table(table)} (${refs(columns)}) ${source(size)}`;
    if (onConflict === undefined) return insert;
    const changes = onConflict.update.map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`);
    return sql`${insert} on conflict (${refs(onConflict.key)}) do update set ${sql.join(changes)}`;
  });
}

/**
 * Updates many rows that exist, in a few statements.
 * @param rows - The values of `key`, then those of `changed`.
 * @remarks Only where columns travel as arrays: lists of values say nothing of their types.
 */
export async function updateRows<T extends BatchTable>(
  session: SqlSession,
  table: T,
  key: readonly (keyof Database[T] & string)[],
  changed: readonly (keyof Database[T] & string)[],
  rows: readonly RowValues[],
): Promise<void> {
  const columns = [...key, ...changed];
  await runInChunks(session, `update ${table} ${columns.join()}`, columns, rows, () => {
    const changes = changed.map((column) => sql`${sql.ref(column)} = ${sql.ref(`given.${column}`)}`);
    const same = key.map((column) => sql`${sql.ref(`${table}.${column}`)} = ${sql.ref(`given.${column}`)}`);
    const given = sql`${arraysOf(session.dialect, table, columns)} as given (${refs(columns)})`;
    return sql`update ${sql.table(table)} set ${sql.join(changes)} from ${given} where ${sql.join(same, sql` and `)}`;
  });
}

/**
 * Reads the rows of many keys in a few statements, in no order.
 * @param name - Names the statement among all of this session.
 * @param build - Makes the select; `among(column)` is the condition that a column holds one of the keys, and its only
 * parameters.
 */
export async function selectByKeys<R>(
  session: SqlSession,
  name: string,
  keys: readonly string[],
  build: (db: Kysely<Database>, among: (column: string) => RawBuilder<SqlBool>) => { compile(): CompiledQuery<R> },
): Promise<R[]> {
  if (keys.length === 0) return [];
  const { arrayTypes } = session.dialect;
  if (arrayTypes !== undefined) {
    const among = (column: string) =>
      sql<SqlBool>`${sql.ref(column)} = any(${sql.val('{}')}::${sql.raw(arrayTypes.text)})`;
    const { rows } = await session.run(name, (db) => build(db, among).compile(), [keys]);
    return rows;
  }
  const found: R[] = [];
  let start = 0;
  for (const size of chunkSizes(keys.length, MAX_ROWS)) {
    const chunk = keys.slice(start, start + size);
    start += size;
    const among = (column: string) => sql<SqlBool>`${sql.ref(column)} in (${sql.join(chunk)})`;
    const { rows } = await session.run(`${name} ${size}`, (db) => build(db, among).compile(), chunk);
    for (const row of rows) found.push(row);
  }
  return found;
}

/** Runs one statement for each chunk, its parameters row by row, or column by column as arrays. */
async function runInChunks(
  session: SqlSession,
  purpose: string,
  columns: readonly string[],
  rows: readonly RowValues[],
  build: (size: number) => RawBuilder<unknown>,
): Promise<void> {
  if (session.dialect.arrayTypes !== undefined) {
    for (let start = 0; start < rows.length; start += MAX_ARRAY_ROWS) {
      const chunk = rows.slice(start, start + MAX_ARRAY_ROWS);
      const arrays = columns.map((_, c) => chunk.map((row) => row[c]!));
      await session.run(purpose, (db) => build(chunk.length).compile(db), arrays);
    }
    return;
  }
  const max = Math.min(MAX_ROWS, Math.floor(session.dialect.maxParameters / columns.length));
  let start = 0;
  for (const size of chunkSizes(rows.length, max)) {
    const parameters: unknown[] = [];
    for (let i = start; i < start + size; i++) parameters.push(...rows[i]!);
    start += size;
    await session.run(`${purpose} ${size}`, (db) => build(size).compile(db), parameters);
  }
}

function valuesOf(columns: readonly string[], size: number): RawBuilder<unknown> {
  const row = sql`(${sql.join(columns.map(() => sql`${0}`))})`;
  return sql`values ${sql.join(Array.from({ length: size }, () => row))}`;
}

function arraysOf<T extends BatchTable>(
  dialect: SqlDialect,
  table: T,
  columns: readonly (keyof Database[T] & string)[],
): RawBuilder<unknown> {
  const { arrayTypes } = dialect;
  if (arrayTypes === undefined) throw new Error(`${dialect.name} has no arrays`);
  const arrays = columns.map((column) => sql`${sql.val('{}')}::${sql.raw(arrayTypes[COLUMN_KINDS[table][column]])}`);
  return sql`unnest(${sql.join(arrays)})`;
}

function refs(columns: readonly string[]): RawBuilder<unknown> {
  return sql.join(columns.map((column) => sql.ref(column)));
}
