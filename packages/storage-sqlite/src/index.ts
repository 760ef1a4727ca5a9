export { backupSqlite, type SqliteBackup } from './backup-sqlite.ts';
export { openSqliteStorage, type SqliteStorageOptions } from './open-sqlite-storage.ts';
export type { SqliteHandle, SqliteStatement, SqliteValue } from './sqlite-handle.ts';
export { openSqliteMaintenance } from './sqlite-maintenance.ts';
