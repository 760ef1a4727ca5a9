import { type RawBuilder, sql } from 'kysely';
import type { SqlSession } from '../sql-session.ts';

/** The artifacts that experiments refer to, one a row: `sha256`, `experiment_id`. Reads every experiment once. */
export function trialArtifacts({ dialect }: SqlSession): RawBuilder<{ sha256: string; experiment_id: string }> {
  const refersTo = (...path: readonly string[]) => sql`
    select ${sql.raw(dialect.jsonText('record', path))} as sha256, experiment_id
    from training_experiments where ${sql.raw(dialect.jsonText('record', path))} is not null`;
  return sql`${refersTo('outOfSample', 'predictions')} union all ${refersTo('outOfSample', 'rows')}
    union all ${refersTo('modelArtifact')}`;
}
