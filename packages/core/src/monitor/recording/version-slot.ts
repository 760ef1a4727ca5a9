import type { VersionMonitor } from '../version/version-monitor.ts';

/** Where a version stands in the stored outcomes. */
export interface VersionPosition {
  /** The newest outcome its state has seen. */
  readonly lastSequence: number;
  /** Outcomes up to this one are not part of the figures. */
  readonly resetSequence: number;
  /** The commit that last changed the figures; absent before the first, and in a state stored before there were any. */
  readonly revision?: string;
}

/** A version in memory, with where its state stands in the stored outcomes. */
export interface VersionSlot {
  readonly version: VersionMonitor;
  position: VersionPosition;
}
