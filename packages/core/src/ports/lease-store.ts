import type { Fence, Lease } from '../types/lease.ts';

/** Leases with fencing tokens, timed by the storage's clock. */
export interface LeaseStore {
  /**
   * Takes the lease if it is free or expired. Each acquisition gets a greater token than every one before it.
   * @param request.ttlMs - 1 to 86,400,000.
   * @returns `undefined` while an unexpired lease exists, whoever owns it.
   */
  acquire(request: {
    readonly lease: string;
    readonly owner: string;
    readonly ttlMs: number;
  }): Promise<Lease | undefined>;
  /** Extends a lease still held under this token. @throws {@link ConflictError} `FENCED` once expired or taken over. */
  renew(fence: Fence, ttlMs: number): Promise<Lease>;
  /** Frees it; a no-op when no longer held. */
  release(fence: Fence): Promise<void>;
  /** The unexpired lease. */
  get(lease: string): Promise<Lease | undefined>;
}
