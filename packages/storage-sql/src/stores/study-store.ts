import {
  ConflictError,
  decodeCursor,
  type Page,
  type PageRequest,
  requirePage,
  type StudyRecord,
  type StudyStore,
  sameContent,
} from '@mlperf/core';
import type { SqlSession } from '../sql-session.ts';
import { pageOf } from './page-of.ts';

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
}
