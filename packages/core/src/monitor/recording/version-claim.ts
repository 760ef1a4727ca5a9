import { ConflictError } from '../../errors.ts';
import type { MonitorStateRecord } from '../../ports/monitor-state-store.ts';
import type { PerformanceStorage, StorageStores } from '../../ports/storage.ts';

const POLL_MS = 1_000;

/**
 * The state of a version names the lease under which it was last changed: as long as that lease lives, only its
 * holder may change it. So a version has one live monitor, however many keys lead to it.
 *
 * @param lease - The lease of the monitor that wants to change it.
 * @throws {@link ConflictError} `LEASE_HELD` when another live monitor does.
 */
export async function requireUnclaimed(
  stores: Pick<StorageStores, 'leases'>,
  record: MonitorStateRecord | undefined,
  lease: string,
): Promise<void> {
  const writer = record?.state.writer;
  if (record === undefined || typeof writer !== 'string' || writer === lease) return;
  const held = await stores.leases.get(writer);
  if (held === undefined) return;
  throw new ConflictError(
    `version '${record.modelVersionId}' must have one live monitor; another ('${held.owner}') watches it under ` +
      `'${writer}': close that first, or wait until its lease expires`,
    { code: 'LEASE_HELD' },
  );
}

/** Waits while another monitor of the version may be dead. @throws As {@link requireUnclaimed} after `takeoverWaitMs`. */
export async function awaitUnclaimed(
  storage: PerformanceStorage,
  modelVersionId: string,
  lease: string,
  takeoverWaitMs: number,
): Promise<void> {
  const giveUpAt = storage.clock.now() + takeoverWaitMs;
  for (;;) {
    try {
      return await requireUnclaimed(storage, await storage.monitorStates.get(modelVersionId), lease);
    } catch (error) {
      const left = giveUpAt - storage.clock.now();
      if (!(error instanceof ConflictError) || left <= 0) throw error;
      await storage.clock.sleep(Math.min(left, POLL_MS));
    }
  }
}
