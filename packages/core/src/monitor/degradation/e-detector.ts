import { InvalidInputError } from '../../errors.ts';
import type { JsonObject, JsonValue } from '../../types/json.ts';
import { type EDetectorShape, parseEDetectorState } from './e-detector-state.ts';
import {
  calibrationEvidence,
  type EDetectorAlternative,
  type EDetectorSide,
  type EvidenceOutcome,
  type EvidenceStream,
  type EvidenceStreamName,
  hitEvidence,
  returnEvidence,
} from './evidence-stream.ts';
import { requireEvidenceOutcome } from './require-evidence-outcome.ts';
import { beyondIdle, type Segment, segmentValue } from './segment-evidence.ts';

export type { EDetectorAlternative, EDetectorSide } from './evidence-stream.ts';

export interface EDetectorOptions {
  /** The rate p₀ that is still acceptable, in (0, 1). */
  readonly floor: number;
  /** Mean number of outcomes to a false alarm that is guaranteed, > 1. */
  readonly falseAlarmEvery: number;
  /** Default `below`. */
  readonly side?: EDetectorSide;
  /** Default {@link DEFAULT_ALTERNATIVES}. */
  readonly alternatives?: readonly EDetectorAlternative[];
  /**
   * How many successive labels of a segment overlap: h for predictions h bars ahead made at every bar. Whole number
   * from 1 (none do, the default) to {@link MAX_LABEL_OVERLAP}.
   */
  readonly labelOverlap?: number;
  /** What part of the evidence each stream has; all parts sum to 1. Default: hits alone. */
  readonly evidence?: readonly EvidencePart[];
}

/** A stream of evidence with its share of the budget, in (0, 1]. */
export type EvidencePart =
  | { readonly stream: 'hits'; readonly share: number }
  /** A prediction may be right less often than stated by `tolerance`, in [0, 1). */
  | { readonly stream: 'calibration'; readonly share: number; readonly tolerance: number }
  /** The mean of net returns, each clipped to ±`bound`, must be at least `floor`. */
  | { readonly stream: 'net-return'; readonly share: number; readonly floor: number; readonly bound: number };

/** What one stream contributes to the statistic. */
export interface StreamEvidence {
  readonly stream: EvidenceStreamName;
  readonly share: number;
  /** Its part of the statistic, share included; with overlapping labels it may be below zero. */
  readonly statistic: number;
}

const HITS_ALONE: readonly EvidencePart[] = [{ stream: 'hits', share: 1 }];

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

export const MAX_LABEL_OVERLAP = 1_000;

/** Values of evidence kept over all segments: with overlapping labels fewer segments have evidence of their own. */
const MAX_VALUES = 20_000;

/**
 * Overlap h has the idle level budget · h/(h + this): a twentieth of the budget without overlap. By measurement at a
 * budget of 2,000: with 100 symbols ten points above the floor 4 false alarms in 3,000,000 outcomes, the plain sum 422.
 */
const IDLE_DIVISOR = 19;

/** The row of pooled segments. An empty symbol is refused long before it gets here. */
const POOLED = '';

/**
 * Shiryaev–Roberts e-detector on hits and misses: a change detector with an alarm budget.
 *
 *   R_q ← (1 + R_q) · (q/p₀ if hit, (1−q)/(1−p₀) if miss)     for each alternative rate q
 *   V = Σ_q w_q · R_q of each segment,   Σ w_q = 1
 *   statistic = Σ_segments max(0, V − c) + min(c, Σ_segments V)     alarm when it reaches `falseAlarmEvery`
 *
 * The idle level c is a twentieth of the budget: with many segments what each of them has at rest does not add up to an
 * alarm. One segment alone has the statistic V.
 *
 * As long as each outcome, given those already seen, is a hit with probability at least p₀ (`below`; at most p₀ for
 * `above`), each factor has expectation at most 1. One outcome moves one segment, so Σ V grows by at most 1 in
 * expectation. The statistic is never more than Σ V, so the mean run to a false alarm is at least `falseAlarmEvery` outcomes, over all segments together
 * and however often one looks. After an alarm it starts again from zero.
 *
 * Further streams of evidence bring further alternatives, whose weights are their share times those within the stream;
 * all sum to 1, so the promise is one for all streams: as long as the model is acceptable in each of them.
 *
 * With `labelOverlap` h > 1 the condition is asked only given the outcomes at least h before in the same segment, and
 * all of other segments. Each segment then has h rows R_q, used in turn. All but the newest row of a segment enter its
 * value as if their next outcome were the least suspicious one, less 1; a value below 0 counts in full, and c is
 * budget · h/(h + 19):
 *
 *   V = Σ_q w_q · (R_q of the newest row + Σ_other rows ((1 + R_q) · L_q − 1)),   L_q = least factor
 *
 * @remarks O(alternatives) per outcome, O(alternatives × overlap × segments) memory; segments beyond
 * {@link MAX_SEGMENTS} are pooled, which keeps the guarantee; with overlapping labels they are not watched. Cannot
 * overflow: the statistic restarts once it reaches the budget.
 * @see Shin, Ramdas, Rinaldo (2024), New England Journal of Statistics in Data Science 2(2), arXiv 2203.03532;
 * docs/guides/alarm-budget.md for the proof with overlapping labels.
 * @example
 * const detector = new EDetector({ floor: 0.6, falseAlarmEvery: 5, alternatives: [{ logOddsShift: 0.8, weight: 1 }] });
 * detector.update(false); // (1 + 0) · (1 − 0.403)/(1 − 0.6) = 1.49, no alarm
 */
export class EDetector {
  readonly floor: number;
  readonly falseAlarmEvery: number;
  readonly labelOverlap: number;
  readonly #parts: readonly EvidencePart[];
  readonly #streams: readonly EvidenceStream[];
  /** Of every alternative of every stream, in order; summing to 1. */
  readonly #weights: readonly number[];
  readonly #leastFactors: readonly number[];
  /** Segments with evidence of their own. */
  readonly #mostSegments: number;
  /** What the rows of a segment add to the statistic before its first outcome counts; 0 without overlap. */
  readonly #baseline: number;
  readonly #shape: EDetectorShape;
  #segments = new Map<string, Segment>();
  /** Outcomes each segment leaves out at first: their labels overlap with those that led to the last restart. */
  #leaveOut = 0;
  #unwatched = 0;
  /** Σ over segments of what is beyond the idle level. */
  #excess = 0;
  /** Σ over segments of values above 0. */
  #sum = 0;
  #atAlarm: readonly StreamEvidence[] = [];

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE` for a floor, budget, shift, weight, overlap or share out of range. */
  constructor(options: EDetectorOptions) {
    const { floor, falseAlarmEvery, labelOverlap = 1, evidence = HITS_ALONE } = options;
    const { side = 'below', alternatives = DEFAULT_ALTERNATIVES } = options;
    if (!(falseAlarmEvery > 1 && falseAlarmEvery < Number.POSITIVE_INFINITY)) {
      throw new InvalidInputError('OUT_OF_RANGE', `falseAlarmEvery must be finite and above 1; got ${falseAlarmEvery}`);
    }
    if (!Number.isInteger(labelOverlap) || labelOverlap < 1 || labelOverlap > MAX_LABEL_OVERLAP) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `labelOverlap must be a whole number from 1 to ${MAX_LABEL_OVERLAP}; got ${labelOverlap}`,
      );
    }
    requireShares(evidence);
    this.floor = floor;
    this.falseAlarmEvery = falseAlarmEvery;
    this.labelOverlap = labelOverlap;
    this.#parts = evidence;
    this.#streams = evidence.map((part) => evidenceStream(part, floor, side, alternatives));
    this.#weights = this.#streams.flatMap(({ weights }, i) => weights.map((weight) => evidence[i]!.share * weight));
    this.#leastFactors = this.#streams.flatMap(({ leastFactors }) => leastFactors);
    this.#mostSegments = Math.max(
      1,
      Math.min(MAX_SEGMENTS, Math.floor(MAX_VALUES / (labelOverlap * this.#weights.length))),
    );
    const deduction = this.#leastFactors.reduce((sum, least, i) => sum + this.#weights[i]! * (least - 1), 0);
    this.#baseline = labelOverlap === 1 ? 0 : labelOverlap * deduction;
    this.#shape = {
      labelOverlap,
      weights: this.#weights,
      leastFactors: this.#leastFactors,
      falseAlarmEvery,
      idleLevel: (falseAlarmEvery * labelOverlap) / (labelOverlap + IDLE_DIVISOR),
    };
  }

  /** Evidence so far, in [0, `falseAlarmEvery`). */
  get statistic(): number {
    return Math.max(0, this.#reached);
  }

  /** Outcomes since it last started that came from segments beyond those it can hold, and were not weighed. */
  get unwatchedOutcomes(): number {
    return this.#unwatched;
  }

  /** What each stream adds to the statistic. O(segments). */
  get evidence(): readonly StreamEvidence[] {
    const { idleLevel } = this.#shape;
    const ofAll = this.#sum > idleLevel ? idleLevel / this.#sum : 1;
    let from = 0;
    return this.#streams.map(({ weights }, s) => {
      const { stream, share } = this.#parts[s]!;
      const to = from + weights.length;
      let statistic = 0;
      for (const segment of this.#segments.values()) {
        const { value } = segment;
        const counted = value < 0 ? 1 : ofAll + (value > idleLevel ? (value - idleLevel) / value : 0);
        statistic += counted * segmentValue(segment, this.#shape, from, to);
      }
      from = to;
      return { stream, share, statistic };
    });
  }

  /** What each stream had added to the statistic that last reached the budget; empty before the first alarm. */
  get evidenceAtAlarm(): readonly StreamEvidence[] {
    return this.#atAlarm;
  }

  /**
   * @param outcome - The outcome, or just whether the prediction was right.
   * @param segment - Whose outcome it is, such as a symbol; known before the outcome is.
   * @returns the statistic that reached the budget, once; then the detector starts again. Otherwise `undefined`.
   * @throws {@link InvalidInputError} `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`, before anything has moved, for a
   * hit that is no boolean, a segment that is no string, a confidence outside [0, 1], a net return that is not finite.
   */
  update(outcome: EvidenceOutcome | boolean, segment = 'all'): number | undefined {
    if (typeof outcome !== 'boolean') requireEvidenceOutcome(outcome);
    if (typeof segment !== 'string') {
      throw new InvalidInputError('INVALID_TYPE', `segment must be a string; got ${String(segment)}`);
    }
    const watched = this.#segmentOf(segment);
    if (watched === undefined) {
      this.#unwatched++;
      return undefined;
    }
    if (watched.newest < -1) {
      watched.newest++;
      return undefined;
    }
    this.#weigh(watched, this.#move(watched, typeof outcome === 'boolean' ? { hit: outcome } : outcome));
    const reached = this.#reached;
    if (reached < this.falseAlarmEvery) return undefined;
    this.#atAlarm = this.evidence;
    this.reset();
    return reached;
  }

  /**
   * Starts again from zero. Of each segment the next `labelOverlap − 1` outcomes are left out: their labels overlap
   * with those that were seen before.
   */
  reset(): void {
    this.#segments.clear();
    this.#excess = 0;
    this.#sum = 0;
    this.#unwatched = 0;
    this.#leaveOut = this.labelOverlap - 1;
  }

  /** The detector between two outcomes. Each segment is a row `[name, newest, R₁, R₂, …]`. */
  toJSON(): JsonObject {
    return {
      formatVersion: 3,
      labelOverlap: this.labelOverlap,
      leaveOut: this.#leaveOut,
      unwatched: this.#unwatched,
      excess: this.#excess,
      sum: this.#sum,
      values: Array.from(this.#segments.values(), ({ value }) => value),
      segments: Array.from(this.#segments, ([name, { newest, evidence }]) => [name, newest, ...evidence]),
    };
  }

  /**
   * Takes up a stored state, bit for bit. Formats 1, which knew no overlap, and 2, a plain sum, are read too.
   * @throws {@link InvalidInputError} `INVALID_RECORD`, and nothing has changed, if it is not a state of this detector's
   * alternatives, overlap and budget, or its totals are not what its segments come to.
   */
  restore(state: JsonValue | undefined): void {
    const { leaveOut, unwatched, excess, sum, segments } = parseEDetectorState(state, this.#shape);
    this.#segments = new Map(segments);
    this.#leaveOut = leaveOut;
    this.#unwatched = unwatched;
    this.#excess = excess;
    this.#sum = sum;
  }

  get #reached(): number {
    return this.#excess + Math.min(this.#shape.idleLevel, this.#sum);
  }

  #weigh(segment: Segment, change: number): void {
    const { idleLevel } = this.#shape;
    const before = segment.value;
    // Never below zero without overlap: running totals may be off by a rounding when a large segment shrinks.
    const least = this.labelOverlap === 1 ? 0 : Number.NEGATIVE_INFINITY;
    const after = Math.max(least, before + change);
    segment.value = after;
    this.#excess = Math.max(least, this.#excess + (beyondIdle(after, idleLevel) - beyondIdle(before, idleLevel)));
    this.#sum = Math.max(0, this.#sum + (Math.max(0, after) - Math.max(0, before)));
  }

  /** @returns by how much the value of the segment changes. */
  #move(segment: Segment, outcome: EvidenceOutcome): number {
    if (this.labelOverlap > 1) return this.#moveInTurn(segment, outcome);
    const { evidence } = segment;
    let change = 0;
    let i = 0;
    for (const stream of this.#streams) {
      const factors = stream.factorsOf(outcome);
      if (factors === undefined) {
        i += stream.weights.length;
        continue;
      }
      for (let k = 0; k < factors.length; k++, i++) {
        const before = evidence[i]!;
        const after = (1 + before) * factors[k]!;
        evidence[i] = after;
        change += this.#weights[i]! * (after - before);
      }
    }
    return change;
  }

  /** The next row takes the outcome; the row that was the newest joins those that wait for their next one. */
  #moveInTurn(segment: Segment, outcome: EvidenceOutcome): number {
    const { evidence, newest } = segment;
    const alternatives = this.#weights.length;
    const next = newest + 1 === this.labelOverlap ? 0 : newest + 1;
    let change = newest < 0 ? this.#baseline : 0;
    let i = 0;
    for (const stream of this.#streams) {
      const factors = stream.factorsOf(outcome);
      for (let k = 0; k < stream.weights.length; k++, i++) {
        const at = next * alternatives + i;
        const before = evidence[at]!;
        const after = factors === undefined ? before : (1 + before) * factors[k]!;
        evidence[at] = after;
        const least = this.#leastFactors[i]!;
        const joined = newest < 0 ? 0 : (1 + evidence[newest * alternatives + i]!) * (least - 1);
        change += this.#weights[i]! * (after - ((1 + before) * least - 1) + joined);
      }
    }
    segment.newest = next;
    return change;
  }

  /** @returns `undefined` for a segment that is not watched. */
  #segmentOf(name: string): Segment | undefined {
    const known = this.#segments.get(name);
    if (known !== undefined) return known;
    if (this.#segments.size < this.#mostSegments) return this.#addSegment(name);
    // Labels of a symbol do not overlap at a fixed distance in a pool of symbols.
    if (this.labelOverlap > 1) return undefined;
    return this.#segments.get(POOLED) ?? this.#addSegment(POOLED);
  }

  #addSegment(name: string): Segment {
    const evidence = new Float64Array(this.#weights.length * this.labelOverlap);
    const fresh = { evidence, newest: -1 - this.#leaveOut, value: 0 };
    this.#segments.set(name, fresh);
    return fresh;
  }
}

export function evidenceStream(
  part: EvidencePart,
  floor: number,
  side: EDetectorSide,
  alternatives: readonly EDetectorAlternative[],
): EvidenceStream {
  switch (part.stream) {
    case 'hits':
      return hitEvidence(floor, side, alternatives);
    case 'calibration':
      return calibrationEvidence(part.tolerance, side, alternatives);
    case 'net-return':
      return returnEvidence(part.floor, part.bound, side);
  }
}

function requireShares(evidence: readonly EvidencePart[]): void {
  const total = evidence.reduce((sum, { share }) => sum + share, 0);
  const names = new Set(evidence.map(({ stream }) => stream));
  if (evidence.every(({ share }) => share > 0) && Math.abs(total - 1) < 1e-9 && names.size === evidence.length) return;
  throw new InvalidInputError(
    'OUT_OF_RANGE',
    `evidence must name each stream once, with shares above 0 that sum to 1; got ${JSON.stringify(evidence)}`,
  );
}
