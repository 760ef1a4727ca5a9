import type { TrialRow } from './trial-data.ts';

/** A search that makes no gain in so many trials has converged. */
const PATIENCE = 20;
/** A gain is at least this share of how far the best of the first trials is below their middle. */
const LEAST_GAIN = 1e-6;
/** One trial in so many goes on with what all trials say. */
const SHARED = 3;

/**
 * The trials that the process of trial `trialNumber` is fitted to: all of them, until the search has converged. From then
 * on two of three trials belong to a search that begins anew, and again when that one has converged; the third goes on
 * with all.
 *
 * A process that knows one minimum to the last digit takes the function for as smooth elsewhere: it is sure of what it
 * never saw, and a better minimum stays where it is.
 *
 * @param startup - How many random trials a search begins with.
 * @remarks A function of the trials alone. O(n).
 */
export function trialsOfSearch(trials: readonly TrialRow[], trialNumber: number, startup: number): readonly TrialRow[] {
  let search: TrialRow[] = [];
  let losses: number[] = [];
  let isFresh = false;
  let best = Number.POSITIVE_INFINITY;
  let leastGain = 0;
  let sinceGain = 0;
  for (const trial of trials) {
    if (isFresh && trial.trialNumber % SHARED === 0) continue;
    search.push(trial);
    // What an earlier study found says nothing of how far this one is.
    if (!trial.complete || trial.weight < 1) continue;
    const loss = trial.loss!;
    losses.push(loss);
    sinceGain = loss < best - leastGain ? 0 : sinceGain + 1;
    best = Math.min(best, loss);
    if (losses.length === startup) leastGain = LEAST_GAIN * (middleOf(losses) - best);
    if (losses.length < startup + PATIENCE || sinceGain < PATIENCE) continue;
    search = [];
    losses = [];
    isFresh = true;
    best = Number.POSITIVE_INFINITY;
    leastGain = 0;
    sinceGain = 0;
  }
  return isFresh && trialNumber % SHARED !== 0 ? search : trials;
}

function middleOf(losses: readonly number[]): number {
  return Float64Array.from(losses).sort()[losses.length >>> 1]!;
}
