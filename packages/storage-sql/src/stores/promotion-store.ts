import {
  decodeCursor,
  type JsonObject,
  type Page,
  type PageRequest,
  type PromotionRecord,
  type PromotionStore,
  requirePage,
} from '@mlperf/core';
import type { PromotionTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import type { Writable } from '../writable.ts';
import { pageOf } from './page-of.ts';

export class SqlPromotionStore implements PromotionStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async list(modelName: string, page?: PageRequest): Promise<Page<PromotionRecord>> {
    const listing = { list: 'promotions', modelName };
    const { limit, cursor } = requirePage(page);
    const after = decodeCursor(listing, cursor, ['number']);
    let select = this.#session.db.selectFrom('promotions').selectAll().where('model_name', '=', modelName);
    if (after !== undefined) select = select.where('sequence', '<', Number(after[0]));
    const rows = await select
      .orderBy('sequence', 'desc')
      .limit(limit + 1)
      .execute();
    return pageOf(rows, limit, listing, toPromotion, (row) => [row.sequence]);
  }

  async activeAt(modelName: string, at: number): Promise<PromotionRecord | undefined> {
    const row = await this.#session.db
      .selectFrom('promotions')
      .selectAll()
      .where('model_name', '=', modelName)
      .where('at', '<=', at)
      .orderBy('at', 'desc')
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? undefined : toPromotion(row);
  }
}

function toPromotion(row: PromotionTable): PromotionRecord {
  const promotion: Writable<PromotionRecord> = {
    sequence: row.sequence,
    modelName: row.model_name,
    kind: row.kind as PromotionRecord['kind'],
    versionId: row.version_id,
    at: row.at,
    actor: row.actor,
    reason: row.reason,
  };
  if (row.previous_version_id !== null) promotion.previousVersionId = row.previous_version_id;
  if (row.evidence !== null) promotion.evidence = JSON.parse(row.evidence) as JsonObject;
  return promotion;
}
