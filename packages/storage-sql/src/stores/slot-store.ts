import {
  ConflictError,
  decodeCursor,
  type ModelSlot,
  NotFoundError,
  type Page,
  type PageRequest,
  type PromotionRecord,
  type PromotionRequest,
  requirePage,
  type SlotPatch,
  type SlotStore,
} from '@mlperf/core';
import type { ModelSlotTable } from '../schema.ts';
import { takeSequence } from '../sequence-counters.ts';
import type { SqlSession } from '../sql-session.ts';
import type { Writable } from '../writable.ts';
import { pageOf } from './page-of.ts';
import { toSlot } from './slot-rows.ts';

export class SqlSlotStore implements SlotStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async get(modelName: string): Promise<ModelSlot | undefined> {
    const row = await this.#row(modelName);
    return row === undefined ? undefined : toSlot(row);
  }

  async list(page?: PageRequest): Promise<Page<ModelSlot>> {
    const listing = { list: 'slots' };
    const { limit, cursor } = requirePage(page);
    const after = decodeCursor(listing, cursor, ['string']);
    let select = this.#session.db.selectFrom('model_slots').selectAll();
    if (after !== undefined) select = select.where('model_name', '>', String(after[0]));
    const rows = await select
      .orderBy('model_name')
      .limit(limit + 1)
      .execute();
    return pageOf(rows, limit, listing, toSlot, (row) => [row.model_name]);
  }

  async promote(request: PromotionRequest): Promise<{ readonly slot: ModelSlot; readonly promotion: PromotionRecord }> {
    const { modelName, versionId, expectedChampionVersionId: expected } = request;
    await this.#requireVersion(modelName, versionId);
    const slot = await this.get(modelName);
    const champion = slot?.championVersionId;
    if (champion !== expected) {
      throw new ConflictError(
        `the champion of '${modelName}' must be ${quoted(expected)} for this promotion; it is ${quoted(champion)}`,
      );
    }
    if (champion === versionId) throw new ConflictError(`'${versionId}' is already the champion of '${modelName}'`);
    await this.#requireNotBarred(versionId);

    const { db } = this.#session;
    await db
      .updateTable('model_slots')
      .set({ champion_version_id: versionId, previous_version_id: champion ?? null })
      .where('model_name', '=', modelName)
      .execute();
    const promotion: Writable<PromotionRecord> = {
      sequence: await takeSequence(this.#session, `promotions of ${modelName}`),
      modelName,
      kind: request.kind,
      versionId,
      at: request.at,
      actor: request.actor,
      reason: request.reason,
    };
    if (champion !== undefined) promotion.previousVersionId = champion;
    if (request.evidence !== undefined) promotion.evidence = request.evidence;
    await db
      .insertInto('promotions')
      .values({
        model_name: modelName,
        sequence: promotion.sequence,
        kind: promotion.kind,
        version_id: versionId,
        previous_version_id: champion ?? null,
        at: promotion.at,
        actor: promotion.actor,
        reason: promotion.reason,
        evidence: request.evidence === undefined ? null : JSON.stringify(request.evidence),
      })
      .execute();
    return { slot: toSlot((await this.#row(modelName))!), promotion };
  }

  async update(modelName: string, patch: SlotPatch): Promise<ModelSlot> {
    const stored = await this.#row(modelName);
    if (stored === undefined) throw new NotFoundError(`slot '${modelName}' must exist; it does not`);
    if (typeof patch.shadowVersionId === 'string') await this.#requireVersion(modelName, patch.shadowVersionId);
    if (patch.probation) await this.#requireVersion(modelName, patch.probation.versionId);
    const changes: Writable<Partial<ModelSlotTable>> = {};
    if (patch.shadowVersionId !== undefined) changes.shadow_version_id = patch.shadowVersionId;
    if (patch.pinned !== undefined) changes.pinned = patch.pinned ? 1 : 0;
    if (patch.frozenUntil !== undefined) changes.frozen_until = patch.frozenUntil;
    if (patch.freezeWindows !== undefined) {
      changes.freeze_windows = patch.freezeWindows?.length ? JSON.stringify(patch.freezeWindows) : null;
    }
    if (patch.suspended !== undefined) changes.suspended = patch.suspended ? 1 : 0;
    if (patch.probation !== undefined) {
      changes.probation_version_id = patch.probation?.versionId ?? null;
      changes.probation_started_at = patch.probation?.startedAt ?? null;
      changes.probation_ends_at = patch.probation?.endsAt ?? null;
    }
    if (Object.keys(changes).length > 0) {
      await this.#session.db.updateTable('model_slots').set(changes).where('model_name', '=', modelName).execute();
    }
    return toSlot({ ...stored, ...changes });
  }

  #row(modelName: string): Promise<ModelSlotTable | undefined> {
    return this.#session.db
      .selectFrom('model_slots')
      .selectAll()
      .where('model_name', '=', modelName)
      .executeTakeFirst();
  }

  async #requireVersion(modelName: string, versionId: string): Promise<void> {
    const version = await this.#session.db
      .selectFrom('model_versions')
      .select('model_name')
      .where('version_id', '=', versionId)
      .executeTakeFirst();
    if (version?.model_name !== modelName) {
      throw new NotFoundError(`model version '${versionId}' must be registered under '${modelName}'; it is not`);
    }
  }

  async #requireNotBarred(versionId: string): Promise<void> {
    const barred = await this.#session.db
      .selectFrom('barred_versions')
      .select('reason')
      .where('version_id', '=', versionId)
      .executeTakeFirst();
    if (barred !== undefined) {
      throw new ConflictError(`model version '${versionId}' is barred from promotion: ${barred.reason}`);
    }
  }
}

function quoted(versionId: string | undefined): string {
  return versionId === undefined ? 'absent' : `'${versionId}'`;
}
