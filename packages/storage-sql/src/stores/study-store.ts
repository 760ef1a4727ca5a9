import { createHash } from 'node:crypto';
import {
  ConflictError,
  canonicalJson,
  decodeCursor,
  type JsonObject,
  type Page,
  type PageRequest,
  type QueuedPoint,
  type QueuedPointsQuery,
  requirePage,
  type StudyRecord,
  type StudyStore,
  sameContent,
} from '@mlperf/core';
import { sql } from 'kysely';
import type { SqlSession } from '../sql-session.ts';
import { pageOf } from './page-of.ts';
import { freeNumber, requireStoredStudy } from './trial-claims.ts';

export class SqlStudyStore implements StudyStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async create(study: StudyRecord): Promise<void> {
    const stored = await this.get(study.studyId);
    if (stored === undefined) {
      await this.#session.db
        .insertInto('studies')
        .values({
          study_id: study.studyId,
          model_type: study.modelType,
          created_at: study.createdAt,
          record: JSON.stringify(study),
        })
        .execute();
    } else if (!sameContent(stored, study)) {
      throw new ConflictError(`study '${study.studyId}' is stored with other content`);
    }
  }

  async get(studyId: string): Promise<StudyRecord | undefined> {
    const row = await this.#session.db
      .selectFrom('studies')
      .select('record')
      .where('study_id', '=', studyId)
      .executeTakeFirst();
    return row === undefined ? undefined : (JSON.parse(row.record) as StudyRecord);
  }

  async list(filter: { readonly modelType?: string }, page?: PageRequest): Promise<Page<StudyRecord>> {
    const listing = { list: 'studies', ...filter };
    const { limit, cursor } = requirePage(page);
    const after = decodeCursor(listing, cursor, ['number', 'string']);
    let select = this.#session.db.selectFrom('studies').select(['record', 'created_at', 'study_id']);
    if (filter.modelType !== undefined) select = select.where('model_type', '=', filter.modelType);
    if (after !== undefined) {
      const [createdAt, studyId] = after as readonly [number, string];
      select = select.where((eb) =>
        eb.and([
          eb('created_at', '<=', createdAt),
          eb.or([eb('created_at', '<', createdAt), eb('study_id', '>', studyId)]),
        ]),
      );
    }
    const rows = await select
      .orderBy('created_at', 'desc')
      .orderBy('study_id')
      .limit(limit + 1)
      .execute();
    return pageOf(
      rows,
      limit,
      listing,
      (row) => JSON.parse(row.record) as StudyRecord,
      (row) => [row.created_at, row.study_id],
    );
  }

  async enqueue(studyId: string, points: readonly JsonObject[]): Promise<readonly QueuedPoint[]> {
    await requireStoredStudy(this.#session, studyId);
    const queued: QueuedPoint[] = [];
    for (const point of points) queued.push(await this.#enqueueOne(studyId, point));
    return queued;
  }

  async queued({ studyId, from = 0, limit }: QueuedPointsQuery): Promise<readonly QueuedPoint[]> {
    const rows = await this.#session.db
      .selectFrom('queued_points')
      .select(['trial_number', 'parameters'])
      .where('study_id', '=', studyId)
      .where('trial_number', '>=', from)
      .orderBy('trial_number')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      studyId,
      trialNumber: row.trial_number,
      parameters: JSON.parse(row.parameters) as JsonObject,
    }));
  }

  /** A point that is queued already keeps its number. */
  async #enqueueOne(studyId: string, point: JsonObject): Promise<QueuedPoint> {
    const parameters = canonicalJson(point);
    const digest = createHash('sha256').update(parameters).digest('hex');
    const known = await this.#session.db
      .selectFrom('queued_points')
      .select('trial_number')
      .where('study_id', '=', studyId)
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (known !== undefined) return { studyId, trialNumber: known.trial_number, parameters: point };
    const study = sql<string>`cast(${studyId} as text)`;
    const afterQueue = sql<number>`(select coalesce(max(trial_number), -1) + 1 from queued_points where study_id = ${study})`;
    const { rows } = await sql<{ trial_number: number }>`
      insert into queued_points (study_id, trial_number, digest, parameters)
      select ${study}, ${freeNumber(study, afterQueue)}, cast(${digest} as text), cast(${parameters} as text)
      returning trial_number`.execute(this.#session.db);
    return { studyId, trialNumber: rows[0]!.trial_number, parameters: point };
  }
}
