/** What a guarded write shows: the lease it holds and the fencing token it was given. */
export interface Fence {
  readonly lease: string;
  readonly token: number;
}

/** The right to be the only one at work, until it expires. */
export interface Lease extends Fence {
  readonly owner: string;
  /** By the storage's clock, epoch milliseconds. */
  readonly expiresAt: number;
}
