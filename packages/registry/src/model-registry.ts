import { createHash } from 'node:crypto';
import {
  type Clock,
  ConflictError,
  type EventSource,
  type Listener,
  type ModelFamily,
  type ModelSlot,
  type ModelSource,
  type ModelVersion,
  NotFoundError,
  type Page,
  type PageRequest,
  type PerformanceStorage,
  type PromotionRecord,
  StorageError,
  type StorageStores,
  type StoredModelVersion,
  TypedEmitter,
} from '@mlperf/core';
import { type LoadedVersion, loadVersion } from './serving/load-version.ts';
import { changeChampion } from './versions/change-champion.ts';
import { prepareVersion, type RegisterModelRequest } from './versions/register-request.ts';
import type { ModelPromotedEvent, ModelRolledBackEvent, RegistryEvents } from './versions/registry-events.ts';
import type {
  ModelRegistryOptions,
  PromoteRequest,
  RollbackRequest,
  TransactionExtras,
} from './versions/registry-requests.ts';
import { rollbackTarget } from './versions/rollback-target.ts';
import { VersionCache } from './versions/version-cache.ts';

/** How many windows `ModelVersion.performanceHistory` holds at most. */
const PERFORMANCE_WINDOWS = 100;

/**
 * The versions of every model name, and which of them serves. The storage is the truth: several registries, in several
 * processes, may work on one. One version is one bundle, swapped by one reference; promotions are an append-only log.
 */
export class ModelRegistry implements ModelSource, EventSource<RegistryEvents> {
  readonly #storage: PerformanceStorage;
  readonly #families: readonly ModelFamily[];
  readonly #clock: Clock;
  readonly #emitter: TypedEmitter<RegistryEvents>;
  readonly #cache = new VersionCache();

  private constructor(options: ModelRegistryOptions) {
    this.#storage = options.storage;
    this.#families = options.families ?? [];
    this.#clock = options.clock ?? options.storage.clock;
    this.#emitter = new TypedEmitter(options.onListenerError);
  }

  /** Opens a registry and reads what every model name serves. The storage stays the caller's to close. */
  static async open(options: ModelRegistryOptions): Promise<ModelRegistry> {
    const registry = new ModelRegistry(options);
    await registry.refresh();
    return registry;
  }

  /**
   * Versions by id, as this registry last read or changed them: at most the 1,000 seen last. What another process does
   * shows after the next read of that version, or after {@link refresh}.
   */
  get models(): ReadonlyMap<string, StoredModelVersion> {
    return this.#cache.versions;
  }

  /** The champion's version id by model name, as fresh as {@link models}. */
  get activeVersions(): ReadonlyMap<string, string> {
    return this.#cache.champions;
  }

  on<Name extends keyof RegistryEvents & string>(event: Name, listener: Listener<RegistryEvents[Name]>): () => void {
    return this.#emitter.on(event, listener);
  }

  /** Reads every slot and its champion again. */
  async refresh(): Promise<void> {
    let cursor: string | undefined;
    do {
      const page: Page<ModelSlot> = await this.#storage.slots.list({
        limit: 1_000,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const slot of page.items) {
        this.#cache.putSlot(slot);
        if (slot.championVersionId !== undefined) await this.getVersion(slot.championVersionId);
      }
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  /**
   * Stores a trained model as the next version of its name, in status `candidate`: bundle and row in one transaction.
   * Idempotent by `versionId`, whose default follows from the content.
   *
   * @throws `INVALID_RECORD` | `MODEL_FORMAT` | `TOO_LARGE` before anything is written; `CONFLICT` if the id exists
   * with other content; `FENCED`.
   */
  async registerModel(request: RegisterModelRequest, extras: TransactionExtras = {}): Promise<ModelVersion> {
    const { draft, bundle } = prepareVersion(request, this.#clock.now());
    const version = await this.#transaction(extras, async (tx) => {
      await tx.artifacts.put(bundle);
      return tx.models.register(draft);
    });
    this.#cache.putVersion(version);
    return this.#withPerformance(version);
  }

  /**
   * Makes a version the champion of its name, by compare-and-set: slot, log, statuses and outbox event commit together,
   * then `model-promoted` is emitted. A pin or freeze stops automatic promotions only, not this.
   *
   * @throws `NOT_FOUND`; `CONFLICT` when the champion is not `expectedActive`, or the version is champion already,
   * barred, or not trained; `FENCED`. Then nothing has changed.
   */
  async promoteToProduction(
    versionId: string,
    request: PromoteRequest,
    extras: TransactionExtras = {},
  ): Promise<ModelPromotedEvent> {
    const { modelName } = await this.requireVersion(versionId);
    const change = await this.#transaction(extras, async (tx) => {
      const { version, event } = await changeChampion(tx, {
        modelName,
        kind: 'promotion',
        versionId,
        expectedChampionVersionId: request.expectedActive,
        at: this.#clock.now(),
        actor: request.actor ?? 'host',
        reason: request.reason ?? 'promoted by hand',
        ...(request.evidence === undefined ? {} : { evidence: request.evidence }),
      });
      await tx.outbox.append([{ modelName, type: 'model-promoted', payload: event, at: event.at }]);
      return { version, event };
    });
    this.#noteChange(change.version, change.event);
    this.#emitter.emit('model-promoted', change.event);
    return change.event;
  }

  /**
   * Puts an earlier version back in one transaction and, unless told otherwise, bars the one it replaces. Without
   * `versionId` it goes back to the version the champion was promoted over, or the nearest before it that is neither
   * barred nor removed: never to one that a rollback has left. Emits `model-rolled-back`.
   *
   * @throws `NOT_FOUND` when there is no champion or nothing to go back to; `CONFLICT` as
   * {@link promoteToProduction}. Then nothing has changed.
   */
  async rollback(request: RollbackRequest, extras: TransactionExtras = {}): Promise<ModelRolledBackEvent> {
    const { modelName, reason } = request;
    const barred = request.bar ?? true;
    const change = await this.#transaction(extras, async (tx) => {
      const champion = (await tx.slots.get(modelName))?.championVersionId;
      if (champion === undefined) throw new NotFoundError(`model '${modelName}' has no champion to roll back`);
      const versionId = request.versionId ?? (await rollbackTarget(tx, modelName));
      if (versionId === undefined) throw new NotFoundError(`model '${modelName}' has no earlier version to go back to`);
      const at = this.#clock.now();
      const { version, event } = await changeChampion(tx, {
        modelName,
        kind: 'rollback',
        versionId,
        expectedChampionVersionId: request.expectedActive ?? champion,
        at,
        actor: request.actor ?? 'host',
        reason,
        ...(request.evidence === undefined ? {} : { evidence: request.evidence }),
      });
      if (barred) await tx.models.bar({ versionId: champion, modelName, reason, at });
      const payload = { ...event, barred };
      await tx.outbox.append([{ modelName, type: 'model-rolled-back', payload, at }]);
      return { version, event: payload };
    });
    this.#noteChange(change.version, change.event);
    this.#emitter.emit('model-rolled-back', change.event);
    return change.event;
  }

  /**
   * Takes a version out of the running by status; its row, bundle and history stay.
   * @throws `NOT_FOUND`; `CONFLICT` while its slot serves it, shadows it or watches it.
   */
  async archiveModel(versionId: string): Promise<void> {
    const { modelName } = await this.requireVersion(versionId);
    await this.#storage.transaction(async (tx) => {
      const slot = await tx.slots.get(modelName);
      if ([slot?.championVersionId, slot?.shadowVersionId, slot?.probation?.versionId].includes(versionId)) {
        throw new ConflictError(`version '${versionId}' is in use by '${modelName}'; promote another one first`);
      }
      await tx.models.setStatus(versionId, 'archived');
    });
    this.#cache.setStatus(versionId, 'archived');
  }

  /** The version the name serves, with its performance. */
  async getActiveModel(modelName: string): Promise<ModelVersion | undefined> {
    const versionId = (await this.getSlot(modelName))?.championVersionId;
    return versionId === undefined ? undefined : this.getModel(versionId);
  }

  /** The version the name served at a time, epoch milliseconds; `undefined` before the first promotion. */
  async getActiveModelAt(modelName: string, at: number): Promise<ModelVersion | undefined> {
    const promotion = await this.#storage.promotions.activeAt(modelName, at);
    return promotion === undefined ? undefined : this.getModel(promotion.versionId);
  }

  /** The name's versions, newest trained first. @param limit - 1 to 1,000; default 100. */
  async getModelHistory(modelName: string, limit = 100): Promise<readonly ModelVersion[]> {
    const page = await this.#storage.models.list({ modelName }, { limit });
    for (const version of page.items) this.#cache.putVersion(version);
    return Promise.all(page.items.map((version) => this.#withPerformance(version)));
  }

  /** Every promotion and rollback of the name, newest first. */
  getPromotionHistory(modelName: string, page?: PageRequest): Promise<Page<PromotionRecord>> {
    return this.#storage.promotions.list(modelName, page);
  }

  /** A version with its performance. */
  async getModel(versionId: string): Promise<ModelVersion | undefined> {
    const version = await this.getVersion(versionId);
    return version === undefined ? undefined : this.#withPerformance(version);
  }

  /** A version ready to predict; the caller disposes of its model. @throws as `loadVersion`. */
  async loadModel(versionId: string): Promise<LoadedVersion> {
    return loadVersion(this, await this.requireVersion(versionId), this.#families);
  }

  async getSlot(modelName: string): Promise<ModelSlot | undefined> {
    const slot = await this.#storage.slots.get(modelName);
    if (slot !== undefined) this.#cache.putSlot(slot);
    return slot;
  }

  async getVersion(versionId: string): Promise<StoredModelVersion | undefined> {
    const version = await this.#storage.models.get(versionId);
    if (version !== undefined) this.#cache.putVersion(version);
    return version;
  }

  /** @throws {@link NotFoundError}. */
  async requireVersion(versionId: string): Promise<StoredModelVersion> {
    const version = await this.getVersion(versionId);
    if (version === undefined) throw new NotFoundError(`there is no model version '${versionId}'`);
    return version;
  }

  async loadArtifact(version: StoredModelVersion): Promise<Uint8Array> {
    const { sha256, bytes: size } = version.artifact;
    const bytes = await this.#storage.artifacts.get(sha256);
    if (bytes === undefined) throw new NotFoundError(`the artifact ${sha256} of '${version.versionId}' is not stored`);
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== sha256 || bytes.length !== size) {
      throw new StorageError(
        'ARTIFACT_CORRUPT',
        `the artifact of '${version.versionId}' must be ${size} bytes of ${sha256}; got ${bytes.length} of ${found}`,
      );
    }
    return bytes;
  }

  onPromotion(listener: (change: { readonly modelName: string; readonly versionId: string }) => void): () => void {
    const ends = [this.on('model-promoted', listener), this.on('model-rolled-back', listener)];
    return () => {
      for (const end of ends) end();
    };
  }

  #transaction<T>(extras: TransactionExtras, change: (tx: StorageStores) => Promise<T>): Promise<T> {
    return this.#storage.transaction(
      async (tx) => {
        const result = await change(tx);
        await extras.alongside?.(tx);
        return result;
      },
      extras.fence === undefined ? {} : { fence: extras.fence },
    );
  }

  #noteChange(version: StoredModelVersion, event: ModelPromotedEvent): void {
    this.#cache.putVersion(version);
    this.#cache.putChampion(event.modelName, event.versionId);
    if (event.previousVersionId !== undefined) this.#cache.setStatus(event.previousVersionId, 'archived');
  }

  async #withPerformance(version: StoredModelVersion): Promise<ModelVersion> {
    const performanceHistory = await this.#storage.windows.recent({
      modelVersionId: version.versionId,
      limit: PERFORMANCE_WINDOWS,
    });
    return { ...version, performanceHistory };
  }
}
