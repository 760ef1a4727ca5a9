import { ConflictError, MlperfError } from '../../errors.ts';
import type { DriftReference } from '../../ports/reference-store.ts';
import type { PerformanceStorage } from '../../ports/storage.ts';
import type { MonitorLease } from '../recording/monitor-lease.ts';

/** What of the storage a drift monitor works with. */
export type DataDriftStorage = Pick<PerformanceStorage, 'references' | 'leases' | 'transaction' | 'clock'>;

export interface DriftStreamWriterOptions {
  readonly storage: DataDriftStorage;
  readonly lease: MonitorLease;
  /** What was stored when the lease was taken. */
  readonly taken: DriftReference | undefined;
  /** The state as it is now. */
  readonly record: () => DriftReference;
}

/**
 * Stores a stream's state under a lease: at most one write under way and one waiting. The waiting one takes the state
 * when it starts, so that it holds every change before. The state carries the lease's token, which tells a writer
 * that lost its lease and won it back whether another one has written in between.
 */
export class DriftStreamWriter {
  readonly #options: DriftStreamWriterOptions;
  readonly #renewing: Promise<void>;
  /** Of the states this writer has read or written. */
  readonly #tokens: Set<unknown>;
  #changes = 0;
  #stored = 0;
  #writing: Promise<unknown> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #lost: MlperfError | undefined;

  constructor(options: DriftStreamWriterOptions) {
    this.#options = options;
    this.#tokens = new Set([options.taken?.reference.leaseToken]);
    this.#renewing = options.lease.keep((error) => {
      this.#lost = error;
    });
  }

  /** Changes that the stored state lacks. */
  get unsaved(): number {
    return this.#changes - this.#stored;
  }

  /** @throws {@link ConflictError} `FENCED` once another monitor has taken over. */
  requireHeld(): void {
    if (this.#lost !== undefined) throw this.#lost;
  }

  changed(): void {
    this.#changes++;
  }

  /** Resolves when every change before is stored. @throws `FENCED`, or as the storage; the next call tries again. */
  save(): Promise<void> {
    this.#waiting ??= this.#writing.then(() => {
      this.#waiting = undefined;
      const written = this.#write();
      this.#writing = written.catch(() => undefined);
      return written;
    });
    return this.#waiting;
  }

  /** As {@link save}, but writes only what is not stored yet. */
  async flush(): Promise<void> {
    const through = this.#changes;
    await this.#writing;
    while (this.#stored < through) await this.save();
  }

  /** Lets the next writer in. A lease that cannot be given back runs out by itself. */
  async release(): Promise<void> {
    await this.#options.lease.release().catch(() => undefined);
    await this.#renewing;
  }

  async #write(): Promise<void> {
    this.requireHeld();
    const { storage, lease } = this.#options;
    const { fence } = lease;
    const through = this.#changes;
    const state = this.#options.record();
    const record = { ...state, reference: { ...state.reference, leaseToken: fence.token } };
    try {
      await storage.transaction(
        async (tx) => {
          if (!this.#tokens.has(fence.token)) {
            this.#requireOwn(await tx.references.get(record.modelVersionId, record.name));
          }
          this.#tokens.add(fence.token);
          await tx.references.put(record);
        },
        { fence },
      );
    } catch (error) {
      this.requireHeld();
      if (!MlperfError.is(error) || error.code !== 'FENCED') throw error;
      const lost = await lease.regain(fence, error);
      if (lost !== undefined) this.#lost = lost;
      return await this.#write();
    }
    this.#stored = through;
  }

  #requireOwn(stored: DriftReference | undefined): void {
    if (this.#tokens.has(stored?.reference.leaseToken)) return;
    const { lease } = this.#options.lease.fence;
    this.#lost = new ConflictError(
      `'${lease}' was lost for a while, and another monitor has written since; open anew`,
      {
        code: 'FENCED',
      },
    );
    throw this.#lost;
  }
}
