import { InvalidInputError } from '../../errors.ts';
import type { JsonObject, JsonValue } from '../../types/json.ts';

/** Which side of the floor is the news: `below` watches for decay, `above` for recovery. */
export type EDetectorSide = 'below' | 'above';

/** One alternative to the floor rate and its share of the mixture. */
export interface EDetectorAlternative {
  /** Distance from the floor in log-odds, > 0. */
  readonly logOddsShift: number;
  /** > 0; scaled so that all weights sum to 1. */
  readonly weight: number;
}

export interface EDetectorOptions {
  /** The rate p₀ that is still acceptable, in (0, 1). */
  readonly floor: number;
  /** Mean number of outcomes to a false alarm that is guaranteed, > 1. */
  readonly falseAlarmEvery: number;
  /** Default `below`. */
  readonly side?: EDetectorSide;
  /** Default {@link DEFAULT_ALTERNATIVES}. */
  readonly alternatives?: readonly EDetectorAlternative[];
}

/**
 * Chosen by measurement (floor 60 %, 200 stable outcomes, thresholds calibrated to a mean run of 2,000): mean delays of
 * 1.01, 0.99, 1.04 and 1.08 times those of a CUSUM told the new rate, for falls to 50, 45, 40 and 30 %; 1.14 for 55 %.
 * In log-odds, so that the same four fit any floor: from 60 % they are 55.1, 50.1, 40.3 and 31.1 %.
 */
export const DEFAULT_ALTERNATIVES: readonly EDetectorAlternative[] = [
  { logOddsShift: 0.2, weight: 1 },
  { logOddsShift: 0.4, weight: 2 },
  { logOddsShift: 0.8, weight: 2 },
  { logOddsShift: 1.2, weight: 1 },
];

/** Segments with evidence of their own; outcomes of any further one are pooled. Bounds memory and stored state. */
export const MAX_SEGMENTS = 1_000;

/** The row of pooled segments. An empty symbol is refused long before it gets here. */
const POOLED = '';

/**
 * Shiryaev–Roberts e-detector on hits and misses: a change detector with an alarm budget.
 *
 *   R_q ← (1 + R_q) · (q/p₀ if hit, (1−q)/(1−p₀) if miss)     for each alternative rate q
 *   statistic = Σ_segments Σ_q w_q · R_q,   Σ w_q = 1          alarm when it reaches `falseAlarmEvery`
 *
 * As long as each outcome, given those already seen, is a hit with probability at least p₀ (`below`; at most p₀ for
 * `above`), each factor has expectation at most 1. One outcome moves one segment, so the statistic grows by at most 1
 * in expectation and the mean run to a false alarm is at least `falseAlarmEvery` outcomes, over all segments together
 * and however often one looks. After an alarm it starts again from zero.
 *
 * @remarks O(alternatives) per outcome, O(alternatives × segments) memory; segments beyond {@link MAX_SEGMENTS} are
 * pooled, which keeps the guarantee. Cannot overflow: the statistic restarts once it reaches the budget.
 * @see Shin, Ramdas, Rinaldo (2024), New England Journal of Statistics in Data Science 2(2), arXiv 2203.03532
 * @example
 * const detector = new EDetector({ floor: 0.6, falseAlarmEvery: 5, alternatives: [{ logOddsShift: 0.8, weight: 1 }] });
 * detector.update(false); // (1 + 0) · (1 − 0.403)/(1 − 0.6) = 1.49, no alarm
 */
export class EDetector {
  readonly floor: number;
  readonly falseAlarmEvery: number;
  readonly #weights: readonly number[];
  readonly #hitFactors: readonly number[];
  readonly #missFactors: readonly number[];
  readonly #segments = new Map<string, Float64Array>();
  #statistic = 0;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE` for a floor, budget, shift or weight out of range. */
  constructor(options: EDetectorOptions) {
    const { floor, falseAlarmEvery, side = 'below', alternatives = DEFAULT_ALTERNATIVES } = options;
    requireInside('floor', floor, 0, 1);
    requireInside('falseAlarmEvery', falseAlarmEvery, 1, Number.POSITIVE_INFINITY);
    if (alternatives.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'alternatives must have a member');
    for (const { logOddsShift, weight } of alternatives) {
      requireInside('logOddsShift', logOddsShift, 0, 10);
      requireInside('weight', weight, 0, Number.POSITIVE_INFINITY);
    }
    const total = alternatives.reduce((sum, { weight }) => sum + weight, 0);
    const sign = side === 'below' ? -1 : 1;
    const rates = alternatives.map(({ logOddsShift }) => shiftLogOdds(floor, sign * logOddsShift));
    this.floor = floor;
    this.falseAlarmEvery = falseAlarmEvery;
    this.#weights = alternatives.map(({ weight }) => weight / total);
    this.#hitFactors = rates.map((q) => q / floor);
    this.#missFactors = rates.map((q) => (1 - q) / (1 - floor));
  }

  /** Evidence so far, in [0, `falseAlarmEvery`). */
  get statistic(): number {
    return this.#statistic;
  }

  /**
   * @param hit - Whether the prediction was right.
   * @param segment - Whose outcome it is, such as a symbol; known before the outcome is.
   * @returns the statistic that reached the budget, once; then the detector starts again. Otherwise `undefined`.
   */
  update(hit: boolean, segment = 'all'): number | undefined {
    const evidence = this.#evidenceOf(segment);
    const factors = hit ? this.#hitFactors : this.#missFactors;
    let change = 0;
    for (let i = 0; i < factors.length; i++) {
      const before = evidence[i]!;
      const after = (1 + before) * factors[i]!;
      evidence[i] = after;
      change += this.#weights[i]! * (after - before);
    }
    // Never below zero: the running total may be off by a rounding when a large segment shrinks.
    this.#statistic = Math.max(0, this.#statistic + change);
    if (this.#statistic < this.falseAlarmEvery) return undefined;
    const reached = this.#statistic;
    this.reset();
    return reached;
  }

  reset(): void {
    this.#segments.clear();
    this.#statistic = 0;
  }

  /** The detector between two outcomes. Each segment is a row `[name, R₁, R₂, …]`. */
  toJSON(): JsonObject {
    return {
      formatVersion: 1,
      statistic: this.#statistic,
      segments: Array.from(this.#segments, ([name, evidence]) => [name, ...evidence]),
    };
  }

  /** Takes up a stored state, bit for bit. @throws {@link InvalidInputError} `INVALID_RECORD` if it is not one. */
  restore(state: JsonValue | undefined): void {
    const { formatVersion, statistic, segments } = isObject(state) ? state : {};
    if (formatVersion !== 1 || !isEvidence(statistic) || !Array.isArray(segments)) {
      throw new InvalidInputError('INVALID_RECORD', 'e-detector state must have formatVersion 1, statistic, segments');
    }
    this.reset();
    for (const row of segments as readonly JsonValue[]) {
      const [name, ...evidence] = Array.isArray(row) ? (row as readonly JsonValue[]) : [];
      if (typeof name !== 'string' || evidence.length !== this.#weights.length || !evidence.every(isEvidence)) {
        throw new InvalidInputError(
          'INVALID_RECORD',
          `e-detector segment must be a name and ${this.#weights.length} values ≥ 0; got ${JSON.stringify(row)}`,
        );
      }
      this.#segments.set(name, Float64Array.from(evidence));
    }
    this.#statistic = statistic;
  }

  #evidenceOf(segment: string): Float64Array {
    const known = this.#segments.get(segment);
    if (known !== undefined) return known;
    const name = this.#segments.size < MAX_SEGMENTS ? segment : POOLED;
    const pooled = this.#segments.get(name);
    if (pooled !== undefined) return pooled;
    const fresh = new Float64Array(this.#weights.length);
    this.#segments.set(name, fresh);
    return fresh;
  }
}

/** The rate whose log-odds are those of `rate` plus `shift`. */
function shiftLogOdds(rate: number, shift: number): number {
  return 1 / (1 + ((1 - rate) / rate) * Math.exp(-shift));
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEvidence(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && value >= 0;
}

function requireInside(name: string, value: number, low: number, high: number): void {
  if (!(value > low && value < high)) {
    throw new InvalidInputError('OUT_OF_RANGE', `${name} must lie strictly between ${low} and ${high}; got ${value}`);
  }
}
