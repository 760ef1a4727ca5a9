/** What a statement of `node:sqlite` takes and gives. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

/** The methods we call on a prepared statement: those of `node:sqlite`'s `StatementSync`. */
export interface SqliteStatement {
  all(...parameters: SqliteValue[]): unknown[];
  run(...parameters: SqliteValue[]): { readonly changes: number | bigint };
  columns(): readonly unknown[];
}

/** The methods we call on an open database: those of `node:sqlite`'s `DatabaseSync`. */
export interface SqliteHandle {
  readonly isTransaction: boolean;
  prepare(sql: string): SqliteStatement;
  exec(sql: string): void;
}
