import { CompensatedSum } from '../numeric/compensated-sum.ts';
import type { JudgedOutcome } from '../types/outcome.ts';
import type { OutcomeAggregateState } from '../types/outcome-aggregate-state.ts';
import type { Direction, Prediction } from '../types/prediction.ts';

/** Row and column order of the confusion counts. */
export const DIRECTIONS: readonly Direction[] = ['up', 'down', 'flat'];

/** Equal-width confidence bins over (0, 1]. */
export const CONFIDENCE_BINS = 10;

/** What one outcome adds to the sums. */
export interface OutcomeObservation {
  readonly predicted: Direction;
  readonly observed: Direction;
  readonly confidence: number;
  readonly netReturn?: number;
}

/** The observation a stored prediction and its outcome make. */
export function observationOf(prediction: Prediction, outcome: JudgedOutcome): OutcomeObservation {
  return {
    predicted: prediction.direction,
    observed: outcome.direction,
    confidence: prediction.confidence,
    ...(outcome.netReturn === undefined ? {} : { netReturn: outcome.netReturn }),
  };
}

/**
 * The bin (a, b] of a confidence: an edge value belongs to the bin below it.
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
 * @remarks `add` and `remove` are O(1). Counts are exact; sums are compensated (relative error below 1e-12).
 */
export class OutcomeAggregate {
  #count = 0;
  #correct = 0;
  readonly #confusion = new Float64Array(DIRECTIONS.length ** 2);
  #confidenceSum = new CompensatedSum();
  readonly #binCounts = new Float64Array(CONFIDENCE_BINS);
  readonly #binCorrect = new Float64Array(CONFIDENCE_BINS);
  readonly #binConfidenceSums = Array.from({ length: CONFIDENCE_BINS }, () => new CompensatedSum());
  #returnCount = 0;
  #returnSum = new CompensatedSum();
  #returnSquareSum = new CompensatedSum();

  static from(state: OutcomeAggregateState): OutcomeAggregate {
    const aggregate = new OutcomeAggregate();
    aggregate.merge(state);
    return aggregate;
  }

  get count(): number {
    return this.#count;
  }

  get correct(): number {
    return this.#correct;
  }

  get confidenceSum(): number {
    return this.#confidenceSum.value;
  }

  get returnCount(): number {
    return this.#returnCount;
  }

  get returnSum(): number {
    return this.#returnSum.value;
  }

  get returnSquareSum(): number {
    return this.#returnSquareSum.value;
  }

  /** Outcomes observed as one direction and predicted as another. */
  confusion(observed: Direction, predicted: Direction): number {
    return this.#confusion[DIRECTIONS.indexOf(observed) * DIRECTIONS.length + DIRECTIONS.indexOf(predicted)]!;
  }

  /** Outcomes, hits and summed confidence of one bin. */
  bin(index: number): { readonly count: number; readonly correct: number; readonly confidenceSum: number } {
    return {
      count: this.#binCounts[index]!,
      correct: this.#binCorrect[index]!,
      confidenceSum: this.#binConfidenceSums[index]!.value,
    };
  }

  add(observation: OutcomeObservation): void {
    this.#apply(observation, 1);
  }

  /** Takes back an observation that was added before. */
  remove(observation: OutcomeObservation): void {
    this.#apply(observation, -1);
  }

  merge(state: OutcomeAggregateState): void {
    this.#count += state.count;
    this.#correct += state.correct;
    addCounts(this.#confusion, state.confusion);
    this.#confidenceSum.merge(new CompensatedSum(...state.confidenceSum));
    addCounts(this.#binCounts, state.binCounts);
    addCounts(this.#binCorrect, state.binCorrect);
    for (let i = 0; i < CONFIDENCE_BINS; i++) {
      this.#binConfidenceSums[i]!.merge(new CompensatedSum(...state.binConfidenceSums[i]!));
    }
    this.#returnCount += state.returnCount;
    this.#returnSum.merge(new CompensatedSum(...state.returnSum));
    this.#returnSquareSum.merge(new CompensatedSum(...state.returnSquareSum));
  }

  toJSON(): OutcomeAggregateState {
    return {
      formatVersion: 1,
      count: this.#count,
      correct: this.#correct,
      confusion: [...this.#confusion],
      confidenceSum: this.#confidenceSum.toJSON(),
      binCounts: [...this.#binCounts],
      binCorrect: [...this.#binCorrect],
      binConfidenceSums: this.#binConfidenceSums.map((sum) => sum.toJSON()),
      returnCount: this.#returnCount,
      returnSum: this.#returnSum.toJSON(),
      returnSquareSum: this.#returnSquareSum.toJSON(),
    };
  }

  #apply(observation: OutcomeObservation, sign: 1 | -1): void {
    const hit = observation.predicted === observation.observed ? sign : 0;
    const bin = confidenceBin(observation.confidence);
    const cell =
      DIRECTIONS.indexOf(observation.observed) * DIRECTIONS.length + DIRECTIONS.indexOf(observation.predicted);
    this.#count += sign;
    this.#correct += hit;
    this.#confusion[cell]! += sign;
    this.#confidenceSum.add(sign * observation.confidence);
    this.#binCounts[bin]! += sign;
    this.#binCorrect[bin]! += hit;
    this.#binConfidenceSums[bin]!.add(sign * observation.confidence);
    if (observation.netReturn !== undefined) {
      this.#returnCount += sign;
      this.#returnSum.add(sign * observation.netReturn);
      this.#returnSquareSum.add(sign * observation.netReturn * observation.netReturn);
    }
  }
}

function addCounts(into: Float64Array, counts: readonly number[]): void {
  for (let i = 0; i < into.length; i++) into[i]! += counts[i]!;
}
