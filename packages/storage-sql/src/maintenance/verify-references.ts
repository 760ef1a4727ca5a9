import type { TrainingExperiment } from '@mlperf/core';
import { sql } from 'kysely';
import type { SqlSession } from '../sql-session.ts';
import type { ProblemLog } from './problem-log.ts';
import { readPages } from './read-pages.ts';

const SLOT_COLUMNS = [
  'champion_version_id',
  'previous_version_id',
  'shadow_version_id',
  'probation_version_id',
] as const;

/** Follows what one record says of another: slot to version, version and experiment to artifact, promotion to the one before it. */
export async function verifyReferences(session: SqlSession, log: ProblemLog): Promise<void> {
  await verifyVersions(session, log);
  await verifyTrialArtifacts(session, log);
  await verifySlots(session, log);
  await verifyPromotions(session, log);
  if (session.dialect.partitioned) await verifyPredictionKeys(session, log);
}

async function verifyVersions(session: SqlSession, log: ProblemLog): Promise<void> {
  const pages = readPages(session, {
    table: 'model_versions',
    key: ['version_id'],
    columns: ['artifact_sha256'],
  });
  for await (const rows of pages) {
    log.checked('references', rows.length);
    const wanted = [...new Set(rows.map((row) => row.artifact_sha256))];
    const found = await session.db.selectFrom('artifacts').select('sha256').where('sha256', 'in', wanted).execute();
    const existing = new Set(found.map((row) => row.sha256));
    for (const { version_id, artifact_sha256 } of rows) {
      if (existing.has(artifact_sha256)) continue;
      log.add('references', `version ${version_id}`, `must have artifact ${artifact_sha256}; it is not stored`);
    }
  }
}

async function verifyTrialArtifacts(session: SqlSession, log: ProblemLog): Promise<void> {
  const pages = readPages(session, { table: 'training_experiments', key: ['experiment_id'], columns: ['record'] });
  for await (const rows of pages) {
    const used = rows.flatMap(({ experiment_id, record }) =>
      artifactsOf(record).map((sha256) => ({ experiment_id, sha256 })),
    );
    log.checked('references', used.length);
    if (used.length === 0) continue;
    const wanted = [...new Set(used.map(({ sha256 }) => sha256))];
    const found = await session.db.selectFrom('artifacts').select('sha256').where('sha256', 'in', wanted).execute();
    const existing = new Set(found.map((row) => row.sha256));
    for (const { experiment_id, sha256 } of used) {
      if (existing.has(sha256)) continue;
      log.add('references', `experiment ${experiment_id}`, `must have artifact ${sha256}; it is not stored`);
    }
  }
}

/** Of a record that can be read; one that cannot is told of where records are verified. */
function artifactsOf(record: string): readonly string[] {
  try {
    const { outOfSample } = JSON.parse(record) as Partial<TrainingExperiment>;
    return outOfSample === undefined ? [] : [outOfSample.predictions, outOfSample.rows];
  } catch {
    return [];
  }
}

async function verifySlots(session: SqlSession, log: ProblemLog): Promise<void> {
  const pages = readPages(session, {
    table: 'model_slots',
    key: ['model_name'],
    columns: [...SLOT_COLUMNS, 'next_version'],
  });
  for await (const rows of pages) {
    log.checked('references', rows.length);
    for (const row of rows) {
      const subject = `slot ${row.model_name}`;
      for (const column of SLOT_COLUMNS) {
        const versionId = row[column];
        if (versionId === null) continue;
        const version = await session.db
          .selectFrom('model_versions')
          .select('model_name')
          .where('version_id', '=', versionId)
          .executeTakeFirst();
        if (version?.model_name === row.model_name) continue;
        const found = version === undefined ? 'which is not stored' : `which is one of '${version.model_name}'`;
        log.add('references', subject, `${column} must be a version of that name; it is '${versionId}', ${found}`);
      }
      const newest = await session.db
        .selectFrom('model_versions')
        .select((eb) => eb.fn.max('version').as('version'))
        .where('model_name', '=', row.model_name)
        .executeTakeFirst();
      if (newest?.version != null && row.next_version <= newest.version) {
        log.add(
          'references',
          subject,
          `next_version must be above ${newest.version}, the newest there is; it is ${row.next_version}`,
        );
      }
    }
  }
}

/** A log without gaps: the promotions of a name are numbered 1, 2, 3 … */
async function verifyPromotions(session: SqlSession, log: ProblemLog): Promise<void> {
  let name: string | undefined;
  let expected = 1;
  const pages = readPages(session, { table: 'promotions', key: ['model_name', 'sequence'], columns: [] });
  for await (const rows of pages) {
    log.checked('references', rows.length);
    for (const row of rows) {
      if (row.model_name !== name) expected = 1;
      name = row.model_name;
      if (row.sequence !== expected) {
        log.add('references', `promotions of ${name}`, `must go on with number ${expected}; found ${row.sequence}`);
      }
      expected = row.sequence + 1;
    }
  }
}

/** Where another table keeps the ids unique, both must hold the same. */
async function verifyPredictionKeys(session: SqlSession, log: ProblemLog): Promise<void> {
  const missing = await sql<{ id: string }>`
    select id from predictions p
    where not exists (select 1 from prediction_keys k where k.id = p.id and k.predicted_at = p.predicted_at)
    limit 1000`.execute(session.db);
  for (const { id } of missing.rows) log.add('references', `prediction ${id}`, 'must have a key; it has none');
  const left = await sql<{ id: string }>`
    select id from prediction_keys k
    where not exists (select 1 from predictions p where p.id = k.id and p.predicted_at = k.predicted_at)
    limit 1000`.execute(session.db);
  for (const { id } of left.rows) log.add('references', `key ${id}`, 'must belong to a prediction; there is none');
  const doubled = await sql<{ id: string }>`
    select id from predictions group by id having count(*) > 1 limit 1000`.execute(session.db);
  for (const { id } of doubled.rows)
    log.add('references', `prediction ${id}`, 'must be stored once; it is there twice');
  log.checked('references', 3);
}
