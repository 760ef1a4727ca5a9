export { openSqliteStorage, type SqliteStorageOptions } from './open-sqlite-storage.ts';
export type { SqliteHandle, SqliteStatement, SqliteValue } from './sqlite-handle.ts';
