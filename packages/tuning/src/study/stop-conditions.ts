import { type Clock, InvalidInputError } from '@mlperf/core';
import { lossOf } from './observed-trial.ts';
import type { TrialLedger } from './trial-ledger.ts';

/** When a study begins no more trials; those under way are brought to their end. */
export interface StopConditions {
  /** Once this long has passed since the search began. Wall-clock milliseconds, above 0: outside of what a seed fixes. */
  readonly timeoutMs?: number;
  /** Once so many trials in a row have not improved on the best; whole, ≥ 1. */
  readonly patience?: number;
  /** Once a score is at least as good as this; finite, in the unit of the metric. */
  readonly target?: number;
}

/** Why a study ended before its planned trials: as {@link StopConditions}, told to, or no point of the space was left. */
export type StopReason = 'timeout' | 'patience' | 'target' | 'callback' | 'space-exhausted';

/** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
export function requireStopConditions({ timeoutMs, patience, target }: StopConditions): void {
  const refuse = (subject: string, got: number) => new InvalidInputError('OUT_OF_RANGE', `${subject}; got ${got}`);
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0))
    throw refuse('timeoutMs must be above 0', timeoutMs);
  if (patience !== undefined && !(Number.isSafeInteger(patience) && patience >= 1)) {
    throw refuse('patience must be a whole number of at least 1', patience);
  }
  if (target !== undefined && !Number.isFinite(target)) throw refuse('target must be finite', target);
}

/**
 * Asks before each trial whether the study is to go on. Patience and target look at the trials that the next one may
 * see, and at nothing else: the same study ends at the same trial, however many workers run it.
 */
export class StopRule {
  readonly #conditions: StopConditions;
  readonly #ledger: TrialLedger;
  readonly #clock: Clock;
  readonly #startedAt: number;
  /** For trials 0 … i: which of them is the best. */
  readonly #bestUpTo: { readonly trialNumber: number; readonly loss: number }[] = [];
  #told = false;

  constructor(conditions: StopConditions, ledger: TrialLedger, clock: Clock) {
    this.#conditions = conditions;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** Ends the study with the trials that have begun. */
  tell(): void {
    this.#told = true;
  }

  reasonAt(trialNumber: number): StopReason | undefined {
    const { timeoutMs, patience, target } = this.#conditions;
    if (this.#told) return 'callback';
    if (timeoutMs !== undefined && this.#clock.now() - this.#startedAt >= timeoutMs) return 'timeout';
    if (patience === undefined && target === undefined) return undefined;
    const seen = this.#seenBy(trialNumber);
    if (seen === 0) return undefined;
    const best = this.#bestUpTo[seen - 1]!;
    if (target !== undefined && best.loss <= lossOf(target, this.#ledger.direction)) return 'target';
    return patience !== undefined && seen - 1 - best.trialNumber >= patience ? 'patience' : undefined;
  }

  /** How many trials trial n sees, each of them looked at. */
  #seenBy(trialNumber: number): number {
    const history = this.#ledger.history(trialNumber);
    for (let number = this.#bestUpTo.length; number < history.length; number++) {
      const best = this.#bestUpTo[number - 1] ?? { trialNumber: -1, loss: Number.POSITIVE_INFINITY };
      const { state, loss } = history[number]!;
      const improved = state === 'complete' && loss !== undefined && loss < best.loss;
      this.#bestUpTo.push(improved ? { trialNumber: number, loss } : best);
    }
    return history.length;
  }
}
