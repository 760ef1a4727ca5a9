import { InvalidInputError } from '../errors.ts';
import { surprise } from '../metrics/classification/surprise.ts';
import { productError } from '../numeric/product-error.ts';
import type { OutcomeAggregateState } from '../types/outcome-aggregate-state.ts';
import type { Direction } from '../types/prediction.ts';
import { type OutcomeObservation, requireSummable } from './outcome-observation.ts';
import { requireAggregateState } from './require-aggregate-state.ts';

export { type OutcomeObservation, observationOf } from './outcome-observation.ts';

/** Row and column order of the confusion counts. */
export const DIRECTIONS: readonly Direction[] = ['up', 'down', 'flat'];

/** Equal-width confidence bins over (0, 1]. */
export const CONFIDENCE_BINS = 10;

// One flat array holds every sum, so that adding an outcome touches one object. A sum is a pair: high, then low.
const COUNT = 0;
const CORRECT = 1;
const CONFUSION = 2;
const CONFUSION_CELLS = 9;
const BIN_COUNTS = CONFUSION + CONFUSION_CELLS;
const BIN_CORRECT = BIN_COUNTS + CONFIDENCE_BINS;
const BIN_CONFIDENCE = BIN_CORRECT + CONFIDENCE_BINS;
const CONFIDENCE = BIN_CONFIDENCE + 2 * CONFIDENCE_BINS;
const RETURN_COUNT = CONFIDENCE + 2;
const RETURN = RETURN_COUNT + 1;
const RETURN_SQUARE = RETURN + 2;
const SCORED_COUNT = RETURN_SQUARE + 2;
const LOG_LOSS = SCORED_COUNT + 1;
const CONFIDENCE_SQUARE = LOG_LOSS + 2;
const HIT_CONFIDENCE = CONFIDENCE_SQUARE + 2;
const PRICED_COUNT = HIT_CONFIDENCE + 2;
const ABSOLUTE_ERROR = PRICED_COUNT + 1;
const SQUARED_ERROR = ABSOLUTE_ERROR + 2;
const PERCENTAGE_ERROR = SQUARED_ERROR + 2;
const LENGTH = PERCENTAGE_ERROR + 2;

/** How many numbers an aggregate is; see {@link OutcomeAggregate.copyTo}. */
export const AGGREGATE_LENGTH = LENGTH;

/** Where a pair begins, in order; everything between is a count. The last sum is a pair. */
const PAIRS: readonly number[] = [
  ...Array.from({ length: CONFIDENCE_BINS }, (_, i) => BIN_CONFIDENCE + 2 * i),
  CONFIDENCE,
  RETURN,
  RETURN_SQUARE,
  LOG_LOSS,
  CONFIDENCE_SQUARE,
  HIT_CONFIDENCE,
  ABSOLUTE_ERROR,
  SQUARED_ERROR,
  PERCENTAGE_ERROR,
];

/**
 * The bin (a, b] of a confidence: an edge value belongs to the bin below it, and 0 to the first.
 * @example confidenceBin(0.5); // 4, the bin (0.4, 0.5]
 */
export function confidenceBin(confidence: number): number {
  const bin = Math.ceil(confidence * CONFIDENCE_BINS) - 1;
  return bin < 0 ? 0 : bin >= CONFIDENCE_BINS ? CONFIDENCE_BINS - 1 : bin;
}

/**
 * Sums over outcomes from which every windowed metric follows: a commutative group under `merge`, so that a
 * rolling window, an hour, a day and several processes share one definition.
 *
 * @remarks `add` and `remove` are O(1) and allocate nothing. Counts are exact; sums are compensated: each is
 * right to about 1e-30 of the largest it has been, so to 1e-12 of itself as long as nothing was taken back that was 10⁹
 * times larger than what is left (of squares, 10¹⁸). An observation or a state that is refused changes nothing.
 */
export class OutcomeAggregate {
  readonly #sums = new Float64Array(LENGTH);

  /** @throws as {@link OutcomeAggregate.merge}. */
  static from(state: OutcomeAggregateState): OutcomeAggregate {
    const aggregate = new OutcomeAggregate();
    aggregate.merge(state);
    return aggregate;
  }

  get count(): number {
    return this.#sums[COUNT]!;
  }

  get correct(): number {
    return this.#sums[CORRECT]!;
  }

  get confidenceSum(): number {
    return this.#sumAt(CONFIDENCE);
  }

  get returnCount(): number {
    return this.#sums[RETURN_COUNT]!;
  }

  get returnSum(): number {
    return this.#sumAt(RETURN);
  }

  get returnSquareSum(): number {
    return this.#sumAt(RETURN_SQUARE);
  }

  /** Outcomes whose confidence was scored; below `count` only where a state without these sums was merged. */
  get scoredCount(): number {
    return this.#sums[SCORED_COUNT]!;
  }

  /** Σ −ln p, p the probability given to what was observed, kept in [2⁻⁵², 1 − 2⁻⁵²]; in nats. */
  get logLossSum(): number {
    return this.#sumAt(LOG_LOSS);
  }

  get confidenceSquareSum(): number {
    return this.#sumAt(CONFIDENCE_SQUARE);
  }

  /** Σ confidence over the hits. */
  get hitConfidenceSum(): number {
    return this.#sumAt(HIT_CONFIDENCE);
  }

  /** Outcomes with an observed and a predicted price. */
  get pricedCount(): number {
    return this.#sums[PRICED_COUNT]!;
  }

  /** Σ |predictedPrice − price| in the unit of the price. */
  get absoluteErrorSum(): number {
    return this.#sumAt(ABSOLUTE_ERROR);
  }

  get squaredErrorSum(): number {
    return this.#sumAt(SQUARED_ERROR);
  }

  /** Σ |predictedPrice − price| / price. */
  get percentageErrorSum(): number {
    return this.#sumAt(PERCENTAGE_ERROR);
  }

  /**
   * Sample variance (n − 1) of the net returns, ≥ 0; `undefined` below 2 of them.
   *
   *   s² = (n · Σr² − (Σr)²) / (n · (n − 1))
   *
   * @remarks The difference cancels in plain doubles; both terms are taken with their rounding errors, so that it
   * agrees with two passes over the returns to 1e-9 while s is above 1e-10 of their size.
   */
  get returnVariance(): number | undefined {
    const n = this.#sums[RETURN_COUNT]!;
    if (n < 2) return undefined;
    const sum = this.#sumAt(RETURN);
    const sumError = this.#sums[RETURN]! - sum + this.#sums[RETURN + 1]!;
    const squares = this.#sumAt(RETURN_SQUARE);
    const squaresError = this.#sums[RETURN_SQUARE]! - squares + this.#sums[RETURN_SQUARE + 1]!;
    const scaled = n * squares;
    const scaledError = productError(n, squares, scaled) + n * squaresError;
    const product = sum * sum;
    const productLow = productError(sum, sum, product) + 2 * sum * sumError;
    return Math.max(0, (scaled - product + (scaledError - productLow)) / (n * (n - 1)));
  }

  /** Outcomes observed as one direction and predicted as another. */
  confusion(observed: Direction, predicted: Direction): number {
    return this.#sums[confusionCell(observed, predicted)]!;
  }

  /**
   * Outcomes, hits and summed confidence of one bin.
   * @param index - 0 to 9; bin i is (i / 10, (i + 1) / 10]. @throws {@link InvalidInputError} `OUT_OF_RANGE`.
   */
  bin(index: number): { readonly count: number; readonly correct: number; readonly confidenceSum: number } {
    if (!Number.isInteger(index) || index < 0 || index >= CONFIDENCE_BINS) {
      throw new InvalidInputError('OUT_OF_RANGE', `bin must be a whole number from 0 to 9; got ${index}`);
    }
    return {
      count: this.#sums[BIN_COUNTS + index]!,
      correct: this.#sums[BIN_CORRECT + index]!,
      confidenceSum: this.#sumAt(BIN_CONFIDENCE + 2 * index),
    };
  }

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE` | `NOT_FINITE` | `INVALID_TYPE` for an unknown direction. */
  add(observation: OutcomeObservation): void {
    this.#apply(observation, 1);
  }

  /**
   * Takes back an observation that was added before. One far larger than the rest takes digits of theirs along: two
   * doubles cannot return from 1e100. @throws as {@link OutcomeAggregate.add}.
   */
  remove(observation: OutcomeObservation): void {
    this.#apply(observation, -1);
  }

  /**
   * Adds the sums of another aggregate, or of a stored one.
   * @throws {@link InvalidInputError} `INVALID_RECORD` for a state of another format version or shape.
   */
  merge(state: OutcomeAggregate | OutcomeAggregateState): void {
    if (state instanceof OutcomeAggregate) {
      this.#mergeSums(state.#sums);
      return;
    }
    requireAggregateState(state);
    const sums = this.#sums;
    sums[COUNT]! += state.count;
    sums[CORRECT]! += state.correct;
    for (let i = 0; i < CONFUSION_CELLS; i++) sums[CONFUSION + i]! += state.confusion[i]!;
    for (let i = 0; i < CONFIDENCE_BINS; i++) {
      sums[BIN_COUNTS + i]! += state.binCounts[i]!;
      sums[BIN_CORRECT + i]! += state.binCorrect[i]!;
      this.#addPair(BIN_CONFIDENCE + 2 * i, state.binConfidenceSums[i]!);
    }
    this.#addPair(CONFIDENCE, state.confidenceSum);
    sums[RETURN_COUNT]! += state.returnCount;
    this.#addPair(RETURN, state.returnSum);
    this.#addPair(RETURN_SQUARE, state.returnSquareSum);
    if (state.scoredCount !== undefined) {
      sums[SCORED_COUNT]! += state.scoredCount;
      this.#addPair(LOG_LOSS, state.logLossSum!);
      this.#addPair(CONFIDENCE_SQUARE, state.confidenceSquareSum!);
      this.#addPair(HIT_CONFIDENCE, state.hitConfidenceSum!);
    }
    if (state.pricedCount !== undefined) {
      sums[PRICED_COUNT]! += state.pricedCount;
      this.#addPair(ABSOLUTE_ERROR, state.absoluteErrorSum!);
      this.#addPair(SQUARED_ERROR, state.squaredErrorSum!);
      this.#addPair(PERCENTAGE_ERROR, state.percentageErrorSum!);
    }
  }

  /**
   * Writes every sum as a plain number, in the order of format version 1: what stores keep and threads hand over, in a
   * tenth of the time that {@link OutcomeAggregate.toJSON} and a parser take.
   * @param numbers - Takes {@link AGGREGATE_LENGTH} of them from `offset` on. @throws RangeError if it is too short.
   */
  copyTo(numbers: Float64Array, offset = 0): void {
    numbers.set(this.#sums, offset);
  }

  /**
   * Adds what {@link OutcomeAggregate.copyTo} has written.
   * @throws {@link InvalidInputError} `INVALID_RECORD` unless there are {@link AGGREGATE_LENGTH} finite numbers at `offset`.
   */
  mergeNumbers(numbers: Float64Array, offset = 0): void {
    const given = numbers.subarray(offset, offset + LENGTH);
    // 0 · x is NaN for NaN and ±∞ alone.
    let broken = 0;
    for (let i = 0; i < given.length; i++) broken += 0 * given[i]!;
    if (given.length !== LENGTH || broken !== 0) {
      throw new InvalidInputError(
        'INVALID_RECORD',
        `an aggregate must be ${LENGTH} finite numbers; got ${given.length}${broken === 0 ? '' : ', not all finite'}`,
      );
    }
    this.#mergeSums(given);
  }

  toJSON(): OutcomeAggregateState {
    return {
      formatVersion: 1,
      count: this.count,
      correct: this.correct,
      confusion: this.#counts(CONFUSION, CONFUSION_CELLS),
      confidenceSum: this.#pair(CONFIDENCE),
      binCounts: this.#counts(BIN_COUNTS, CONFIDENCE_BINS),
      binCorrect: this.#counts(BIN_CORRECT, CONFIDENCE_BINS),
      binConfidenceSums: this.#pairs(BIN_CONFIDENCE, CONFIDENCE_BINS),
      returnCount: this.returnCount,
      returnSum: this.#pair(RETURN),
      returnSquareSum: this.#pair(RETURN_SQUARE),
      scoredCount: this.scoredCount,
      logLossSum: this.#pair(LOG_LOSS),
      confidenceSquareSum: this.#pair(CONFIDENCE_SQUARE),
      hitConfidenceSum: this.#pair(HIT_CONFIDENCE),
      pricedCount: this.pricedCount,
      absoluteErrorSum: this.#pair(ABSOLUTE_ERROR),
      squaredErrorSum: this.#pair(SQUARED_ERROR),
      percentageErrorSum: this.#pair(PERCENTAGE_ERROR),
    };
  }

  #mergeSums(others: Float64Array): void {
    const sums = this.#sums;
    let i = 0;
    for (const offset of PAIRS) {
      for (; i < offset; i++) sums[i]! += others[i]!;
      this.#addTo(offset, others[offset]!);
      sums[offset + 1]! += others[offset + 1]!;
      i = offset + 2;
    }
  }

  #apply(observation: OutcomeObservation, sign: 1 | -1): void {
    requireSummable(observation);
    const { confidence, netReturn, price, predictedPrice } = observation;
    const hit = observation.observed === observation.predicted;
    const { observedProbability = hit ? confidence : 1 - confidence } = observation;
    const cell = confusionCell(observation.observed, observation.predicted);
    const sums = this.#sums;
    const bin = confidenceBin(confidence);
    sums[COUNT]! += sign;
    sums[SCORED_COUNT]! += sign;
    sums[cell]! += sign;
    sums[BIN_COUNTS + bin]! += sign;
    if (hit) {
      sums[CORRECT]! += sign;
      sums[BIN_CORRECT + bin]! += sign;
      this.#addTo(HIT_CONFIDENCE, sign * confidence);
    }
    this.#addTo(CONFIDENCE, sign * confidence);
    this.#addTo(BIN_CONFIDENCE + 2 * bin, sign * confidence);
    this.#addTo(CONFIDENCE_SQUARE, sign * confidence * confidence);
    this.#addTo(LOG_LOSS, sign * surprise(observedProbability));
    if (netReturn !== undefined) {
      const square = netReturn * netReturn;
      sums[RETURN_COUNT]! += sign;
      this.#addTo(RETURN, sign * netReturn);
      this.#addTo(RETURN_SQUARE, sign * square);
      sums[RETURN_SQUARE + 1]! += sign * productError(netReturn, netReturn, square);
    }
    if (price !== undefined && predictedPrice !== undefined) {
      const error = Math.abs(predictedPrice - price);
      sums[PRICED_COUNT]! += sign;
      this.#addTo(ABSOLUTE_ERROR, sign * error);
      this.#addTo(SQUARED_ERROR, sign * error * error);
      this.#addTo(PERCENTAGE_ERROR, sign * (error / price));
    }
  }

  /**
   * Compensated addition on the pair at `offset`, with the sums of `CompensatedSum`: Knuth's form of the rounding error
   * costs more operations than Neumaier's, but no branch to guess wrong.
   */
  #addTo(offset: number, x: number): void {
    const sums = this.#sums;
    const high = sums[offset]!;
    const sum = high + x;
    const added = sum - high;
    sums[offset + 1]! += high - (sum - added) + (x - added);
    sums[offset] = sum;
  }

  #addPair(offset: number, pair: readonly [number, number]): void {
    this.#addTo(offset, pair[0]);
    this.#sums[offset + 1]! += pair[1];
  }

  #sumAt(offset: number): number {
    return this.#sums[offset]! + this.#sums[offset + 1]!;
  }

  // Adding 0 turns −0 into 0.
  #pair(offset: number): readonly [number, number] {
    return [this.#sums[offset]! + 0, this.#sums[offset + 1]! + 0];
  }

  #counts(offset: number, length: number): readonly number[] {
    const counts: number[] = [];
    for (let i = 0; i < length; i++) counts.push(this.#sums[offset + i]!);
    return counts;
  }

  #pairs(offset: number, length: number): readonly (readonly [number, number])[] {
    const pairs: (readonly [number, number])[] = [];
    for (let i = 0; i < length; i++) pairs.push(this.#pair(offset + 2 * i));
    return pairs;
  }
}

function confusionCell(observed: Direction, predicted: Direction): number {
  return CONFUSION + 3 * directionIndex(observed) + directionIndex(predicted);
}

function directionIndex(direction: Direction): number {
  switch (direction) {
    case 'up':
      return 0;
    case 'down':
      return 1;
    case 'flat':
      return 2;
    default:
      throw new InvalidInputError('INVALID_TYPE', `direction must be up, down or flat; got ${String(direction)}`);
  }
}
