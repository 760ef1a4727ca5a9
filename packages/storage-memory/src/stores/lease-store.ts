import {
  type Clock,
  ConflictError,
  type Fence,
  type Lease,
  type LeaseStore,
  requireFence,
  requireKey,
  requireLeaseRequest,
  requireLeaseTtl,
} from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import type { StoreRunner } from '../store-runner.ts';
import type { Tables } from '../tables.ts';

export function createLeaseStore(tables: Tables, clock: Clock, run: StoreRunner): LeaseStore {
  return {
    async acquire(request) {
      const { lease, owner, ttlMs } = requireLeaseRequest(request);
      return run(() => {
        const before = tables.leases.get(lease);
        const now = clock.now();
        if (before !== undefined && before.expiresAt > now) return undefined;
        const next: Lease = deepFreeze({ lease, owner, token: (before?.token ?? 0) + 1, expiresAt: now + ttlMs });
        tables.leases.set(lease, next);
        return next;
      });
    },

    async renew(fence, ttlMs) {
      const shown = requireFence(fence);
      requireLeaseTtl(ttlMs);
      return run(() => {
        const held = requireHeldLease(tables, clock, shown);
        const next: Lease = deepFreeze({ ...held, expiresAt: clock.now() + ttlMs });
        tables.leases.set(next.lease, next);
        return next;
      });
    },

    async release(fence) {
      const { lease, token } = requireFence(fence);
      return run(() => {
        const held = tables.leases.get(lease);
        if (held?.token === token) tables.leases.set(lease, deepFreeze({ ...held, expiresAt: 0 }));
      });
    },

    async get(lease) {
      requireKey(lease, 'lease');
      return run(() => {
        const held = tables.leases.get(lease);
        return held !== undefined && held.expiresAt > clock.now() ? held : undefined;
      });
    },
  };
}

/** The lease a fence shows. @throws {@link ConflictError} `FENCED` once expired, released or taken over. */
export function requireHeldLease(tables: Tables, clock: Clock, { lease, token }: Fence): Lease {
  const held = tables.leases.get(lease);
  if (held !== undefined && held.token === token && held.expiresAt > clock.now()) return held;
  const state =
    held === undefined ? 'nobody holds it' : held.token === token ? 'it has expired' : `token ${held.token} came after`;
  throw new ConflictError(`lease '${lease}' must be held under token ${token}; ${state}`, { code: 'FENCED' });
}
