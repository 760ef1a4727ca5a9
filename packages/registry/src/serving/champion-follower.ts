import {
  type Clock,
  type ModelFamily,
  type ModelSlot,
  type ModelSource,
  NotFoundError,
  type TypedEmitter,
} from '@mlperf/core';
import type { PredictorEvents } from './predictor-events.ts';
import { ServedVersion } from './served-version.ts';

export interface ChampionFollowerOptions {
  readonly source: ModelSource;
  readonly modelName: string;
  readonly families: readonly ModelFamily[];
  readonly featureNames: readonly string[] | undefined;
  readonly clock: Clock;
  readonly refreshIntervalMs: number;
  readonly emitter: TypedEmitter<PredictorEvents>;
  /** Whether a promoted version may take over now; absent: always. */
  readonly swapWhen?: (() => boolean) | undefined;
  /** How long `swapWhen` may hold a promoted version back, milliseconds; absent: for ever. */
  readonly maxHoldMs?: number | undefined;
  /** Whether a version may not predict any more: nothing is held back for it. */
  readonly isExpired?: (version: ServedVersion) => boolean;
  /** Told of every reading of the slot. */
  readonly onSlot?: (slot: ModelSlot | undefined) => void;
}

/** The champion that would not load, and when it is tried again. */
export interface LoadFailure {
  readonly versionId: string;
  readonly error: unknown;
  readonly retryAt: number;
  readonly waitMs: number;
}

/** A version that would not load is tried again after the refresh interval, then twice as long, up to this. */
const LONGEST_RELOAD_MS = 300_000;
/** More changes of champion than this between two readings of the slot are not looked through for a rollback. */
const PROMOTIONS_LOOKED_AT = 50;

/** Keeps the champion of one model name loaded: one reference, swapped when the slot names another version. */
export class ChampionFollower {
  readonly #options: ChampionFollowerOptions;
  readonly #emitter: TypedEmitter<PredictorEvents>;
  readonly #stopListening: readonly (() => void)[];
  #served: ServedVersion | undefined;
  #suspended = false;
  #closed = false;
  #lastReadAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  /** The refresh that begins after the running one. */
  #queued: Promise<void> | undefined;
  #failure: LoadFailure | undefined;
  /** A promoted version that waits for `swapWhen`. */
  #held: { readonly version: ServedVersion; readonly since: number } | undefined;

  constructor(options: ChampionFollowerOptions) {
    this.#options = options;
    this.#emitter = options.emitter;
    const { source } = options;
    const ends = [
      source.onPromotion(({ modelName }) => {
        if (modelName === options.modelName) this.#refreshInBackground();
      }),
      source.onChangeHint?.(() => this.#refreshInBackground()),
    ];
    this.#stopListening = ends.filter((end) => end !== undefined);
  }

  /** The version that answers; one held back takes over here as soon as it may. */
  get served(): ServedVersion | undefined {
    if (this.#held !== undefined && this.#maySwap(this.#held.since)) this.#swapTo(this.#held.version);
    return this.#served;
  }

  /** The promoted version that waits for `swapWhen`. */
  get heldVersionId(): string | undefined {
    return this.#held?.version.versionId;
  }

  get suspended(): boolean {
    return this.#suspended;
  }

  get failure(): LoadFailure | undefined {
    return this.#failure;
  }

  /** Starts a refresh when the last reading of the slot is older than the interval. */
  refreshIfDue(): void {
    const { clock, refreshIntervalMs } = this.#options;
    if (clock.now() - this.#lastReadAt >= refreshIntervalMs) this.#refreshInBackground();
  }

  /** Resolves once no refresh is under way or waiting; never rejects. */
  async settled(): Promise<void> {
    await (this.#queued ?? this.#running)?.catch(() => undefined);
  }

  /** Reads the slot and swaps if need be; a version that failed to load is tried again now. */
  refresh(): Promise<void> {
    if (this.#failure !== undefined) this.#failure = { ...this.#failure, retryAt: Number.NEGATIVE_INFINITY };
    return this.#enqueue();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stopListening) stop();
    await this.settled();
    this.#dropHeld();
    this.#served?.retire();
    this.#served = undefined;
  }

  #refreshInBackground(): void {
    if (this.#closed) return;
    const { clock, modelName } = this.#options;
    this.#lastReadAt = clock.now();
    this.#enqueue().catch((error: unknown) => {
      this.#emitter.emit('refresh-failed', { modelName, at: clock.now(), error });
    });
  }

  /** One refresh at a time; whoever asks during one shares the next, which reads the slot after they asked. */
  #enqueue(): Promise<void> {
    if (this.#running === undefined) return this.#run();
    this.#queued ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        return this.#run();
      });
    return this.#queued;
  }

  #run(): Promise<void> {
    const running = this.#read().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #read(): Promise<void> {
    const { source, modelName, families, featureNames, clock } = this.#options;
    const slot = await source.getSlot(modelName);
    this.#lastReadAt = clock.now();
    this.#suspended = slot?.suspended ?? false;
    if (!this.#closed) this.#options.onSlot?.(slot);
    const versionId = slot?.championVersionId;
    if (this.#closed || versionId === undefined) return;
    if (versionId === this.#served?.versionId) {
      this.#failure = undefined;
      this.#dropHeld();
      return;
    }
    if (versionId === this.#held?.version.versionId) return;
    if (this.#failure?.versionId === versionId && clock.now() < this.#failure.retryAt) return;
    try {
      const version = await source.getVersion(versionId);
      if (version === undefined) throw new NotFoundError(`there is no model version '${versionId}'`);
      await this.#offer(await ServedVersion.load(source, version, families, featureNames));
    } catch (error) {
      this.#noteFailure(versionId, error);
    }
  }

  /** Serves a loaded champion, or holds it back. A rollback waits for nobody: the version it leaves is judged worse. */
  async #offer(next: ServedVersion): Promise<void> {
    const { modelName, maxHoldMs, clock } = this.#options;
    // Versions promoted one after the other while the host holds do not start the wait again.
    const since = this.#held?.since ?? clock.now();
    let error: unknown;
    const thrown = (cause: unknown) => {
      error = cause;
    };
    const served = this.#served;
    if (served === undefined || this.#maySwap(since, thrown) || (await this.#isRollback(served, next))) {
      this.#swapTo(next);
      return;
    }
    this.#dropHeld();
    this.#held = { version: next, since };
    this.#emitter.emit('swap-held', {
      modelName,
      versionId: next.versionId,
      servedVersionId: served.versionId,
      at: clock.now(),
      ...(maxHoldMs === undefined ? {} : { heldUntil: since + maxHoldMs }),
      ...(error === undefined ? {} : { error }),
    });
  }

  #maySwap(since: number, onThrow: (error: unknown) => void = () => undefined): boolean {
    const { swapWhen, maxHoldMs = Number.POSITIVE_INFINITY, isExpired, clock } = this.#options;
    if (swapWhen === undefined || clock.now() - since >= maxHoldMs) return true;
    if (this.#served === undefined || isExpired?.(this.#served)) return true;
    try {
      return swapWhen() === true;
    } catch (error) {
      onThrow(error);
      return false;
    }
  }

  /** Whether `next` came by a rollback, or one has left `served` since it was champion. */
  async #isRollback(served: ServedVersion, next: ServedVersion): Promise<boolean> {
    const { source, modelName } = this.#options;
    try {
      const history = (await source.getPromotionHistory?.(modelName, { limit: PROMOTIONS_LOOKED_AT }))?.items ?? [];
      const [newest] = history;
      if (newest?.kind === 'rollback' && newest.versionId === next.versionId) return true;
      const since = history.findIndex(({ versionId }) => versionId === served.versionId);
      return history
        .slice(0, since < 0 ? history.length : since)
        .some(({ kind, previousVersionId }) => kind === 'rollback' && previousVersionId === served.versionId);
    } catch (error) {
      next.retire();
      throw error;
    }
  }

  #dropHeld(): void {
    this.#held?.version.retire();
    this.#held = undefined;
  }

  #swapTo(next: ServedVersion): void {
    if (this.#held?.version !== next) this.#dropHeld();
    this.#held = undefined;
    const previous = this.#served;
    this.#served = next;
    this.#failure = undefined;
    previous?.retire();
    this.#emitter.emit('model-swapped', {
      modelName: this.#options.modelName,
      versionId: next.versionId,
      ...(previous === undefined ? {} : { previousVersionId: previous.versionId }),
      lookBack: next.lookBack,
      at: this.#options.clock.now(),
    });
  }

  #noteFailure(versionId: string, error: unknown): void {
    const { clock, modelName, refreshIntervalMs } = this.#options;
    // What waits is no champion any more, and may have been rolled back.
    this.#dropHeld();
    const at = clock.now();
    const repeated = this.#failure?.versionId === versionId ? this.#failure : undefined;
    const waitMs = Math.min(LONGEST_RELOAD_MS, repeated === undefined ? refreshIntervalMs : repeated.waitMs * 2);
    this.#failure = { versionId, error, retryAt: at + waitMs, waitMs };
    this.#emitter.emit('model-load-failed', {
      modelName,
      versionId,
      ...(this.#served === undefined ? {} : { servedVersionId: this.#served.versionId }),
      at,
      error,
    });
  }
}
