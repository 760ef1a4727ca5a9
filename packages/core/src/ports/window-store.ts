import type { StoredPerformanceWindow } from '../types/performance.ts';

/** Completed performance windows. */
export interface WindowStore {
  /** Idempotent by (version, segment, windowSize, lastSequence); other content is `CONFLICT`. */
  save(window: StoredPerformanceWindow): Promise<void>;
  /** The newest `limit` (1 to 1,000) by `lastSequence`, newest first. Without `segment`: whole-version windows only. */
  recent(query: {
    readonly modelVersionId: string;
    readonly segment?: string;
    readonly windowSize?: number;
    readonly limit: number;
  }): Promise<readonly StoredPerformanceWindow[]>;
}
