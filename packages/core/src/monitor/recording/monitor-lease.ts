import { ConflictError, MlperfError } from '../../errors.ts';
import type { PerformanceStorage } from '../../ports/storage.ts';
import type { Fence } from '../../types/lease.ts';

/** How long a dead monitor keeps others out. */
export const LEASE_TTL_MS = 10_000;
/** A little more than the time to live, so that a restart after a kill takes over by itself. */
export const DEFAULT_TAKEOVER_WAIT_MS = 12_000;

const RENEW_EVERY_MS = LEASE_TTL_MS / 3;
const SHORTEST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

export interface MonitorLeaseRequest {
  readonly storage: Pick<PerformanceStorage, 'leases' | 'clock'>;
  /** What only one live monitor may write for. */
  readonly key: string;
  /** The lease's name. Default `monitor:<key>`. */
  readonly lease?: string;
  readonly owner: string;
  readonly takeoverWaitMs: number;
}

/** The right to be the only live monitor of a key, renewed until released. Timed by the storage's clock. */
export class MonitorLease {
  readonly #request: MonitorLeaseRequest;
  readonly #stop = new AbortController();
  #fence: Fence;
  #epoch = 0;
  #regaining: Promise<MlperfError | undefined> | undefined;

  private constructor(request: MonitorLeaseRequest, fence: Fence) {
    this.#request = request;
    this.#fence = fence;
  }

  /** @throws {@link ConflictError} `LEASE_HELD` when another monitor is alive after `takeoverWaitMs`. */
  static async acquire(request: MonitorLeaseRequest): Promise<MonitorLease> {
    const { storage, takeoverWaitMs } = request;
    const giveUpAt = storage.clock.now() + takeoverWaitMs;
    for (;;) {
      const fence = await tryAcquire(request);
      if (fence !== undefined) return new MonitorLease(request, fence);
      const held = await storage.leases.get(leaseName(request));
      const left = giveUpAt - storage.clock.now();
      if (left <= 0) {
        throw new ConflictError(
          `another live monitor${held === undefined ? '' : ` ('${held.owner}')`} holds '${request.key}'; ` +
            'close it first, or wait until its lease expires',
          { code: 'LEASE_HELD' },
        );
      }
      const untilExpiry = held === undefined ? 0 : held.expiresAt - storage.clock.now();
      await storage.clock.sleep(Math.min(left, Math.max(SHORTEST_WAIT_MS, Math.min(untilExpiry, LONGEST_WAIT_MS))));
    }
  }

  /** What a write shows. */
  get fence(): Fence {
    return this.#fence;
  }

  /** Goes up when the lease was lost and won back: somebody else may have written in between. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Renews until released. @param onLost - Called once, when another monitor has taken over. */
  async keep(onLost: (error: MlperfError) => void): Promise<void> {
    const { storage } = this.#request;
    for (;;) {
      try {
        await storage.clock.sleep(RENEW_EVERY_MS, this.#stop.signal, { background: true });
      } catch {
        return; // released
      }
      const fence = this.#fence;
      try {
        await storage.leases.renew(fence, LEASE_TTL_MS);
      } catch (error) {
        if (this.#stop.signal.aborted || (MlperfError.is(error) && error.code === 'CLOSED')) return;
        // Any other failure is the store's: the next renewal may succeed, and a write will tell otherwise.
        if (!MlperfError.is(error) || error.code !== 'FENCED') continue;
        const lost = await this.regain(fence, error).catch(() => undefined);
        if (lost === undefined) continue;
        onLost(lost);
        return;
      }
    }
  }

  /**
   * After a lease ran out (a suspended machine, a blocked event loop): takes it again if nobody else has.
   * @param failed - The fence that was refused. @param cause - The refusal.
   * @returns the reason when it is lost for good. @throws {@link StorageError} when the store cannot say.
   */
  async regain(failed: Fence, cause: MlperfError): Promise<MlperfError | undefined> {
    // Renewal and a write may find out at the same time: one of them takes it again for both.
    this.#regaining ??= this.#takeAgain(failed, cause).finally(() => {
      this.#regaining = undefined;
    });
    return await this.#regaining;
  }

  async #takeAgain(failed: Fence, cause: MlperfError): Promise<MlperfError | undefined> {
    if (failed.token !== this.#fence.token) return undefined;
    const fence = await tryAcquire(this.#request);
    if (fence === undefined) {
      return new ConflictError(`the lease of monitor '${this.#request.key}' is lost: another monitor has taken over`, {
        code: 'FENCED',
        cause,
      });
    }
    this.#fence = fence;
    this.#epoch++;
    return undefined;
  }

  async release(): Promise<void> {
    this.#stop.abort();
    await this.#request.storage.leases.release(this.#fence);
  }
}

function leaseName({ key, lease = `monitor:${key}` }: MonitorLeaseRequest): string {
  return lease;
}

async function tryAcquire(request: MonitorLeaseRequest): Promise<Fence | undefined> {
  const { storage, owner } = request;
  const lease = await storage.leases.acquire({ lease: leaseName(request), owner, ttlMs: LEASE_TTL_MS });
  return lease && { lease: lease.lease, token: lease.token };
}
