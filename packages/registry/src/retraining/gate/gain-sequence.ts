import { InvalidInputError } from '@mlperf/core';

/** One decision that both models answered and whose outcome is known. */
export interface KnownGain {
  /** Score of the challenger less that of the champion. */
  readonly gain: number;
  /** When the decision was made, epoch milliseconds. */
  readonly predictedAt: number;
  /** When its outcome was observed, epoch milliseconds. */
  readonly observedAt: number;
}

/** A gain that a bet was placed on: the mean of the decisions of one time, clipped. */
export interface WeighedGain {
  /** In [−bound, bound]. */
  readonly gain: number;
  /** Which of the interleaved series it belongs to, from 0. */
  readonly row: number;
}

export interface GainSequenceOptions {
  /** Gains beyond ± this are clipped to it; > 0, fixed before the first gain. */
  readonly bound: number;
  /** How many labels of different times may be under way at once; a whole number ≥ 1, fixed before the first gain. */
  readonly labelOverlap: number;
}

/** The decisions of one time that have come in so far. */
interface OpenTime {
  readonly predictedAt: number;
  readonly gains: number[];
  observedAt: number;
}

/**
 * Turns decisions, in the order in which their outcomes arrive, into series of gains on which bets are fair.
 *
 * Decisions of one time share its price moves, so they count as one: their mean. A time is complete when a decision of
 * a later time arrives. Times whose labels overlap would tell a bettor of each other: each goes to a row whose last
 * outcome was observed before this decision was made, the latest such row. A time for which none of the `labelOverlap`
 * rows is free is left out, as is a decision that comes in after its time was complete; neither depends on what the
 * gains are.
 */
export class GainSequence {
  readonly bound: number;
  readonly labelOverlap: number;
  readonly #observedAt: number[] = [];
  #open: OpenTime | undefined;
  #decisions = 0;
  #leftOut = 0;
  #clipped = 0;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor({ bound, labelOverlap }: GainSequenceOptions) {
    if (!(bound > 0 && bound < Number.POSITIVE_INFINITY)) {
      throw new InvalidInputError('OUT_OF_RANGE', `bound must be above 0 and finite; got ${bound}`);
    }
    if (!Number.isInteger(labelOverlap) || labelOverlap < 1) {
      throw new InvalidInputError('OUT_OF_RANGE', `labelOverlap must be a whole number ≥ 1; got ${labelOverlap}`);
    }
    this.bound = bound;
    this.labelOverlap = labelOverlap;
  }

  /** Decisions that were weighed; those of the time still open are not among them. */
  get decisions(): number {
    return this.#decisions;
  }

  /** Decisions left out: late, or of a time for which no row was free. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Decisions whose gain was cut to the bound. */
  get clipped(): number {
    return this.#clipped;
  }

  /**
   * @returns what became complete by this decision, if anything.
   * @throws {@link InvalidInputError} `NOT_FINITE`.
   */
  add({ gain, predictedAt, observedAt }: KnownGain): WeighedGain | undefined {
    if (!Number.isFinite(gain)) throw new InvalidInputError('NOT_FINITE', `a gain must be finite; got ${gain}`);
    const open = this.#open;
    if (open !== undefined && predictedAt < open.predictedAt) {
      this.#leftOut++;
      return undefined;
    }
    const cut = Math.max(-this.bound, Math.min(this.bound, gain));
    if (cut !== gain) this.#clipped++;
    if (open?.predictedAt === predictedAt) {
      open.gains.push(cut);
      open.observedAt = Math.max(open.observedAt, observedAt);
      return undefined;
    }
    this.#open = { predictedAt, gains: [cut], observedAt };
    return open && this.#complete(open);
  }

  #complete({ predictedAt, gains, observedAt }: OpenTime): WeighedGain | undefined {
    const row = this.#freeRow(predictedAt);
    if (row === undefined) {
      this.#leftOut += gains.length;
      return undefined;
    }
    this.#observedAt[row] = observedAt;
    this.#decisions += gains.length;
    return { gain: gains.reduce((sum, gain) => sum + gain, 0) / gains.length, row };
  }

  /** The latest: few rows with many gains tell more than many rows with few. */
  #freeRow(predictedAt: number): number | undefined {
    let best: number | undefined;
    this.#observedAt.forEach((at, row) => {
      if (at <= predictedAt && (best === undefined || at > this.#observedAt[best]!)) best = row;
    });
    if (best !== undefined) return best;
    return this.#observedAt.length < this.labelOverlap ? this.#observedAt.length : undefined;
  }
}
