import type { Page, PageRequest, PerformanceStorage, PromotionRecord, RetrainingLogEntry } from '@mlperf/core';

/** What a policy would have done with a history. */
export interface ReplayReport {
  /** Rows that were to be predicted: all after the warm-up. */
  readonly rows: number;
  /** Of those, how many were; the others had no version to serve them. */
  readonly predictions: number;
  /** Share of the predictions that were right; absent without any. */
  readonly accuracy?: number;
  /** Versions that predicted, in the order they first did. */
  readonly versions: readonly string[];
  /** For each row of the history the index into `versions` of the one that predicted it; −1 for none. */
  readonly servedBy: Int32Array;
  /** For each row of the history 1 for a right prediction, 0 for a wrong one, −1 for none. */
  readonly hits: Int8Array;
  /** Every retraining with its evidence, oldest first. */
  readonly retrainings: readonly RetrainingLogEntry[];
  /** Every promotion and rollback, oldest first; the first model's too. */
  readonly promotions: readonly PromotionRecord[];
  /** How the retrainings ended. */
  readonly counts: {
    readonly promoted: number;
    readonly rejected: number;
    readonly failed: number;
    readonly unfinished: number;
    readonly rollbacks: number;
  };
}

/** What became of the rows. */
export class ReplayTally {
  readonly #versions = new Map<string, number>();
  readonly #servedBy: Int32Array;
  readonly #hits: Int8Array;
  #rows = 0;
  #predictions = 0;
  #right = 0;

  constructor(historyRows: number) {
    this.#servedBy = new Int32Array(historyRows).fill(-1);
    this.#hits = new Int8Array(historyRows).fill(-1);
  }

  missed(): void {
    this.#rows++;
  }

  predicted(row: number, versionId: string, right: boolean): void {
    this.#rows++;
    this.#predictions++;
    if (right) this.#right++;
    if (!this.#versions.has(versionId)) this.#versions.set(versionId, this.#versions.size);
    this.#servedBy[row] = this.#versions.get(versionId)!;
    this.#hits[row] = right ? 1 : 0;
  }

  hasPredicted(row: number): boolean {
    return this.#hits[row] !== -1;
  }

  async report(storage: PerformanceStorage, modelName: string): Promise<ReplayReport> {
    const retrainings = await everything((page) => storage.retrainings.history({ modelName }, page));
    const promotions = await everything((page) => storage.promotions.list(modelName, page));
    const ended = (stage: RetrainingLogEntry['stage']) => retrainings.filter((entry) => entry.stage === stage).length;
    const [promoted, rejected, failed] = [ended('promoted'), ended('rejected'), ended('failed')];
    return {
      rows: this.#rows,
      predictions: this.#predictions,
      ...(this.#predictions === 0 ? {} : { accuracy: this.#right / this.#predictions }),
      versions: [...this.#versions.keys()],
      servedBy: this.#servedBy,
      hits: this.#hits,
      retrainings,
      promotions,
      counts: {
        promoted,
        rejected,
        failed,
        unfinished: retrainings.length - promoted - rejected - failed,
        rollbacks: promotions.filter(({ kind }) => kind === 'rollback').length,
      },
    };
  }
}

/** All pages of a list that is newest first, oldest first. */
async function everything<T>(list: (page: PageRequest) => Promise<Page<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return items.reverse();
}
