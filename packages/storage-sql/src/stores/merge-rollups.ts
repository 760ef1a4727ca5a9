import type { OutcomeAggregate } from '@mlperf/core';
import { sql } from 'kysely';
import { encodeAggregate, mergeStored } from '../aggregate-text.ts';
import { type RowValues, writeRows } from '../batch-statements.ts';
import { chunkSizes } from '../chunk-sizes.ts';
import type { Database } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';

const MAX_KEYS = 32;

type RollupTable = 'outcome_rollups' | 'outcome_spans';
type StoredSums = { readonly predictions_count: number; readonly outcomes: string };

/** What is to be added to one row of sums. */
export interface RollupDelta {
  /** In the order of the table's key columns. */
  readonly key: readonly (string | number)[];
  predictions: number;
  readonly outcomes: OutcomeAggregate;
}

/** NUL cannot occur in stored text, so that no two keys share a name. */
export function nameOf(key: readonly (string | number)[]): string {
  return key.join('\u0000');
}

/**
 * Adds to rows of sums: reads each row touched, merges, and writes it back.
 * @param deltas - By `nameOf(key)`; their sums are those of the rows afterwards.
 */
export async function mergeRollups<T extends RollupTable>(
  session: SqlSession,
  table: T,
  keyColumns: readonly (keyof Database[T] & string)[],
  deltas: ReadonlyMap<string, RollupDelta>,
): Promise<void> {
  const stored = await readSums(session, table, keyColumns, deltas);
  const rows: RowValues[] = [];
  for (const [name, { key, predictions, outcomes }] of deltas) {
    const row = stored.get(name);
    if (row !== undefined) mergeStored(outcomes, row.outcomes);
    rows.push([...key, predictions + (row?.predictions_count ?? 0), encodeAggregate(outcomes)]);
  }
  const sums = ['predictions_count', 'outcomes'] as const satisfies readonly (keyof Database[RollupTable])[];
  await writeRows(session, table, [...keyColumns, ...sums], rows, { key: keyColumns, update: sums });
}

async function readSums<T extends RollupTable>(
  session: SqlSession,
  table: T,
  keyColumns: readonly (keyof Database[T] & string)[],
  deltas: ReadonlyMap<string, RollupDelta>,
): Promise<Map<string, StoredSums>> {
  const keys = [...deltas.values()].map((delta) => delta.key);
  const stored = new Map<string, StoredSums>();
  let start = 0;
  for (const size of chunkSizes(keys.length, MAX_KEYS)) {
    const chunk = keys.slice(start, start + size);
    start += size;
    const { rows } = await session.run(
      `read ${table} ${size}`,
      (db) => {
        const columns = sql.join(keyColumns.map((column) => sql.ref(column)));
        const among = chunk.map(
          (key) =>
            sql`(${sql.join(
              keyColumns.map((column, i) => sql`${sql.ref(column)} = ${key[i]}`),
              sql` and `,
            )})`,
        );
        return sql<StoredSums & Record<string, string | number>>`
          select ${columns}, predictions_count, outcomes from ${sql.table(table)} where ${sql.join(among, sql` or `)}`.compile(
          db,
        );
      },
      chunk.flat(),
    );
    for (const row of rows) stored.set(nameOf(keyColumns.map((column) => row[column]!)), row);
  }
  return stored;
}
