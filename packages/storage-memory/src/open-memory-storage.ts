import { type Clock, type PerformanceStorage, systemClock } from '@mlperf/core';
import { MemoryStorage } from './memory-storage.ts';

export interface MemoryStorageOptions {
  /** Times leases; default: the machine's clock. */
  readonly clock?: Clock;
}

/**
 * Opens a storage in this process's memory: the executable specification of the storage port. Nothing outlives the
 * process, and no other process sees it.
 *
 * @example
 * const storage = openMemoryStorage();
 * await storage.predictions.append([prediction]);
 */
export function openMemoryStorage(options: MemoryStorageOptions = {}): PerformanceStorage {
  return new MemoryStorage(options.clock ?? systemClock);
}
