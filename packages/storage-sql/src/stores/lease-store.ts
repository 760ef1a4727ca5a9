import { ConflictError, type Fence, type Lease, type LeaseStore } from '@mlperf/core';
import type { LeaseTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';

export class SqlLeaseStore implements LeaseStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async acquire(request: {
    readonly lease: string;
    readonly owner: string;
    readonly ttlMs: number;
  }): Promise<Lease | undefined> {
    const { lease, owner, ttlMs } = request;
    const now = await this.#session.now();
    const stored = await this.#row(lease);
    if (stored !== undefined && stored.expires_at > now) return undefined;
    const values = { owner, token: (stored?.token ?? 0) + 1, expires_at: now + ttlMs };
    await this.#session.db
      .insertInto('leases')
      .values({ lease, ...values })
      .onConflict((conflict) => conflict.column('lease').doUpdateSet(values))
      .execute();
    return { lease, owner, token: values.token, expiresAt: values.expires_at };
  }

  async renew(fence: Fence, ttlMs: number): Promise<Lease> {
    const stored = await this.requireHeld(fence);
    const expiresAt = (await this.#session.now()) + ttlMs;
    await this.#session.db
      .updateTable('leases')
      .set({ expires_at: expiresAt })
      .where('lease', '=', fence.lease)
      .execute();
    return { ...stored, expiresAt };
  }

  async release(fence: Fence): Promise<void> {
    await this.#session.db
      .updateTable('leases')
      .set({ expires_at: 0 })
      .where('lease', '=', fence.lease)
      .where('token', '=', fence.token)
      .execute();
  }

  async get(lease: string): Promise<Lease | undefined> {
    const stored = await this.#row(lease);
    return stored !== undefined && stored.expires_at > (await this.#session.now()) ? toLease(stored) : undefined;
  }

  /** @throws {@link ConflictError} `FENCED` unless this token holds the lease now. */
  async requireHeld(fence: Fence): Promise<Lease> {
    const stored = await this.#row(fence.lease);
    const now = await this.#session.now();
    if (stored === undefined || stored.token !== fence.token || stored.expires_at <= now) {
      throw new ConflictError(
        `lease '${fence.lease}' must be held under token ${fence.token}; ${describe(stored, now)}`,
        { code: 'FENCED' },
      );
    }
    return toLease(stored);
  }

  #row(lease: string): Promise<LeaseTable | undefined> {
    return this.#session.db.selectFrom('leases').selectAll().where('lease', '=', lease).executeTakeFirst();
  }
}

function toLease(row: LeaseTable): Lease {
  return { lease: row.lease, owner: row.owner, token: row.token, expiresAt: row.expires_at };
}

function describe(stored: LeaseTable | undefined, now: number): string {
  if (stored === undefined || stored.expires_at === 0) return 'it is free';
  return stored.expires_at <= now ? `it expired at ${stored.expires_at}` : `token ${stored.token} holds it`;
}
