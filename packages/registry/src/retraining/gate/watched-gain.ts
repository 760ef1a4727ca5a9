import { bettingInterval } from './betting-interval.ts';
import { BETTING_SHARES, type BettingSide, BettingTest, type BettingTestOptions } from './betting-test.ts';
import { GainSequence, type KnownGain, type WeighedGain } from './gain-sequence.ts';

/** What two models are watched by; fixed before the first gain. */
export interface WatchRules {
  readonly gainBound: number;
  readonly labelOverlap: number;
  /** The gain that is tested. */
  readonly margin: number;
  /** Error of finding the gain above the margin when it is not, over all times together. */
  readonly alphaAbove: number;
  /** Error of finding it below when it is not. */
  readonly alphaBelow: number;
  /** Fewest decisions before a finding. */
  readonly minDecisions: number;
  /** `below`: a gain above the margin is not looked for, so that the watch goes on; default both. */
  readonly find?: 'both' | 'below';
  /** For bets below the margin, see {@link BettingTestOptions.restarts}. */
  readonly restartsBelow?: number;
}

/** The numbers of a watch. */
export type WatchedGainEvidence = {
  /** Decisions weighed. */
  readonly decisions: number;
  /** Decisions left out: late, or with labels beside too many others. */
  readonly leftOut: number;
  /** Decisions whose gain was cut to the bound. */
  readonly clipped: number;
  /** Mean of the weighed gains; absent before the first. */
  readonly gain?: number;
  /** Confidence sequence for their mean. */
  readonly gainLower: number;
  readonly gainUpper: number;
  readonly alphaAbove: number;
  readonly alphaBelow: number;
  readonly margin: number;
  readonly gainBound: number;
  readonly labelOverlap: number;
  /** Capital of the bets that the gain is above the margin, and below it; found at 1 / alpha. */
  readonly capitalAbove: number;
  readonly capitalBelow: number;
};

/**
 * The gain of one model over another, looked at after every decision: which side of the margin it is on is found once,
 * at the first decision that makes it clear, whenever one looks.
 */
export class WatchedGain {
  readonly #rules: WatchRules;
  readonly #sequence: GainSequence;
  readonly #above: BettingTest;
  readonly #below: BettingTest;
  readonly #weighed: WeighedGain[] = [];
  /** Logarithm of what each share has made of betting above the margin. */
  readonly #growth = new Float64Array(BETTING_SHARES.length);
  #rows = 0;
  #sum = 0;
  #found: BettingSide | undefined;

  constructor(rules: WatchRules) {
    const { gainBound: bound, labelOverlap, margin, restartsBelow } = rules;
    this.#rules = rules;
    this.#sequence = new GainSequence({ bound, labelOverlap });
    this.#above = new BettingTest({ bound, labelOverlap, margin, side: 'above' });
    const restarts = restartsBelow === undefined ? {} : { restarts: restartsBelow };
    this.#below = new BettingTest({ bound, labelOverlap, margin, side: 'below', ...restarts });
  }

  /** The side that was found; nothing is weighed after that. */
  get found(): BettingSide | undefined {
    return this.#found;
  }

  /** Decisions weighed or left out. */
  get seen(): number {
    return this.#sequence.decisions + this.#sequence.leftOut;
  }

  /** Mean of the weighed gains; `undefined` before the first. */
  get gain(): number | undefined {
    return this.#weighed.length === 0 ? undefined : this.#sum / this.#weighed.length;
  }

  /** Decisions weighed. */
  get decisions(): number {
    return this.#sequence.decisions;
  }

  /** O(n) for each of 82 steps. */
  get evidence(): WatchedGainEvidence {
    const { gainBound, labelOverlap, margin, alphaAbove, alphaBelow } = this.#rules;
    const range = { bound: gainBound, labelOverlap, alphaLower: alphaAbove, alphaUpper: alphaBelow };
    const { lower, upper } = bettingInterval(this.#weighed, range);
    const { decisions, leftOut, clipped } = this.#sequence;
    return {
      decisions,
      leftOut,
      clipped,
      ...(this.gain === undefined ? {} : { gain: this.gain }),
      gainLower: lower,
      gainUpper: upper,
      alphaAbove,
      alphaBelow,
      margin,
      gainBound,
      labelOverlap,
      capitalAbove: this.#above.capital,
      capitalBelow: this.#below.capital,
    };
  }

  /**
   * Decisions at which a gain like the one so far would be found above the margin, by the growth of the best bet;
   * `undefined` when no number would do.
   */
  get decisionsNeeded(): number | undefined {
    const { labelOverlap, alphaAbove } = this.#rules;
    const count = this.#weighed.length;
    const best = Math.max(...this.#growth) / count;
    if (!(best > 0)) return undefined;
    const rows = this.#rows;
    const target = Math.log((BETTING_SHARES.length * labelOverlap) / (rows * alphaAbove));
    const perTime = this.#sequence.decisions / count;
    return Math.max(this.#sequence.decisions + 1, Math.ceil(((rows * target) / best) * perTime));
  }

  add(known: KnownGain): void {
    if (this.#found !== undefined) return;
    const { margin, gainBound, minDecisions, alphaAbove, alphaBelow, find = 'both' } = this.#rules;
    const weighed = this.#sequence.add(known);
    if (weighed === undefined) return;
    this.#weighed.push(weighed);
    this.#sum += weighed.gain;
    this.#rows = Math.max(this.#rows, weighed.row + 1);
    const stake = (weighed.gain - margin) / (gainBound + margin);
    BETTING_SHARES.forEach((share, k) => {
      this.#growth[k]! += Math.log1p(share * stake);
    });
    this.#above.add(weighed);
    this.#below.add(weighed);
    if (this.#sequence.decisions < minDecisions) return;
    if (find === 'both' && this.#above.capital >= 1 / alphaAbove) this.#found = 'above';
    else if (this.#below.capital >= 1 / alphaBelow) this.#found = 'below';
  }
}
