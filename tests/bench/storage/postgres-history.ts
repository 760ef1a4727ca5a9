import { monthOf, partitionOfMonth, startOfMonth } from '@mlperf/storage-sql';
import { Client } from 'pg';
import { END_AT, history, START_AT } from './history.ts';
import { HistoryTables, PREDICTION_COLUMNS, predictionRow, TABLE_COLUMNS, type TableRow } from './history-tables.ts';

/** Rows of one statement. */
const BATCH = 5_000;

/** What the columns that are no text hold. */
const TYPES: Readonly<Record<string, string>> = {
  ...typed(
    'int8',
    'predicted_at',
    'due_at',
    'recorded_at',
    'sequence',
    'observed_at',
    'correct',
    'outcome_recorded_at',
  ),
  ...typed(
    'int8',
    'hour_start_at',
    'span_start_at',
    'level',
    'predictions_count',
    'window_size',
    'last_sequence',
    'value',
  ),
  ...typed('float8', 'confidence', 'reference_price', 'outcome_price', 'market_return', 'net_return'),
};

/** Fills a schema that `openPostgresStorage` has made with `count` outcomes: rows first, indexes afterwards. */
export async function fillPostgres(url: string, schema: string, count: number): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`set search_path to ${schema}; set statement_timeout = 0; set maintenance_work_mem = '1GB'`);
    for (let month = monthOf(START_AT); month <= monthOf(END_AT); month++) {
      await client.query(
        `create table if not exists ${partitionOfMonth(month)} partition of predictions
          for values from (${startOfMonth(month)}) to (${startOfMonth(month + 1)})`,
      );
    }
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `select indexname as name, indexdef as definition from pg_indexes
        where schemaname = '${schema}' and tablename = 'predictions' and indexname not like '%_pkey'`,
    );
    for (const { name } of indexes) await client.query(`drop index ${name}`);
    const tables = new HistoryTables();
    let batch: TableRow[] = [];
    for (const row of history(count)) {
      tables.add(row);
      if (batch.push(predictionRow(row)) < BATCH) continue;
      await insertRows(client, 'predictions', PREDICTION_COLUMNS, batch);
      batch = [];
    }
    await insertRows(client, 'predictions', PREDICTION_COLUMNS, batch);
    await client.query('insert into prediction_keys select id, predicted_at from predictions');
    const others = {
      outcome_rollups: tables.hours(),
      outcome_spans: tables.spans(),
      performance_windows: tables.windows,
      sequence_counters: tables.sequences(),
    };
    for (const [table, columns] of Object.entries(TABLE_COLUMNS)) {
      const rows = others[table as keyof typeof others];
      for (let i = 0; i < rows.length; i += BATCH) {
        await insertRows(client, table, columns, rows.slice(i, i + BATCH));
      }
    }
    for (const { definition } of indexes) await client.query(definition.replace(' ON ONLY ', ' ON '));
    await client.query('analyze');
  } finally {
    await client.end();
  }
}

/** Megabytes of a schema with its indexes. */
export async function schemaBytes(url: string, schema: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>(
      `select sum(pg_total_relation_size(c.oid)) as bytes from pg_class c join pg_namespace n on n.oid = relnamespace
        where nspname = '${schema}' and relkind = 'r'`,
    );
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}

async function insertRows(
  client: Client,
  table: string,
  columns: readonly string[],
  rows: readonly TableRow[],
): Promise<void> {
  const arrays = columns.map((column, i) => `$${i + 1}::${TYPES[column] ?? 'text'}[]`);
  await client.query(
    `insert into ${table} (${columns.join()}) select * from unnest(${arrays.join()})`,
    columns.map((_, c) => rows.map((row) => row[c])),
  );
}

function typed(type: string, ...columns: readonly string[]): Record<string, string> {
  return Object.fromEntries(columns.map((column) => [column, type]));
}
