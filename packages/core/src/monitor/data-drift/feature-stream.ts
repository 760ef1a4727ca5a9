import { InvalidInputError } from '../../errors.ts';
import type { JsonObject } from '../../types/json.ts';
import {
  type BinTilt,
  binTilts,
  type DriftShape,
  LEARNED_MEMORIES,
  LEARNED_WEIGHT,
  SPIKE,
  SPIKES_WEIGHT,
} from './bin-alternatives.ts';

/** Rows that the base distribution weighs in a learned alternative, so that it never bets on a bin being impossible. */
const LEARNED_PRIOR = 20;

/** Evidence that reached its threshold. */
export interface StreamAlarm {
  readonly statistic: number;
  readonly shape: DriftShape;
}

/**
 * Shiryaev–Roberts e-detector on the rank bins of one feature.
 *
 *   π(i) = (gapᵢ + seenᵢ) / (n + 1 + seen)          chance of bin i for the next row, given the bins of those before
 *   R_a ← (1 + R_a) · q_a(bin)/π(bin)               q_a: the same chances under alternative a, fixed before the row
 *   statistic = Σ_a w_a R_a,  Σ w_a = 1             alarm when it reaches the threshold, then again from zero
 *
 * While the rows are exchangeable with the reference, π is the exact conditional chance (Pólya's urn), so each ratio has
 * conditional expectation 1, statistic + threshold · alarms − rows is a supermartingale, and the mean number of alarms
 * in n rows is at most n / threshold.
 *
 * @remarks O(bins × alternatives) time per row; O(bins) memory.
 */
export class FeatureStream {
  readonly threshold: number;
  readonly #gaps: readonly number[];
  readonly #total: number;
  readonly #tilts: readonly BinTilt[];
  readonly #weights: readonly number[];
  readonly #seen: Float64Array;
  readonly #evidence: Float64Array;
  readonly #recent: readonly Float64Array[];
  #rows = 0;
  #statistic = 0;

  constructor(gaps: readonly number[], threshold: number) {
    this.threshold = threshold;
    this.#gaps = gaps;
    this.#total = gaps.reduce((sum, gap) => sum + gap, 0);
    this.#tilts = binTilts(gaps);
    this.#seen = new Float64Array(gaps.length);
    // In this order: tilts, learned alternatives, one spike per bin.
    this.#weights = [
      ...this.#tilts.map(({ weight }) => weight),
      ...LEARNED_MEMORIES.map(() => LEARNED_WEIGHT),
      ...gaps.map(() => SPIKES_WEIGHT / gaps.length),
    ];
    this.#evidence = new Float64Array(this.#weights.length);
    this.#recent = LEARNED_MEMORIES.map(() => new Float64Array(gaps.length));
  }

  /** In [0, threshold). */
  get statistic(): number {
    return this.#statistic;
  }

  /** The alternative with most evidence now. */
  get shape(): DriftShape {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let a = 0; a < this.#evidence.length; a++) {
      const share = this.#weights[a]! * this.#evidence[a]!;
      if (share > most) {
        most = share;
        best = a;
      }
    }
    return this.#tilts[best]?.name ?? 'other';
  }

  /** @returns the alarm, once; then the evidence starts again from zero. */
  update(bin: number): StreamAlarm | undefined {
    const weight = this.#gaps[bin]! + this.#seen[bin]!;
    const total = this.#total + this.#rows;
    this.#updateTilts(bin, total);
    this.#updateLearned(bin, weight / total);
    this.#updateSpikes(bin, weight / total);
    this.#seen[bin]!++;
    this.#rows++;
    let statistic = 0;
    for (let a = 0; a < this.#evidence.length; a++) statistic += this.#weights[a]! * this.#evidence[a]!;
    this.#statistic = statistic;
    if (statistic < this.threshold) return undefined;
    const alarm = { statistic, shape: this.shape };
    this.#evidence.fill(0);
    this.#statistic = 0;
    return alarm;
  }

  #updateTilts(bin: number, total: number): void {
    const bins = this.#gaps.length;
    for (let a = 0; a < this.#tilts.length; a++) {
      const { factors } = this.#tilts[a]!;
      let mass = 0;
      for (let i = 0; i < bins; i++) mass += (this.#gaps[i]! + this.#seen[i]!) * factors[i]!;
      this.#evidence[a] = (1 + this.#evidence[a]!) * ((factors[bin]! * total) / mass);
    }
  }

  #updateLearned(bin: number, chance: number): void {
    for (let k = 0; k < LEARNED_MEMORIES.length; k++) {
      const recent = this.#recent[k]!;
      let count = 0;
      for (let i = 0; i < recent.length; i++) count += recent[i]!;
      const learned = (LEARNED_PRIOR * chance + recent[bin]!) / (LEARNED_PRIOR + count);
      const a = this.#tilts.length + k;
      this.#evidence[a] = (1 + this.#evidence[a]!) * (learned / chance);
      // Only now may it learn the row: a bet must be placed before the draw.
      const keep = 1 - 1 / LEARNED_MEMORIES[k]!;
      for (let i = 0; i < recent.length; i++) recent[i]! *= keep;
      recent[bin]!++;
    }
  }

  #updateSpikes(bin: number, chance: number): void {
    const first = this.#tilts.length + LEARNED_MEMORIES.length;
    for (let i = 0; i < this.#gaps.length; i++) {
      const ratio = i === bin ? 1 - SPIKE + SPIKE / chance : 1 - SPIKE;
      this.#evidence[first + i] = (1 + this.#evidence[first + i]!) * ratio;
    }
  }

  toJSON(): JsonObject {
    return {
      seen: [...this.#seen],
      evidence: [...this.#evidence],
      recent: this.#recent.map((counts) => [...counts]),
      statistic: this.#statistic,
    };
  }

  /** Takes up a stored state, bit for bit. @throws {@link InvalidInputError} `INVALID_RECORD`; then nothing has changed. */
  restore(state: unknown, rows: number): void {
    const { seen, evidence, recent, statistic } = isObject(state) ? state : {};
    const fits =
      isCounts(seen, this.#seen.length) &&
      isCounts(evidence, this.#evidence.length) &&
      Array.isArray(recent) &&
      recent.length === this.#recent.length &&
      recent.every((counts) => isCounts(counts, this.#seen.length)) &&
      isCount(statistic) &&
      statistic < this.threshold;
    if (!fits || seen.reduce((sum, count) => sum + count, 0) !== rows) {
      throw new InvalidInputError('INVALID_RECORD', `a stored feature stream must be one of ${rows} rows`);
    }
    this.#seen.set(seen);
    this.#evidence.set(evidence);
    recent.forEach((counts: readonly number[], k) => {
      this.#recent[k]!.set(counts);
    });
    this.#statistic = statistic;
    this.#rows = rows;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
}

function isCounts(value: unknown, length: number): value is readonly number[] {
  return Array.isArray(value) && value.length === length && value.every(isCount);
}
