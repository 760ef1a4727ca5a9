import { type CompiledQuery, type Kysely, sql } from 'kysely';
import { chunkSizes } from './chunk-sizes.ts';
import type { Database } from './schema.ts';
import type { SqlSession } from './sql-session.ts';

/** Larger statements gain nothing and make the prepared-statement cache heavy. */
const MAX_ROWS = 128;

/** What to do with a row whose key exists: take the named columns from the new row. */
export interface OnConflict {
  readonly key: readonly string[];
  readonly update: readonly string[];
}

/** A value for every column, in the order of the batch's columns. */
export type RowValues = readonly (string | number | null)[];

/** Inserts many rows, or updates those whose key exists, in a few statements. */
export async function writeRows<T extends keyof Database>(
  session: SqlSession,
  table: T,
  columns: readonly (keyof Database[T] & string)[],
  rows: readonly RowValues[],
  onConflict?: OnConflict,
): Promise<void> {
  const max = Math.min(MAX_ROWS, Math.floor(session.dialect.maxParameters / columns.length));
  const purpose = `write ${table} ${columns.join()} ${onConflict?.update.join() ?? ''}`;
  let start = 0;
  for (const size of chunkSizes(rows.length, max)) {
    const parameters: unknown[] = [];
    for (let i = start; i < start + size; i++) parameters.push(...rows[i]!);
    start += size;
    await session.run(`${purpose} ${size}`, (db) => compileWrite(db, table, columns, size, onConflict), parameters);
  }
}

/**
 * Reads the rows of many keys in a few statements, in no order.
 * @param name - Names the statement among all of this session.
 * @param build - Makes the select for a list of keys; the keys must be its only parameters.
 */
export async function selectByKeys<R>(
  session: SqlSession,
  name: string,
  keys: readonly string[],
  build: (db: Kysely<Database>, keys: readonly string[]) => { compile(): CompiledQuery<R> },
): Promise<R[]> {
  const found: R[] = [];
  let start = 0;
  for (const size of chunkSizes(keys.length, MAX_ROWS)) {
    const chunk = keys.slice(start, start + size);
    start += size;
    const { rows } = await session.run(`${name} ${size}`, (db) => build(db, chunk).compile(), chunk);
    for (const row of rows) found.push(row);
  }
  return found;
}

function compileWrite(
  db: Kysely<Database>,
  table: string,
  columns: readonly string[],
  size: number,
  onConflict: OnConflict | undefined,
): CompiledQuery<unknown> {
  const row = sql`(${sql.join(columns.map(() => sql`${0}`))})`;
  const insert = sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))}) values ${sql.join(Array.from({ length: size }, () => row))}`;
  if (onConflict === undefined) return insert.compile(db);
  const changes = onConflict.update.map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`);
  return sql`${insert} on conflict (${sql.join(onConflict.key.map((column) => sql.ref(column)))}) do update set ${sql.join(changes)}`.compile(
    db,
  );
}
