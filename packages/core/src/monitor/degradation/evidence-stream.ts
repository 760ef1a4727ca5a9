import { InvalidInputError } from '../../errors.ts';

/** What an alarm may rest on: hits and misses, hits against stated confidence, net returns. */
export type EvidenceStreamName = 'hits' | 'calibration' | 'net-return';

/** Which side of what is acceptable is the news: `below` watches for decay, `above` for recovery. */
export type EDetectorSide = 'below' | 'above';

/** One outcome as evidence. What is absent moves nothing. */
export interface EvidenceOutcome {
  /** Whether the prediction was right. */
  readonly hit: boolean;
  /** The stated probability of being right, in [0, 1]. */
  readonly confidence?: number;
  /** Return of the side taken, net of costs; absent where none was taken. */
  readonly netReturn?: number;
}

/**
 * Bets against what is acceptable: for each alternative a factor ≥ 0 whose expectation is at most 1, given the past,
 * as long as the model is acceptable.
 */
export interface EvidenceStream {
  readonly name: EvidenceStreamName;
  /** Of the alternatives, summing to 1. */
  readonly weights: readonly number[];
  /** The least factor of each alternative over all outcomes. */
  readonly leastFactors: readonly number[];
  /** @returns one factor for each alternative, valid until the next call; `undefined` when the outcome says nothing. */
  factorsOf(outcome: EvidenceOutcome): ArrayLike<number> | undefined;
}

/** One alternative to an acceptable rate and its share of the mixture. */
export interface EDetectorAlternative {
  /** Distance from the acceptable rate in log-odds, > 0. */
  readonly logOddsShift: number;
  /** > 0; scaled so that all weights sum to 1. */
  readonly weight: number;
}

/** A stated certainty is taken for this: an infinite factor could not be stored. Still less than what was stated. */
const HIGHEST_RATE = 0.999;
const LOWEST_RATE = 0.001;

/** Bets on net returns, as fractions of the largest one that cannot go broke. */
const BET_FRACTIONS = [0.1, 0.25, 0.5, 0.9] as const;

/**
 * Hits against a floor p₀: factor q/p₀ on a hit, (1−q)/(1−p₀) on a miss, for rates q on the far side of p₀.
 * Acceptable: a hit has probability at least p₀ (`above`: at most).
 */
export function hitEvidence(
  floor: number,
  side: EDetectorSide,
  alternatives: readonly EDetectorAlternative[],
): EvidenceStream {
  requireInside('floor', floor, 0, 1);
  const weights = weightsOf(alternatives);
  const sign = side === 'below' ? -1 : 1;
  const rates = alternatives.map(({ logOddsShift }) => shiftLogOdds(floor, sign * logOddsShift));
  const onHit = rates.map((q) => q / floor);
  const onMiss = rates.map((q) => (1 - q) / (1 - floor));
  return {
    name: 'hits',
    weights,
    leastFactors: side === 'below' ? onHit : onMiss,
    factorsOf: ({ hit }) => (hit ? onHit : onMiss),
  };
}

/**
 * Hits against stated confidence c: as {@link hitEvidence}, with the floor m = c − tolerance of each prediction.
 * Acceptable: a prediction is right with probability at least m (`above`: at most).
 */
export function calibrationEvidence(
  tolerance: number,
  side: EDetectorSide,
  alternatives: readonly EDetectorAlternative[],
): EvidenceStream {
  if (!(tolerance >= 0 && tolerance < 1)) {
    throw new InvalidInputError('OUT_OF_RANGE', `tolerance must be at least 0 and below 1; got ${tolerance}`);
  }
  const weights = weightsOf(alternatives);
  const sign = side === 'below' ? -1 : 1;
  const oddsRatios = alternatives.map(({ logOddsShift }) => Math.exp(-sign * logOddsShift));
  const factors = new Float64Array(alternatives.length);
  return {
    name: 'calibration',
    weights,
    // Approached by a hit (`below`) or a miss (`above`) that was least expected.
    leastFactors: alternatives.map(({ logOddsShift }) => Math.exp(-logOddsShift)),
    factorsOf({ hit, confidence }) {
      if (confidence === undefined) return undefined;
      const stated = confidence - tolerance;
      if (side === 'below' ? stated <= LOWEST_RATE : stated >= HIGHEST_RATE) return undefined;
      const m = Math.min(HIGHEST_RATE, Math.max(LOWEST_RATE, stated));
      for (let i = 0; i < factors.length; i++) {
        // q/m = 1/(m + (1 − m)·r) and (1 − q)/(1 − m) = r/(m + (1 − m)·r) with the odds ratio r.
        const ratio = oddsRatios[i]!;
        factors[i] = (hit ? 1 : ratio) / (m + (1 - m) * ratio);
      }
      return factors;
    },
  };
}

/**
 * Net returns against a floor μ₀, each clipped to ±bound: factor 1 − λ(x − μ₀) for bets λ that cannot go broke.
 * Acceptable: the clipped return has an expectation of at least μ₀ (`above`: at most).
 *
 * @param bound - Largest size of a return that counts in full, > |floor|.
 */
export function returnEvidence(floor: number, bound: number, side: EDetectorSide): EvidenceStream {
  requireInside('returnBound', bound, 0, Number.POSITIVE_INFINITY);
  requireInside('returnFloor', floor, -bound, bound);
  const sign = side === 'below' ? -1 : 1;
  const largestBet = 1 / (bound + sign * floor);
  const bets = BET_FRACTIONS.map((fraction) => sign * fraction * largestBet);
  const factors = new Float64Array(bets.length);
  return {
    name: 'net-return',
    weights: bets.map(() => 1 / bets.length),
    leastFactors: BET_FRACTIONS.map((fraction) => 1 - fraction),
    factorsOf({ netReturn }) {
      if (netReturn === undefined) return undefined;
      const excess = Math.min(bound, Math.max(-bound, netReturn)) - floor;
      // Never below the least factor by a rounding.
      for (let i = 0; i < bets.length; i++) factors[i] = Math.max(1 - BET_FRACTIONS[i]!, 1 + bets[i]! * excess);
      return factors;
    },
  };
}

function weightsOf(alternatives: readonly EDetectorAlternative[]): readonly number[] {
  if (alternatives.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'alternatives must have a member');
  for (const { logOddsShift, weight } of alternatives) {
    requireInside('logOddsShift', logOddsShift, 0, 10);
    requireInside('weight', weight, 0, Number.POSITIVE_INFINITY);
  }
  const total = alternatives.reduce((sum, { weight }) => sum + weight, 0);
  return alternatives.map(({ weight }) => weight / total);
}

/** The rate whose log-odds are those of `rate` plus `shift`. */
function shiftLogOdds(rate: number, shift: number): number {
  return 1 / (1 + ((1 - rate) / rate) * Math.exp(-shift));
}

function requireInside(name: string, value: number, low: number, high: number): void {
  if (!(value > low && value < high)) {
    throw new InvalidInputError('OUT_OF_RANGE', `${name} must lie strictly between ${low} and ${high}; got ${value}`);
  }
}
