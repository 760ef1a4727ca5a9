import {
  ConflictError,
  decodeCursor,
  isFinishedStage,
  NotFoundError,
  type Page,
  type PageRequest,
  type RetrainingLogEntry,
  type RetrainingStage,
  type RetrainingStore,
  requirePage,
  requireRetrainingStep,
  sameContent,
} from '@mlperf/core';
import type { SqlSession } from '../sql-session.ts';
import { pageOf } from './page-of.ts';

export class SqlRetrainingStore implements RetrainingStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async create(entry: RetrainingLogEntry): Promise<void> {
    const stored = await this.#session.db
      .selectFrom('retraining_logs')
      .select('created_record')
      .where('retraining_id', '=', entry.retrainingId)
      .executeTakeFirst();
    if (stored !== undefined) {
      if (sameContent(JSON.parse(stored.created_record), entry)) return;
      throw new ConflictError(`retraining '${entry.retrainingId}' is stored with other content`);
    }
    const other = await this.unfinished(entry.modelName);
    if (other !== undefined) {
      throw new ConflictError(
        `'${entry.modelName}' must have no unfinished retraining; '${other.retrainingId}' is ${other.stage}`,
      );
    }
    await this.#session.db
      .insertInto('retraining_logs')
      .values({
        retraining_id: entry.retrainingId,
        model_name: entry.modelName,
        requested_at: entry.requestedAt,
        created_record: JSON.stringify(entry),
        ...stateOf(entry),
      })
      .execute();
  }

  async advance(entry: RetrainingLogEntry, from: RetrainingStage): Promise<void> {
    const stored = await this.get(entry.retrainingId);
    if (stored === undefined) throw new NotFoundError(`retraining '${entry.retrainingId}' must exist; it does not`);
    requireRetrainingStep(stored, entry, from);
    await this.#session.db
      .updateTable('retraining_logs')
      .set(stateOf(entry))
      .where('retraining_id', '=', entry.retrainingId)
      .execute();
  }

  async get(retrainingId: string): Promise<RetrainingLogEntry | undefined> {
    const row = await this.#session.db
      .selectFrom('retraining_logs')
      .select('record')
      .where('retraining_id', '=', retrainingId)
      .executeTakeFirst();
    return row === undefined ? undefined : toEntry(row);
  }

  async unfinished(modelName: string): Promise<RetrainingLogEntry | undefined> {
    const row = await this.#session.db
      .selectFrom('retraining_logs')
      .select('record')
      .where('model_name', '=', modelName)
      // A literal, so that the planner sees that the partial index applies.
      .where('finished', '=', (eb) => eb.lit(0))
      .executeTakeFirst();
    return row === undefined ? undefined : toEntry(row);
  }

  async history(
    filter: { readonly modelName?: string; readonly requestedFrom?: number },
    page?: PageRequest,
  ): Promise<Page<RetrainingLogEntry>> {
    const listing = { list: 'retrainings', ...filter };
    const { limit, cursor } = requirePage(page);
    const after = decodeCursor(listing, cursor, ['number', 'string']);
    let select = this.#session.db.selectFrom('retraining_logs').select(['record', 'requested_at', 'retraining_id']);
    if (filter.modelName !== undefined) select = select.where('model_name', '=', filter.modelName);
    if (filter.requestedFrom !== undefined) select = select.where('requested_at', '>=', filter.requestedFrom);
    if (after !== undefined) {
      const [requestedAt, retrainingId] = after as readonly [number, string];
      select = select.where((eb) =>
        eb.and([
          eb('requested_at', '<=', requestedAt),
          eb.or([eb('requested_at', '<', requestedAt), eb('retraining_id', '>', retrainingId)]),
        ]),
      );
    }
    const rows = await select
      .orderBy('requested_at', 'desc')
      .orderBy('retraining_id')
      .limit(limit + 1)
      .execute();
    return pageOf(rows, limit, listing, toEntry, (row) => [row.requested_at, row.retraining_id]);
  }
}

/** The columns that change from stage to stage. */
function stateOf(entry: RetrainingLogEntry) {
  return { stage: entry.stage, finished: isFinishedStage(entry.stage) ? 1 : 0, record: JSON.stringify(entry) };
}

function toEntry(row: { readonly record: string }): RetrainingLogEntry {
  return JSON.parse(row.record) as RetrainingLogEntry;
}
