import type { ObservedTrial } from '../sampler.ts';

/** Good trials count at most so much. */
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

/** What the trials count together; n when each counts 1. */
export function totalWeight(trials: readonly ObservedTrial[]): number {
  let sum = 0;
  for (const trial of trials) sum += weightOf(trial);
  return sum;
}

/**
 * The best trials until they count ⌈0.1 W⌉ together, at most 25, and the others; W: what all of them count. Complete
 * trials come first, by loss; then the pruned ones, those that got furthest first and of these by their last loss; at the
 * end those pruned before they reported anything. Ties to the lower trial number.
 *
 * @param trials - Informative ones, by trial number.
 * @remarks O(n · number of good ones) at worst.
 * @see Optuna 5.0.0, `default_gamma` and `_split_trials`
 */
export function splitTrials(trials: readonly ObservedTrial[]): SplitTrials {
  const most = Math.min(Math.ceil(0.1 * totalWeight(trials)), MOST_GOOD);
  const best: ObservedTrial[] = [];
  let counted = 0;
  for (const trial of trials) {
    let place = best.length;
    while (place > 0 && compareMerit(trial, best[place - 1]!) < 0) place--;
    if (place === best.length && counted >= most) continue;
    best.splice(place, 0, trial);
    counted += weightOf(trial);
    while (counted - weightOf(best.at(-1)!) >= most) counted -= weightOf(best.pop()!);
  }
  const good = new Set(best);
  return {
    good: trials.filter((trial) => good.has(trial)),
    rest: trials.filter((trial) => !good.has(trial)),
  };
}

function weightOf({ weight = 1 }: ObservedTrial): number {
  return weight;
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
