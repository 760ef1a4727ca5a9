import type { RetrainingResult } from '@mlperf/registry';
import type { Fault } from './span.ts';

/** What the host knows of one symbol without asking the library: the checks hold the storage against it. */
export class Journal {
  /** For each row the index into `versions` of the one that predicted it; −1 for none. */
  readonly servedBy: Int16Array;
  readonly versions: string[] = [];
  /** Rows whose outcome was handed over. */
  readonly resolved: Uint8Array;
  /** The retrainings in which something went wrong, and how they ended. */
  readonly faults: { readonly fault: Fault; readonly row: number; readonly result: RetrainingResult }[] = [];
  /** How many of the planned faults have begun. */
  faultsBegun = 0;
  /** Set by a fault that closes the manager; whoever plays the span closes the rest, and unsets it. */
  interrupted = false;
  /** Events heard, by type. */
  readonly heard = new Map<string, number>();

  constructor(rows: number) {
    this.servedBy = new Int16Array(rows).fill(-1);
    this.resolved = new Uint8Array(rows);
  }

  predicted(row: number, versionId: string): void {
    let index = this.versions.indexOf(versionId);
    if (index < 0) index = this.versions.push(versionId) - 1;
    this.servedBy[row] = index;
  }

  hear(type: string): void {
    this.heard.set(type, this.count(type) + 1);
  }

  count(type: string): number {
    return this.heard.get(type) ?? 0;
  }
}
