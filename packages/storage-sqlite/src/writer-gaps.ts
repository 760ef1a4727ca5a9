/** A process that writes without a break leaves others a gap this often while any other writes too. */
const SHORTEST_EVERY_MS = 100;
/** Three times as long as others wait between their attempts. */
const GAP_MS = 6;

export interface WriterGapsOptions {
  /** The longest that another process may wait for its first gap, milliseconds. */
  readonly longestEveryMs: number;
  /** A number that changes when another connection has changed the database. */
  readonly dataVersion: () => number;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/**
 * When a busy writer lets go of the write lock for others. Nobody can see who waits for it, but whoever did has written
 * in the gap: after one that nobody used the next comes after twice the time, after one that somebody used soon.
 */
export class WriterGaps {
  readonly #options: WriterGapsOptions;
  #busySince = 0;
  #everyMs = SHORTEST_EVERY_MS;
  #dataVersion: number | undefined;

  constructor(options: WriterGapsOptions) {
    this.#options = options;
  }

  /** The writer begins to work after a rest, which was a gap by itself. */
  start(): void {
    this.#busySince = this.#options.now();
  }

  /** Between two commits of a busy writer: takes a gap if it is time for one. */
  async leave(): Promise<void> {
    const { now, sleep, longestEveryMs } = this.#options;
    if (now() - this.#busySince < this.#everyMs) return;
    const before = this.#dataVersion ?? this.#readVersion();
    await sleep(GAP_MS);
    this.#dataVersion = this.#readVersion();
    const used = this.#dataVersion === undefined || this.#dataVersion !== before;
    this.#everyMs = used ? SHORTEST_EVERY_MS : Math.min(2 * this.#everyMs, Math.max(SHORTEST_EVERY_MS, longestEveryMs));
    this.#busySince = now();
  }

  /** `undefined` when it cannot be read: what is wrong is told by the next write. */
  #readVersion(): number | undefined {
    try {
      return this.#options.dataVersion();
    } catch {
      return undefined;
    }
  }
}
