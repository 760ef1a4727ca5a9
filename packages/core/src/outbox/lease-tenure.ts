import type { Clock } from '../clock.ts';
import { ConflictError, MlperfError } from '../errors.ts';
import type { LeaseStore } from '../ports/lease-store.ts';
import type { Fence, Lease } from '../types/lease.ts';

/** A lease renewed three times within its length, for as long as its owner is at work. */
export class LeaseTenure {
  readonly fence: Fence;
  readonly #leases: LeaseStore;
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  readonly #renewing: Promise<void>;
  /** When the last successful renewal was asked for: the lease lasts at least that long and its length. */
  #renewedAt: number;

  /** Takes a lease that is free. @returns `undefined` while another owner holds it. */
  static async take(
    leases: LeaseStore,
    clock: Clock,
    request: { readonly lease: string; readonly owner: string; readonly ttlMs: number },
  ): Promise<LeaseTenure | undefined> {
    // Looked at first: to wait for another's lease must cost no write.
    if ((await leases.get(request.lease)) !== undefined) return undefined;
    const askedAt = clock.now();
    const lease = await leases.acquire(request);
    return lease === undefined ? undefined : new LeaseTenure(lease, leases, { clock, askedAt, ttlMs: request.ttlMs });
  }

  private constructor(
    { lease, token }: Lease,
    leases: LeaseStore,
    { clock, askedAt, ttlMs }: { readonly clock: Clock; readonly askedAt: number; readonly ttlMs: number },
  ) {
    this.fence = { lease, token };
    this.#leases = leases;
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#renewedAt = askedAt;
    this.#renewing = this.#renew();
  }

  /** Aborts when the lease is lost. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** @throws {@link ConflictError} `FENCED` once the lease is lost, or may be for want of a renewal. */
  requireHeld(): void {
    // A process that was suspended comes back before its timers do.
    if (this.#isOverdue()) this.#lose();
    if (this.#lost.signal.aborted) {
      throw new ConflictError(`lease '${this.fence.lease}' must be held; it was lost`, { code: 'FENCED' });
    }
  }

  /** Stops renewing and frees the lease; should that fail, it expires. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#renewing;
    await this.#leases.release(this.fence).catch(() => undefined);
  }

  async #renew(): Promise<void> {
    const { signal } = this.#ended;
    for (;;) {
      const slept = await this.#clock.sleep(this.#ttlMs / 3, signal, { background: true }).then(
        () => true,
        () => false,
      );
      if (!slept || this.#lost.signal.aborted) return;
      const askedAt = this.#clock.now();
      try {
        await this.#leases.renew(this.fence, this.#ttlMs);
        this.#renewedAt = askedAt;
      } catch (error) {
        // A storage that fails may be back before the lease has run out.
        if ((MlperfError.is(error) && error.code === 'FENCED') || this.#isOverdue()) return this.#lose();
      }
    }
  }

  #isOverdue(): boolean {
    return this.#clock.now() - this.#renewedAt >= this.#ttlMs;
  }

  #lose(): void {
    this.#lost.abort();
  }
}
