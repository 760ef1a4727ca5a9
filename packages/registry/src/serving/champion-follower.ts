import {
  type Clock,
  type ModelFamily,
  type ModelSlot,
  type ModelSource,
  NotFoundError,
  type TypedEmitter,
} from '@mlperf/core';
import { CLOCK_TOLERANCE_MS } from '../versions/training-time.ts';
import { leftByRollback } from './left-by-rollback.ts';
import type { UnavailablePrediction } from './prediction-request.ts';
import type { PredictorEvents } from './predictor-events.ts';
import { ServedVersion } from './served-version.ts';
import { SlotReading } from './slot-reading.ts';
import { expired, nothingServed, suspended, takenBack } from './unavailable.ts';

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
  /** How long after its training a version may predict, milliseconds; absent: what its bundle says. */
  readonly maxAgeMs?: number | undefined;
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

/** Keeps the champion of one model name loaded: one reference, swapped when the slot names another version. */
export class ChampionFollower {
  readonly #options: ChampionFollowerOptions;
  readonly #emitter: TypedEmitter<PredictorEvents>;
  readonly #slot: SlotReading;
  #served: ServedVersion | undefined;
  #closed = false;
  #failure: LoadFailure | undefined;
  /** A promoted version that waits for `swapWhen`. */
  #held: { readonly version: ServedVersion; readonly since: number } | undefined;
  /** The version that a rollback has left: it answers no more, whether or not the champion loads, until it is champion. */
  #takenBack: string | undefined;

  constructor(options: ChampionFollowerOptions) {
    this.#options = options;
    this.#emitter = options.emitter;
    this.#slot = new SlotReading({
      ...options,
      onSlot: (slot, isNewest) => this.#follow(slot, isNewest),
      onRollback: (left) => {
        this.#takenBack = left;
      },
    });
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

  /**
   * The version to answer with, or why there is none. Fresh in memory, unless the slot has to be read: see
   * `SlotReading.upToDate`; nothing is refused for its age, or for want of a champion, without reading it.
   */
  async ready(): Promise<ServedVersion | UnavailablePrediction> {
    const before = this.served;
    await this.#slot.upToDate(before === undefined || this.#isExpired(before));
    const { modelName, clock } = this.#options;
    if (this.#slot.suspended) return suspended(modelName);
    const { served } = this;
    if (served === undefined) return nothingServed(modelName, this.#failure);
    if (served.versionId === this.#takenBack) return takenBack(served, this.#failure);
    if (this.#isExpired(served)) return expired(served, this.#ageLimit(served), clock.now());
    return served;
  }

  /** Reads the slot and swaps if need be; a version that failed to load is tried again now. */
  refresh(): Promise<void> {
    if (this.#failure !== undefined) this.#failure = { ...this.#failure, retryAt: Number.NEGATIVE_INFINITY };
    return this.#slot.refresh();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#slot.close();
    this.#dropHeld();
    this.#served?.retire();
    this.#served = undefined;
  }

  async #follow(slot: ModelSlot | undefined, isNewest: boolean): Promise<void> {
    const { source, modelName, families, featureNames, clock } = this.#options;
    this.#options.onSlot?.(slot);
    const versionId = slot?.championVersionId;
    if (isNewest && versionId === this.#takenBack) this.#takenBack = undefined;
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
      const { served } = this;
      const left = served && leftByRollback(source, modelName, served.versionId, versionId).catch(() => false);
      if (await left) this.#takenBack = served?.versionId;
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
    const { swapWhen, maxHoldMs = Number.POSITIVE_INFINITY, clock } = this.#options;
    if (swapWhen === undefined || clock.now() - since >= maxHoldMs) return true;
    if (this.#served === undefined || this.#isExpired(this.#served)) return true;
    try {
      return swapWhen() === true;
    } catch (error) {
      onThrow(error);
      return false;
    }
  }

  async #isRollback(served: ServedVersion, next: ServedVersion): Promise<boolean> {
    const { source, modelName } = this.#options;
    try {
      return await leftByRollback(source, modelName, served.versionId, next.versionId);
    } catch (error) {
      next.retire();
      throw error;
    }
  }

  #isExpired(version: ServedVersion): boolean {
    const age = this.#options.clock.now() - version.trainedAt;
    const limit = this.#ageLimit(version);
    // Training in the future tells no age: with a limit such a version is none to trust.
    return age > limit || (Number.isFinite(limit) && age < -CLOCK_TOLERANCE_MS);
  }

  #ageLimit({ maxAgeMs }: ServedVersion): number {
    return Math.min(maxAgeMs, this.#options.maxAgeMs ?? Number.POSITIVE_INFINITY);
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
