import type { SqlDialect } from '../sql-dialect.ts';
import type { SqlSession } from '../sql-session.ts';

/** One step of the schema, forward only. A released migration never changes: files in the field have run it. */
export interface SqlMigration {
  readonly name: string;
  /** The schema version a store has once this has run: 1, 2, 3 … */
  readonly schemaVersion: number;
  /** Statements in order; none depends on code that may change. */
  statements(dialect: SqlDialect): readonly string[];
  /** Fills what the statements made from what was stored before. */
  fill?(session: SqlSession): Promise<void>;
}
