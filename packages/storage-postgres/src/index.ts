export { openPostgresStorage, type PostgresSource, type PostgresStorageOptions } from './open-postgres-storage.ts';
export type {
  PGliteHandle,
  PGliteQueryOptions,
  PGliteResult,
  PGliteTransaction,
  PostgresClient,
  PostgresNotification,
  PostgresPool,
  PostgresQuery,
  PostgresResult,
} from './postgres-handles.ts';
export { openPostgresMaintenance, type PostgresMaintenanceOptions } from './postgres-maintenance.ts';
