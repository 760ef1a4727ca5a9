import type { SqlDialect } from '@mlperf/storage-sql';

/** Postgres as the shared stores need to know it. */
export const postgresDialect: SqlDialect = {
  name: 'postgres',
  columnTypes: { text: 'text collate "C"', integer: 'bigint', real: 'double precision', bytes: 'bytea' },
  tableOptions: '',
  maxParameters: 65_535,
  arrayTypes: { text: 'text[]', integer: 'bigint[]', real: 'double precision[]' },
  partitioned: true,
  jsonText: (column, path) => `(${column}::jsonb #>> '{${path.join(',')}}')`,
};
