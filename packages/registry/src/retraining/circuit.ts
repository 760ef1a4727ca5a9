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

/** Versions that nothing may promote any more: rolled back, or barred by hand. */
export type TakenBack = ReadonlySet<string>;

type Ending = Pick<RetrainingLogEntry, 'stage' | 'evidence' | 'newVersionId'>;

/**
 * Whether a retraining ended because its challenger was not worth a promotion, or had to be taken back after one: what
 * looked better and was worse has lost to the champion as well.
 */
export function isLoss(entry: Ending, takenBack: TakenBack): boolean {
  return wasTakenBack(entry, takenBack) || (entry.stage === 'rejected' && !NOT_JUDGED.has(entry.evidence?.reason));
}

/** What no sound pipeline makes, whatever it was asked for: the same answer to every row, or more than can be known. */
const BROKEN: ReadonlySet<unknown> = new Set(['constant', 'implausible']);

function hasFailed({ stage, evidence }: Ending): boolean {
  return stage === 'failed' || (stage === 'rejected' && BROKEN.has(evidence?.reason));
}

function wasTakenBack({ stage, newVersionId }: Ending, takenBack: TakenBack): boolean {
  return stage === 'promoted' && newVersionId !== undefined && takenBack.has(newVersionId);
}

/** Whether it was to cure something. A champion that wins against a challenge because of its age is as good as new. */
function wasToCure({ trigger: { triggerType } }: RetrainingLogEntry): boolean {
  return triggerType !== 'time_based' && triggerType !== 'manual';
}

/**
 * Whether the retrainings that ended since a human last closed the circuit have opened it: `circuitFailures` of them
 * failed in a row, those with a constant or implausible challenger among them, or `circuitLosses` challengers that were to cure something lost in a row to the same champion, those
 * that were promoted and taken back among them, whatever they were for. Between them are left out failures and those
 * asked for by age, by a schedule or by hand: a champion that wins then is in order.
 *
 * A retraining that comes to a verdict ends a row of failures; a promotion that lasts, another champion, and a long pause
 * ({@link oneEpisode}) end a row of losses.
 *
 * @param history - Of the model name, newest first.
 * @param closedAt - When a human last closed it, epoch milliseconds.
 * @param takenBack - Of the model name.
 */
export function openCircuitOf(
  history: readonly RetrainingLogEntry[],
  closedAt: number,
  config: Pick<RetrainingConfig, 'circuitFailures' | 'circuitLosses' | 'cooldownMs'>,
  takenBack: TakenBack,
): OpenCircuit | undefined {
  const ended = history.filter(({ finishedAt }) => finishedAt !== undefined && finishedAt > closedAt);
  const failures = rowOf(ended, hasFailed);
  if (failures.length >= config.circuitFailures) {
    return opened('failures', failures, `the last ${failures.length} retrainings failed`);
  }
  const lost = (entry: RetrainingLogEntry) => isLoss(entry, takenBack);
  const judged = ended.filter(
    (entry) => entry.stage === 'promoted' || (lost(entry) && wasToCure(entry) && !hasFailed(entry)),
  );
  const losses = oneEpisode(
    rowOf(judged, (entry) => lost(entry) && entry.oldVersionId === judged[0]?.oldVersionId),
    config.cooldownMs,
  );
  if (losses.length >= config.circuitLosses) {
    return opened('lost-challenges', losses, `the last ${losses.length} challengers did not win`);
  }
  return undefined;
}

/** More than the longest time between two attempts at one cause: 32 cooldowns. */
const COOLDOWNS_BETWEEN_EPISODES = 64;
const LEAST_BETWEEN_EPISODES_MS = 7 * 86_400_000;

/**
 * The newest of a row of losses that follow each other closely enough to be about one and the same trouble: between two
 * of them less than 64 cooldowns, or a week if that is more. After a longer pause it had gone in the meantime.
 */
export function oneEpisode(losses: readonly RetrainingLogEntry[], cooldownMs: number): readonly RetrainingLogEntry[] {
  const pause = Math.max(COOLDOWNS_BETWEEN_EPISODES * cooldownMs, LEAST_BETWEEN_EPISODES_MS);
  const end = losses.findIndex((entry, i) => i > 0 && losses[i - 1]!.requestedAt - entry.requestedAt > pause);
  return end < 0 ? losses : losses.slice(0, end);
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
  const said = last.stage === 'promoted' ? 'promoted and taken back' : (last.error?.message ?? last.evidence?.reason);
  return {
    cause,
    count: row.length,
    openedAt: last.finishedAt!,
    reason: `${what}${typeof said === 'string' ? `; the last: ${said}` : ''}`,
  };
}
