import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';

/** Rows read at once: enough to keep the round trips few, few enough to bound memory. */
const PAGE_ROWS = 1_000;

/** A table in the order of its key. */
export interface PagedTable<T extends keyof Database> {
  readonly table: T;
  /** The columns of its primary key, or of another that no two rows share. */
  readonly key: readonly (keyof Database[T] & string)[];
  readonly columns: readonly (keyof Database[T] & string)[];
  /** Leaves out rows. */
  readonly where?: RawBuilder<boolean>;
}

/** Every row of a table, page by page in the order of its key, so that memory does not grow with the table. */
export async function* readPages<T extends keyof Database>(
  session: SqlSession,
  { table, key, columns, where }: PagedTable<T>,
  pageRows = PAGE_ROWS,
): AsyncGenerator<readonly Database[T][]> {
  const selected = sql.join([...new Set([...key, ...columns])].map((column) => sql.ref(column)));
  const order = sql.join(key.map((column) => sql.ref(column)));
  let after: readonly unknown[] | undefined;
  for (;;) {
    const conditions: RawBuilder<unknown>[] = [];
    if (where !== undefined) conditions.push(where);
    if (after !== undefined) conditions.push(sql`(${order}) > (${sql.join(after)})`);
    const filter = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
    const { rows } = await sql<Database[T]>`
      select ${selected} from ${sql.table(table)} ${filter} order by ${order} limit ${pageRows}`.execute(session.db);
    if (rows.length > 0) yield rows;
    if (rows.length < pageRows) return;
    const last = rows.at(-1)!;
    after = key.map((column) => last[column]);
  }
}
