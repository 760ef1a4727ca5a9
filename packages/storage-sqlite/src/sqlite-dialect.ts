import type { SqlDialect } from '@mlperf/storage-sql';

/** SQLite as the shared stores need to know it. Strict tables refuse a value of another type than the column's. */
export const sqliteDialect: SqlDialect = {
  name: 'sqlite',
  columnTypes: { text: 'text', integer: 'integer', real: 'real', bytes: 'blob' },
  tableOptions: ' strict',
  maxParameters: 32_766,
  arrayTypes: undefined,
  partitioned: false,
  jsonText: (column, path) => `json_extract(${column}, '$.${path.join('.')}')`,
};
