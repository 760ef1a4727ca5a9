import type { ObservedTrial } from '../sampler.ts';

/** At most so many trials are good. */
const MOST_GOOD = 25;

/** The good trials and the rest, each by trial number. */
export interface SplitTrials {
  readonly good: readonly ObservedTrial[];
  readonly rest: readonly ObservedTrial[];
}

/** Whether a trial tells where good points lie: complete, or pruned. */
export function isInformative({ state, loss }: ObservedTrial): boolean {
  return state === 'pruned' || (state === 'complete' && loss !== undefined);
}

/**
 * The best ⌈0.1 n⌉ trials, at most 25, and the others. Complete trials come first, by loss; then the pruned ones, those
 * that got furthest first and of these by their last loss; at the end those pruned before they reported anything. Ties
 * to the lower trial number.
 *
 * @param trials - Informative ones, by trial number.
 * @remarks O(n · 25) at worst.
 * @see Optuna 5.0.0, `default_gamma` and `_split_trials`
 */
export function splitTrials(trials: readonly ObservedTrial[]): SplitTrials {
  const count = Math.min(Math.ceil(0.1 * trials.length), MOST_GOOD);
  const best: ObservedTrial[] = [];
  for (const trial of trials) {
    let place = best.length;
    while (place > 0 && compareMerit(trial, best[place - 1]!) < 0) place--;
    if (place >= count) continue;
    best.splice(place, 0, trial);
    if (best.length > count) best.pop();
  }
  const good = new Set(best);
  return {
    good: trials.filter((trial) => good.has(trial)),
    rest: trials.filter((trial) => !good.has(trial)),
  };
}

/** Negative when a is the better trial. */
function compareMerit(a: ObservedTrial, b: ObservedTrial): number {
  if (a.state !== b.state) return a.state === 'complete' ? -1 : 1;
  const further = a.state === 'complete' ? 0 : (b.lastStep ?? -1) - (a.lastStep ?? -1);
  if (further !== 0) return further;
  // A trial pruned at a step without a value is the last of that step.
  const [lossA, lossB] = [a.loss ?? Number.POSITIVE_INFINITY, b.loss ?? Number.POSITIVE_INFINITY];
  return lossA === lossB ? 0 : lossA - lossB;
}
