import type { ManualClock, PerformanceStorage } from '@mlperf/core';
import type { OtherProcess } from './processes/other-process.ts';
import type { ProcessOpening } from './processes/process-opening.ts';

/** What a check works on. Reaching for an ability the harness lacks fails the check. */
export interface StorageSubject {
  /** Fresh, empty, migrated and open. */
  readonly storage: PerformanceStorage;
  /** The clock that times the storage's leases. */
  readonly clock: ManualClock;
  /** Opens the same store once more. */
  openAgain(): Promise<PerformanceStorage>;
  /** Starts processes that will open the same store, or all one store that is not there yet. They end with the check. */
  startProcesses(count: number, store: 'same' | 'absent'): Promise<readonly OtherProcess[]>;
}

/** A fresh storage with what the adapter's test can offer beside it. */
export interface StorageHarness {
  readonly storage: PerformanceStorage;
  readonly clock?: ManualClock;
  readonly openAgain?: () => Promise<PerformanceStorage>;
  readonly otherProcess?: ProcessOpening;
  /** Removes what the store left behind; called when every handle is closed. */
  readonly dispose?: () => Promise<void>;
}
