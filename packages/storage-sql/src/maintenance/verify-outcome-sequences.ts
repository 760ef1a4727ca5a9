import { sql } from 'kysely';
import type { SqlSession } from '../sql-session.ts';
import type { ProblemLog } from './problem-log.ts';

/** Outcomes of a version are numbered by a counter: none twice, none beyond it. */
export async function verifyOutcomeSequences(session: SqlSession, log: ProblemLog): Promise<void> {
  const counters = await session.db
    .selectFrom('sequence_counters')
    .select(['name', 'value'])
    .where('name', 'like', `${PREFIX}%`)
    .execute();
  for (const { name, value } of counters) {
    const version = name.slice(PREFIX.length);
    const { rows } = await sql<{ count: number; distinct: number; newest: number | null }>`
      select count(sequence) as count, count(distinct sequence) as "distinct", max(sequence) as newest
      from predictions where model_version_id = ${version} and sequence is not null`.execute(session.db);
    const found = rows[0]!;
    log.checked('outcome-sequences', Number(found.count));
    if (Number(found.count) !== Number(found.distinct)) {
      log.add(
        'outcome-sequences',
        version,
        `${found.count} outcomes must have as many numbers; they have ${found.distinct}`,
      );
    }
    if (found.newest !== null && Number(found.newest) > value) {
      log.add('outcome-sequences', version, `no outcome may be numbered above ${value}; found ${found.newest}`);
    }
  }
}

const PREFIX = 'outcomes of ';
