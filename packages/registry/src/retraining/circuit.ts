import type { RetrainingConfig, RetrainingLogEntry } from '@mlperf/core';

/** Why nothing is retrained by itself any more. */
export interface OpenCircuit {
  readonly cause: 'failures' | 'lost-challenges';
  /** In a row. */
  readonly count: number;
  /** When the last of them ended, epoch milliseconds. */
  readonly openedAt: number;
  /** One sentence for people. */
  readonly reason: string;
}

/** Verdicts that say nothing of the challenger's worth: neither lost nor won. */
const NOT_JUDGED: ReadonlySet<unknown> = new Set([
  'champion-changed',
  'pinned',
  'frozen',
  'suspended',
  'barred',
  'error-budget',
  'shadow-ended',
]);

/** Whether a retraining ended because its challenger was not worth a promotion. */
export function isLoss({ stage, evidence }: Pick<RetrainingLogEntry, 'stage' | 'evidence'>): boolean {
  return stage === 'rejected' && !NOT_JUDGED.has(evidence?.reason);
}

/**
 * Whether the retrainings that ended since a human last closed the circuit have opened it: `circuitFailures` of them
 * failed in a row, or challengers lost `circuitLosses` times in a row, failures between them left out.
 *
 * A retraining that comes to a verdict ends a row of failures, and a promotion a row of losses. While the circuit is open
 * only one asked for by hand can.
 *
 * @param history - Of the model name, newest first.
 * @param closedAt - When a human last closed it, epoch milliseconds.
 */
export function openCircuitOf(
  history: readonly RetrainingLogEntry[],
  closedAt: number,
  config: Pick<RetrainingConfig, 'circuitFailures' | 'circuitLosses'>,
): OpenCircuit | undefined {
  const ended = history.filter(({ finishedAt }) => finishedAt !== undefined && finishedAt > closedAt);
  const failures = rowOf(ended, ({ stage }) => stage === 'failed');
  if (failures.length >= config.circuitFailures) {
    return opened('failures', failures, `the last ${failures.length} retrainings failed`);
  }
  const losses = rowOf(
    ended.filter((entry) => entry.stage === 'promoted' || isLoss(entry)),
    isLoss,
  );
  if (losses.length >= config.circuitLosses) {
    return opened('lost-challenges', losses, `the last ${losses.length} challengers did not win`);
  }
  return undefined;
}

function rowOf(
  entries: readonly RetrainingLogEntry[],
  belongs: (entry: RetrainingLogEntry) => boolean,
): readonly RetrainingLogEntry[] {
  const end = entries.findIndex((entry) => !belongs(entry));
  return end < 0 ? entries : entries.slice(0, end);
}

function opened(cause: OpenCircuit['cause'], row: readonly RetrainingLogEntry[], what: string): OpenCircuit {
  const last = row[0]!;
  const said = last.error?.message ?? last.evidence?.reason;
  return {
    cause,
    count: row.length,
    openedAt: last.finishedAt!,
    reason: `${what}${typeof said === 'string' ? `; the last: ${said}` : ''}`,
  };
}
