import type { Clock, ModelSlot, ModelSource, TypedEmitter } from '@mlperf/core';
import type { PredictorEvents } from './predictor-events.ts';
import { withinTime } from './within-time.ts';

export interface SlotReadingOptions {
  readonly source: ModelSource;
  readonly modelName: string;
  readonly clock: Clock;
  /** How old a reading may be when it is asked for, milliseconds. */
  readonly refreshIntervalMs: number;
  readonly emitter: TypedEmitter<PredictorEvents>;
  /** Told of every reading, as a part of it, and whether no change was told of since that began. */
  readonly onSlot?: (slot: ModelSlot | undefined, isNewest: boolean) => void | Promise<void>;
  /** Told at once of a version that a rollback made through `source` has left. */
  readonly onRollback?: (leftVersionId: string | undefined) => void;
}

/** How long a prediction waits for a reading of its slot, milliseconds. */
const LONGEST_WAIT_MS = 1_000;

/**
 * What the slot of one model name says, read again when a change is told of or the last reading has grown old. What a
 * change made through the source says of itself counts before it is read.
 */
export class SlotReading {
  readonly #options: SlotReadingOptions;
  readonly #stopListening: readonly (() => void)[];
  #suspended = false;
  #closed = false;
  #lastReadAt = Number.NEGATIVE_INFINITY;
  /** Changes told of: a reading that began before one knows less. */
  #told = 0;
  /** A reading took longer than is waited for and has not ended: nobody waits for the next. */
  #slow = false;
  #running: Promise<void> | undefined;
  /** The reading that begins after the running one. */
  #queued: Promise<void> | undefined;
  /** Of the newest reading that predictions wait for; never rejects. */
  #awaited: Promise<void> | undefined;

  constructor(options: SlotReadingOptions) {
    this.#options = options;
    const { source, modelName } = options;
    const ends = [
      source.onPromotion((change) => {
        if (change.modelName !== modelName) return;
        this.#told++;
        if (change.barred !== undefined) options.onRollback?.(change.previousVersionId);
        this.#begin();
      }),
      source.onSlotChange?.((change) => {
        if (change.modelName !== modelName) return;
        this.#told++;
        this.#suspended = change.suspended;
        this.#begin();
      }),
      source.onChangeHint?.(() => this.#begin()),
    ];
    this.#stopListening = ends.filter((end) => end !== undefined);
  }

  get suspended(): boolean {
    return this.#suspended;
  }

  /**
   * Waits for a reading if a change was told of, or the last one is older than the interval: for a second at most, then
   * the last one has to do. Never rejects.
   * @param anew - Whether to read whatever the age of the last one.
   */
  async upToDate(anew: boolean): Promise<void> {
    const { clock, refreshIntervalMs } = this.#options;
    const age = clock.now() - this.#lastReadAt;
    // A clock set back says nothing of the age.
    if (this.#awaited === undefined && (anew || age < 0 || age >= refreshIntervalMs)) this.#begin();
    if (!this.#slow) await this.#awaited;
  }

  /** Reads the slot; a reading asked for while one is under way begins after it. @throws what reading the slot throws. */
  refresh(): Promise<void> {
    if (this.#running === undefined) return this.#run();
    this.#queued ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        return this.#run();
      });
    return this.#queued;
  }

  /** Ends the listening, and waits for readings under way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stopListening) stop();
    await (this.#queued ?? this.#running)?.catch(() => undefined);
  }

  #begin(): void {
    if (this.#closed) return;
    const awaited = this.#inTime().finally(() => {
      if (this.#awaited === awaited) this.#awaited = undefined;
    });
    this.#awaited = awaited;
  }

  async #inTime(): Promise<void> {
    const { clock, modelName, emitter } = this.#options;
    this.#lastReadAt = clock.now();
    const reading = this.refresh();
    let ended = false;
    const end = () => {
      ended = true;
    };
    reading.then(end, end);
    try {
      await withinTime(clock, LONGEST_WAIT_MS, `reading the slot of '${modelName}'`, reading);
    } catch (error) {
      this.#slow = !ended;
      emitter.emit('refresh-failed', { modelName, at: clock.now(), error });
    }
  }

  #run(): Promise<void> {
    const running = this.#read().finally(() => {
      this.#slow = false;
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #read(): Promise<void> {
    const { source, modelName, clock } = this.#options;
    const told = this.#told;
    const slot = await source.getSlot(modelName);
    this.#lastReadAt = clock.now();
    const isNewest = told === this.#told;
    if (isNewest) this.#suspended = slot?.suspended ?? false;
    if (!this.#closed) await this.#options.onSlot?.(slot, isNewest);
  }
}
