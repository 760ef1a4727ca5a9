import {
  type Clock,
  type Listener,
  type ListenerErrorHandler,
  type ModelFamily,
  type ModelSource,
  NotFoundError,
  TypedEmitter,
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
  readonly onListenerError: ListenerErrorHandler | undefined;
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
  readonly #stopListening: () => void;
  #served: ServedVersion | undefined;
  #suspended = false;
  #closed = false;
  #lastReadAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  /** The refresh that begins after the running one. */
  #queued: Promise<void> | undefined;
  #failure: LoadFailure | undefined;

  constructor(options: ChampionFollowerOptions) {
    this.#options = options;
    this.#emitter = new TypedEmitter(options.onListenerError);
    this.#stopListening = options.source.onPromotion(({ modelName }) => {
      if (modelName === options.modelName) this.#refreshInBackground();
    });
  }

  get served(): ServedVersion | undefined {
    return this.#served;
  }

  get suspended(): boolean {
    return this.#suspended;
  }

  get failure(): LoadFailure | undefined {
    return this.#failure;
  }

  on<Name extends keyof PredictorEvents & string>(event: Name, listener: Listener<PredictorEvents[Name]>): () => void {
    return this.#emitter.on(event, listener);
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
    this.#stopListening();
    await this.settled();
    this.#served?.retire();
    this.#served = undefined;
    this.#emitter.removeAllListeners();
  }

  #refreshInBackground(): void {
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
    const versionId = slot?.championVersionId;
    if (this.#closed || versionId === undefined) return;
    if (versionId === this.#served?.versionId) {
      this.#failure = undefined;
      return;
    }
    if (this.#failure?.versionId === versionId && clock.now() < this.#failure.retryAt) return;
    try {
      const version = await source.getVersion(versionId);
      if (version === undefined) throw new NotFoundError(`there is no model version '${versionId}'`);
      this.#swapTo(await ServedVersion.load(source, version, families, featureNames));
    } catch (error) {
      this.#noteFailure(versionId, error);
    }
  }

  #swapTo(next: ServedVersion): void {
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
