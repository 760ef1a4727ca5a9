import {
  type AnnotationPatch,
  type Clock,
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
  type StorageStores,
  type StoredModelVersion,
  TypedEmitter,
} from '@mlperf/core';
import {
  type ExportOptions,
  type ImportOptions,
  readModelArchive,
  writeModelArchive,
} from './archive/model-archive.ts';
import { registerImported } from './archive/register-imported.ts';
import { type CompareOptions, compareModels, type ModelComparison } from './comparison/compare-models.ts';
import { type LoadedVersion, loadVersion } from './serving/load-version.ts';
import { archiveVersion } from './versions/archive-version.ts';
import { loadArtifact } from './versions/load-artifact.ts';
import { ancestorsOf } from './versions/model-lineage.ts';
import { promoteVersion, rollBackVersion } from './versions/promote-version.ts';
import { readSlots } from './versions/read-slots.ts';
import { prepareVersion, type RegisterModelRequest } from './versions/register-request.ts';
import type {
  ModelPromotedEvent,
  ModelRolledBackEvent,
  RegistryEvents,
  SlotChangedEvent,
} from './versions/registry-events.ts';
import type {
  ModelRegistryOptions,
  PromoteRequest,
  RollbackRequest,
  TransactionExtras,
} from './versions/registry-requests.ts';
import { type ModelSearch, searchModels } from './versions/search-models.ts';
import { type ControlReason, controlSlot, type SlotControls } from './versions/slot-controls.ts';
import { VersionCache } from './versions/version-cache.ts';
import { withPerformance } from './versions/with-performance.ts';

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
    for await (const slot of readSlots(this.#storage)) {
      this.#cache.putSlot(slot);
      if (slot.championVersionId !== undefined) await this.getVersion(slot.championVersionId);
    }
  }

  /**
   * Stores a trained model as the next version of its name, in status `candidate`: bundle and row in one transaction.
   * Idempotent by `versionId`, whose default follows from content and `trainedAt`.
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
    return withPerformance(this.#storage, version);
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
    const change = await this.#transaction(extras, (tx) =>
      promoteVersion(tx, modelName, versionId, request, this.#clock.now()),
    );
    this.#cache.noteChange(change.version, change.event);
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
    const change = await this.#transaction(extras, (tx) => rollBackVersion(tx, request, this.#clock.now()));
    this.#cache.noteChange(change.version, change.event);
    this.#emitter.emit('model-rolled-back', change.event);
    return change.event;
  }

  /**
   * Takes a version out of the running by status; its row, bundle and history stay.
   * @throws `NOT_FOUND`; `CONFLICT` while its slot serves it, shadows it or watches it.
   */
  async archiveModel(versionId: string): Promise<void> {
    const { modelName } = await this.requireVersion(versionId);
    await archiveVersion(this.#storage, modelName, versionId);
    this.#cache.setStatus(versionId, 'archived');
  }

  /**
   * Changes what people decide about a slot: pin and freeze keep automatic promotions away, suspend ends predictions, a
   * shadow predicts beside the champion. Tells it by `slot-changed`, here and in the outbox.
   *
   * @throws `NOT_FOUND` for a name without versions or a shadow that is none of them; `INVALID_RECORD`.
   * @example await registry.controlSlot('EUR/USD', { suspended: true }, { actor: 'ops', reason: 'feed is down' });
   */
  async controlSlot(modelName: string, controls: SlotControls, about: ControlReason = {}): Promise<SlotChangedEvent> {
    const { slot, event } = await controlSlot(this.#storage, modelName, controls, about, this.#clock.now());
    this.#cache.putSlot(slot);
    this.#emitter.emit('slot-changed', event);
    return event;
  }

  /** Changes the tags and notes of a version. @throws `NOT_FOUND`; `INVALID_RECORD`. */
  async annotate(versionId: string, patch: AnnotationPatch): Promise<ModelVersion> {
    const version = await this.#storage.models.annotate(versionId, patch);
    this.#cache.putVersion(version);
    return withPerformance(this.#storage, version);
  }

  /** Writes a version as one archive, whole or not at all. @throws `NOT_FOUND`; `ARTIFACT_CORRUPT`; `IO_FAILURE`. */
  async exportModel(versionId: string, path: string, options: ExportOptions = {}): Promise<void> {
    const version = await this.requireVersion(versionId);
    await writeModelArchive(path, version, await this.loadArtifact(version), options);
  }

  /**
   * Registers the version of an archive as a candidate, whatever it was where it comes from. The same archive again is
   * the same version. An archive is data: sizes, manifest, seal and bundle are checked before anything is written.
   *
   * @throws `IO_FAILURE`; `MODEL_FORMAT` | `TOO_LARGE` | `ARTIFACT_CORRUPT` | `INVALID_RECORD` with the reason;
   * `CONFLICT` when the id belongs to another version here.
   */
  async importModel(path: string, options: ImportOptions = {}): Promise<ModelVersion> {
    const version = await registerImported(this.#storage, await readModelArchive(path, options), this.#clock.now());
    this.#cache.putVersion(version);
    return withPerformance(this.#storage, version);
  }

  /** Two versions side by side, and on the decisions that both predicted. @throws `NOT_FOUND`; `OUT_OF_RANGE`. */
  async compareModels(a: string, b: string, options: CompareOptions = {}): Promise<ModelComparison> {
    return compareModels(this.#storage, await this.requireVersion(a), await this.requireVersion(b), options);
  }

  /** Versions that match, newest trained first. @param limit - 1 to 1,000; default 100. @throws `INVALID_QUERY`. */
  searchModels(search: ModelSearch, limit = 100): Promise<readonly StoredModelVersion[]> {
    return searchModels(this.#storage, search, limit);
  }

  /** A version and those it was trained to replace, itself first, as far as they are stored. @throws `NOT_FOUND`. */
  async getLineage(versionId: string): Promise<readonly StoredModelVersion[]> {
    return ancestorsOf(this.#storage, await this.requireVersion(versionId));
  }

  /** The version the name serves, with its performance. */
  async getActiveModel(modelName: string): Promise<ModelVersion | undefined> {
    const versionId = (await this.getSlot(modelName))?.championVersionId;
    return versionId === undefined ? undefined : this.getModel(versionId);
  }

  /** What the name served at a time, epoch ms; `undefined` before the first promotion, or once removed: see {@link getPromotionHistory}. */
  async getActiveModelAt(modelName: string, at: number): Promise<ModelVersion | undefined> {
    const promotion = await this.#storage.promotions.activeAt(modelName, at);
    return promotion === undefined ? undefined : this.getModel(promotion.versionId);
  }

  /** The name's versions, newest trained first. @param limit - 1 to 1,000; default 100. */
  async getModelHistory(modelName: string, limit = 100): Promise<readonly ModelVersion[]> {
    const page = await this.#storage.models.list({ modelName }, { limit });
    for (const version of page.items) this.#cache.putVersion(version);
    return Promise.all(page.items.map((version) => withPerformance(this.#storage, version)));
  }

  /** Every promotion and rollback of the name, newest first. */
  getPromotionHistory(modelName: string, page?: PageRequest): Promise<Page<PromotionRecord>> {
    return this.#storage.promotions.list(modelName, page);
  }

  /** A version with its performance. */
  async getModel(versionId: string): Promise<ModelVersion | undefined> {
    const version = await this.getVersion(versionId);
    return version === undefined ? undefined : withPerformance(this.#storage, version);
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

  loadArtifact(version: StoredModelVersion): Promise<Uint8Array> {
    return loadArtifact(this.#storage, version);
  }

  onPromotion(listener: Parameters<ModelSource['onPromotion']>[0]): () => void {
    const ends = [this.on('model-promoted', listener), this.on('model-rolled-back', listener)];
    return () => void ends.map((end) => end());
  }

  onSlotChange(listener: (slot: SlotChangedEvent) => void): () => void {
    return this.on('slot-changed', listener);
  }

  onChangeHint(listener: () => void): () => void {
    return this.#storage.onOutboxAppended(listener);
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
}
