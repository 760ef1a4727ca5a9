import { type Fence, type Lease, MlperfError, type PerformanceStorage } from '@mlperf/core';

/**
 * A lease kept alive by a heartbeat, three in each time to live, on the storage's clock. When it cannot be kept,
 * `lost` aborts; writes fenced by it are refused from then on.
 */
export class LeaseKeeper {
  readonly #storage: PerformanceStorage;
  readonly #ttlMs: number;
  readonly #stop = new AbortController();
  readonly #lost = new AbortController();
  readonly #beating: Promise<void>;
  #lease: Lease;

  private constructor(storage: PerformanceStorage, lease: Lease, ttlMs: number) {
    this.#storage = storage;
    this.#lease = lease;
    this.#ttlMs = ttlMs;
    this.#beating = this.#beat();
  }

  /** @returns `undefined` while somebody holds it. */
  static async acquire(
    storage: PerformanceStorage,
    request: { readonly lease: string; readonly owner: string; readonly ttlMs: number },
  ): Promise<LeaseKeeper | undefined> {
    const lease = await storage.leases.acquire(request);
    return lease && new LeaseKeeper(storage, lease, request.ttlMs);
  }

  get fence(): Fence {
    return { lease: this.#lease.lease, token: this.#lease.token };
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Ends the heartbeat and frees the lease. Idempotent. */
  async release(): Promise<void> {
    this.#stop.abort();
    await this.#beating;
    if (!this.#lost.signal.aborted) await this.#storage.leases.release(this.fence);
  }

  async #beat(): Promise<void> {
    const { clock, leases } = this.#storage;
    for (;;) {
      try {
        await clock.sleep(this.#ttlMs / 3, this.#stop.signal, { background: true });
      } catch {
        return;
      }
      try {
        this.#lease = await leases.renew(this.fence, this.#ttlMs);
      } catch (error) {
        // A storage that fails for a moment is asked again until the lease has run out.
        const fenced = MlperfError.is(error) && error.code === 'FENCED';
        if (!fenced && clock.now() < this.#lease.expiresAt) continue;
        this.#lost.abort(error);
        return;
      }
    }
  }
}

/** Resolves when a lease that is held now has run out, on the storage's clock; at once when it is free. */
export async function leaseExpiry(
  { clock, leases }: PerformanceStorage,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const lease = await leases.get(name);
  if (lease !== undefined) await clock.sleep(Math.max(1, lease.expiresAt - clock.now()), signal);
}
