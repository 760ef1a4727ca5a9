import { bestFirst, type ChartTrial, type ChartTrials } from './chart-trials.ts';

export interface ThinnedTrials {
  /** By number. */
  readonly shown: readonly ChartTrial[];
  /** Says how many are left out and which are kept; absent when all are shown. */
  readonly note?: string;
}

/**
 * At most `limit` of the trials: the best half, and of the others every k-th by number. What is the same for every
 * study is the same for every call: nothing is drawn at random.
 * @param candidates - Of `all`, by number.
 * @param limit - Even, at least 2.
 */
export function thinTrials(all: ChartTrials, candidates: readonly ChartTrial[], limit: number): ThinnedTrials {
  if (candidates.length <= limit) return { shown: candidates };
  const allowed = new Set(candidates);
  const kept = new Set<ChartTrial>();
  for (const trial of bestFirst(all)) {
    if (kept.size === limit / 2) break;
    if (allowed.has(trial)) kept.add(trial);
  }
  const best = kept.size;
  const others = candidates.filter((trial) => !kept.has(trial));
  const places = limit - best;
  for (let k = 0; k < places; k++) kept.add(others[Math.floor((k * others.length) / places)]!);
  const shown = candidates.filter((trial) => kept.has(trial));
  return {
    shown,
    note: `${count(shown.length)} of ${count(candidates.length)} trials shown: the best ${count(best)}, others at even steps`,
  };
}

/** A whole number with its thousands apart. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
