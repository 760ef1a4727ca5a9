/** One named promise of a port and the way to see it kept, over a fresh subject. */
export interface Check<Subject> {
  /** A sentence; unique within its list. */
  readonly name: string;
  /** What the check asks of the harness beside an open storage. */
  readonly needs?: readonly Need[];
  run(subject: Subject): Promise<void>;
}

/**
 * `steered-clock`: the harness passes a `ManualClock` that times the storage's leases. `reopening`: `openAgain` opens
 * the same store after the first handle was closed. `sharing`: it does so while the first handle is open. `processes`:
 * other processes can open the store, as `otherProcess` says.
 */
export type Need = 'steered-clock' | 'reopening' | 'sharing' | 'processes';

export const NEEDS: readonly Need[] = ['steered-clock', 'reopening', 'sharing', 'processes'];
