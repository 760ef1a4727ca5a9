import {
  type AnnotationPatch,
  type Annotations,
  type BarredVersion,
  ConflictError,
  decodeCursor,
  type ModelFilter,
  type ModelStatus,
  type ModelStore,
  type ModelVersionDraft,
  NotFoundError,
  type Page,
  type PageRequest,
  patchedAnnotations,
  requirePage,
  type StoredModelVersion,
  sameContent,
} from '@mlperf/core';
import type { ModelVersionTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import { pageOf } from './page-of.ts';

const COLUMNS = ['record', 'version', 'status', 'trained_at', 'model_name', 'annotations'] as const;
type ModelRow = Pick<ModelVersionTable, (typeof COLUMNS)[number]>;

export class SqlModelStore implements ModelStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async register(draft: ModelVersionDraft): Promise<StoredModelVersion> {
    const stored = await this.#row(draft.versionId);
    if (stored !== undefined) {
      if (sameContent(JSON.parse(stored.record), draft)) return toModelVersion(stored);
      throw new ConflictError(`model version '${draft.versionId}' is stored with other content`);
    }
    await this.#requireArtifact(draft);
    const version = await this.#takeVersion(draft.modelName);
    await this.#session.db
      .insertInto('model_versions')
      .values({
        version_id: draft.versionId,
        model_name: draft.modelName,
        version,
        model_type: draft.modelType,
        status: draft.status,
        trained_at: draft.trainedAt,
        artifact_sha256: draft.artifact.sha256,
        record: JSON.stringify(draft),
        annotations: null,
      })
      .execute();
    return { ...draft, version };
  }

  async get(versionId: string): Promise<StoredModelVersion | undefined> {
    const row = await this.#row(versionId);
    return row === undefined ? undefined : toModelVersion(row);
  }

  async find(modelName: string, version: number): Promise<StoredModelVersion | undefined> {
    const row = await this.#session.db
      .selectFrom('model_versions')
      .select(COLUMNS)
      .where('model_name', '=', modelName)
      .where('version', '=', version)
      .executeTakeFirst();
    return row === undefined ? undefined : toModelVersion(row);
  }

  async list(filter: ModelFilter, page?: PageRequest): Promise<Page<StoredModelVersion>> {
    const listing = { list: 'models', ...filter };
    const { limit, cursor } = requirePage(page);
    const after = decodeCursor(listing, cursor, ['number', 'string', 'number']);
    let select = this.#session.db.selectFrom('model_versions').select(COLUMNS);
    if (filter.modelName !== undefined) select = select.where('model_name', '=', filter.modelName);
    if (filter.modelType !== undefined) select = select.where('model_type', '=', filter.modelType);
    if (filter.status !== undefined) select = select.where('status', '=', filter.status);
    if (filter.trainedFrom !== undefined) select = select.where('trained_at', '>=', filter.trainedFrom);
    if (filter.trainedTo !== undefined) select = select.where('trained_at', '<', filter.trainedTo);
    if (after !== undefined) {
      const [trainedAt, modelName, version] = after as readonly [number, string, number];
      select = select.where((eb) =>
        eb.and([
          eb('trained_at', '<=', trainedAt),
          eb.or([
            eb('trained_at', '<', trainedAt),
            eb('model_name', '>', modelName),
            eb.and([eb('model_name', '=', modelName), eb('version', '<', version)]),
          ]),
        ]),
      );
    }
    const rows = await select
      .orderBy('trained_at', 'desc')
      .orderBy('model_name')
      .orderBy('version', 'desc')
      .limit(limit + 1)
      .execute();
    return pageOf(rows, limit, listing, toModelVersion, (row) => [row.trained_at, row.model_name, row.version]);
  }

  async setStatus(versionId: string, status: ModelStatus): Promise<void> {
    const updated = await this.#session.db
      .updateTable('model_versions')
      .set({ status })
      .where('version_id', '=', versionId)
      .returning('version_id')
      .execute();
    if (updated.length === 0) throw unknownVersion(versionId);
  }

  async annotate(versionId: string, patch: AnnotationPatch): Promise<StoredModelVersion> {
    const row = await this.#row(versionId);
    if (row === undefined) throw unknownVersion(versionId);
    const after = patchedAnnotations(annotationsOf(row), patch);
    const annotations = Object.keys(after).length === 0 ? null : JSON.stringify(after);
    await this.#session.db
      .updateTable('model_versions')
      .set({ annotations })
      .where('version_id', '=', versionId)
      .execute();
    return toModelVersion({ ...row, annotations });
  }

  async remove(versionId: string): Promise<void> {
    const { db } = this.#session;
    const version = await this.get(versionId);
    if (version === undefined) return;
    const slot = await db
      .selectFrom('model_slots')
      .selectAll()
      .where('model_name', '=', version.modelName)
      .executeTakeFirst();
    const uses = [
      ['champion', slot?.champion_version_id],
      ['previous', slot?.previous_version_id],
      ['shadow', slot?.shadow_version_id],
      ['on probation', slot?.probation_version_id],
    ].filter(([, used]) => used === versionId);
    if (uses.length > 0) {
      throw new ConflictError(
        `model version '${versionId}' must not be in use to be removed; it is ${uses.map(([use]) => use).join(', ')} of '${version.modelName}'`,
      );
    }
    await db.deleteFrom('model_versions').where('version_id', '=', versionId).execute();
  }

  async bar(barred: BarredVersion): Promise<void> {
    const { db } = this.#session;
    const version = await this.get(barred.versionId);
    if (version === undefined || version.modelName !== barred.modelName) throw unknownVersion(barred.versionId);
    await db
      .insertInto('barred_versions')
      .values({
        version_id: barred.versionId,
        model_name: barred.modelName,
        reason: barred.reason,
        at: barred.at,
      })
      .onConflict((conflict) => conflict.column('version_id').doNothing())
      .execute();
  }

  async barred(modelName: string): Promise<readonly BarredVersion[]> {
    const rows = await this.#session.db
      .selectFrom('barred_versions')
      .selectAll()
      .where('model_name', '=', modelName)
      .orderBy('at')
      .orderBy('version_id')
      .execute();
    return rows.map((row) => ({
      versionId: row.version_id,
      modelName: row.model_name,
      reason: row.reason,
      at: row.at,
    }));
  }

  #row(versionId: string): Promise<ModelRow | undefined> {
    return this.#session.db
      .selectFrom('model_versions')
      .select(COLUMNS)
      .where('version_id', '=', versionId)
      .executeTakeFirst();
  }

  async #requireArtifact({ versionId, artifact }: ModelVersionDraft): Promise<void> {
    const stored = await this.#session.db
      .selectFrom('artifacts')
      .select('bytes')
      .where('sha256', '=', artifact.sha256)
      .executeTakeFirst();
    if (stored === undefined) {
      throw new NotFoundError(`artifact ${artifact.sha256} of version '${versionId}' must be stored first; it is not`);
    }
  }

  /** The slot comes into being with the first version of its name, and counts the versions from then on. */
  async #takeVersion(modelName: string): Promise<number> {
    const slot = await this.#session.db
      .insertInto('model_slots')
      .values({ model_name: modelName, pinned: 0, suspended: 0, next_version: 2 })
      .onConflict((conflict) =>
        conflict.column('model_name').doUpdateSet((eb) => ({ next_version: eb('model_slots.next_version', '+', 1) })),
      )
      .returning('next_version')
      .executeTakeFirstOrThrow();
    return slot.next_version - 1;
  }
}

function toModelVersion(row: ModelRow): StoredModelVersion {
  const draft = JSON.parse(row.record) as ModelVersionDraft;
  return { ...draft, status: row.status as ModelStatus, version: row.version, ...annotationsOf(row) };
}

function annotationsOf(row: Pick<ModelRow, 'annotations'>): Annotations {
  return row.annotations === null ? {} : (JSON.parse(row.annotations) as Annotations);
}

function unknownVersion(versionId: string): NotFoundError {
  return new NotFoundError(`model version '${versionId}' must be registered first; it is not`);
}
