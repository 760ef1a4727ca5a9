import { packSpans } from '../stores/pack-spans.ts';
import type { SqlMigration } from './sql-migration.ts';

/**
 * Aggregates as numbers instead of JSON. Those of days and longer spans, of which a summary reads thousands, are written
 * anew; hourly ones, of which there may be millions and a summary reads a day's, when they next change.
 */
export const packedAggregates: SqlMigration = {
  name: '0004-packed-aggregates',
  schemaVersion: 4,
  statements: () => [],
  fill: packSpans,
};
