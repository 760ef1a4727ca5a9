// Sums over outcomes as they are stored
export { decodeAggregate, encodeAggregate, mergeStored } from './aggregate-text.ts';
// Artifacts
export type { ArtifactCalls, ArtifactPlace, RemovedArtifact } from './artifacts/artifact-calls.ts';
export { ArtifactDirectory, type ArtifactDraft } from './artifacts/artifact-directory.ts';
// Schema

// The storage port in front of a connection elsewhere
export type { CallChannel, ChannelTransaction, StoreCall, StoreName } from './calls/call-channel.ts';
export type { CalledStores, FrontStores, PredictionCalls, RollupCalls } from './calls/call-checks.ts';
export { accessOf, createCallStores, runCall } from './calls/call-stores.ts';
export { ChannelStorage } from './calls/channel-storage.ts';
export { HeldTransaction, type TransactionConnection } from './calls/held-transaction.ts';
export { type PackedOutcomes, unpackOutcomes } from './calls/packed-outcomes.ts';
export { type PackedSums, type PackedTotals, unpackTotals } from './calls/packed-totals.ts';
// Stores over one connection
export type { ColumnKind } from './column-kinds.ts';
// What operators do
export { readStatus } from './maintenance/read-status.ts';
export { verifyStorage } from './maintenance/verify-storage.ts';
export { migrateSchema, readSchemaVersion } from './migrations/migrate-schema.ts';
export { MIGRATIONS, SCHEMA_VERSION } from './migrations/migrations.ts';
export { refuseStrangersDatabase } from './migrations/refuse-strangers-database.ts';
export type { SqlMigration } from './migrations/sql-migration.ts';
export { monthOf, monthOfPartition, partitionOfMonth, startOfMonth } from './partitions/month.ts';
// Months of predictions
export { MonthKnowledge } from './partitions/month-knowledge.ts';
export { keepCurrentMonths, listMonths } from './partitions/month-partitions.ts';
export type {
  ArtifactPieceTable,
  ArtifactTable,
  ArtifactUploadTable,
  BarredVersionTable,
  Database,
  DriftReferenceTable,
  ExperimentMetricTable,
  LeaseTable,
  ModelSlotTable,
  ModelVersionTable,
  MonitorStateTable,
  OutboxCursorTable,
  OutboxTable,
  OutcomeRollupTable,
  OutcomeSpanTable,
  PerformanceWindowTable,
  PredictionKeyTable,
  PredictionTable,
  PromotionTable,
  QueuedPointTable,
  RetrainingLogTable,
  SchemaMigrationTable,
  SequenceCounterTable,
  StudyTable,
  TrainingExperimentTable,
  TrialClaimTable,
} from './schema.ts';
export type { SqlDialect } from './sql-dialect.ts';
export { type CopyRows, SqlSession } from './sql-session.ts';
export { SqlLeaseStore } from './stores/lease-store.ts';
export { createSqlStores, type SqlStores } from './stores/sql-stores.ts';
