import { OutcomeAggregate, type OutcomeObservation } from '../../aggregates/outcome-aggregate.ts';
import { InvalidInputError } from '../../errors.ts';

/** One outcome as a window holds it. */
export interface WindowEntry {
  readonly predictionId: string;
  /** The symbol. */
  readonly segment: string;
  /** Epoch milliseconds. */
  readonly observedAt: number;
  readonly observation: OutcomeObservation;
}

/** Sums over some of the newest outcomes, and the time they span. */
export interface WindowSums {
  readonly aggregate: OutcomeAggregate;
  /** `observedAt` of the earliest and latest outcome; absent when empty. */
  readonly startTime?: number;
  readonly endTime?: number;
}

/**
 * A sum keeps about 32 digits below the largest it has held. Once it has fallen under this part of its peak, it is
 * taken anew from the outcomes, so that at least 28 are left.
 */
const FALLEN = 1e-4;

/**
 * The newest outcomes in arrival order, with the sums of the last `size` kept up to date, and some history behind
 * them so that other sizes can be asked for.
 *
 * However large an outcome that has left was, the sums over the rest are those of the rest to 1e-12.
 *
 * @remarks `push` is O(1) on average: the sums are taken anew, O(size), only when one has fallen by 10⁴, which takes an
 * outcome that outweighs all others; `replace` and sums of another size are O(history).
 */
export class OutcomeWindow {
  readonly size: number;
  readonly capacity: number;
  readonly #ring: WindowEntry[] = [];
  /** Where the next entry goes once the ring is full. */
  #next = 0;
  #aggregate = new OutcomeAggregate();
  /** The largest each unbounded sum has been since the sums were last taken anew; Σ|error| falls with Σ error². */
  #returnPeak = 0;
  #errorPeak = 0;
  #percentagePeak = 0;

  /** @param size - Outcomes in the window, ≥ 1. @param capacity - Outcomes kept in all, ≥ size. */
  constructor(size: number, capacity: number = size) {
    if (!Number.isInteger(size) || size < 1 || !Number.isInteger(capacity) || capacity < size) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `a window needs a whole size of at least 1 and a capacity of at least that; got ${size} and ${capacity}`,
      );
    }
    this.size = size;
    this.capacity = capacity;
  }

  /** Sums over the last `size` outcomes. Live: read it before the next `push`. */
  get aggregate(): OutcomeAggregate {
    return this.#aggregate;
  }

  /** Outcomes kept, history included. */
  get length(): number {
    return this.#ring.length;
  }

  /** @throws as {@link OutcomeAggregate.add}; the window is then as before. */
  push(entry: WindowEntry): void {
    // First, for it may refuse: in a group the order of the two is free.
    this.#aggregate.add(entry.observation);
    if (this.#ring.length >= this.size) this.#aggregate.remove(this.#newest(this.size - 1).observation);
    if (this.#ring.length < this.capacity) this.#ring.push(entry);
    else this.#ring[this.#next] = entry;
    this.#next = this.#next + 1 === this.capacity ? 0 : this.#next + 1;
    this.#keepDigits();
  }

  /** Puts a corrected outcome in the place of the first. @returns whether it was still here. @throws as {@link push}. */
  replace(entry: WindowEntry): boolean {
    const at = this.#ring.findIndex(({ predictionId }) => predictionId === entry.predictionId);
    if (at < 0) return false;
    const replaced = this.#ring[at]!;
    const age = (this.#next - 1 - at + this.capacity) % this.capacity;
    // What lies behind the window is summed when it is asked for, so it is held to the same bounds now.
    const sums = age < this.size ? this.#aggregate : new OutcomeAggregate();
    sums.add(entry.observation);
    if (sums === this.#aggregate) sums.remove(replaced.observation);
    this.#ring[at] = entry;
    this.#keepDigits();
    return true;
  }

  /** @param size - Whole number from 1 to `capacity`; default the window's own. */
  sums(size: number = this.size): WindowSums {
    if (!Number.isInteger(size) || size < 1 || size > this.capacity) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `windowSize must be a whole number from 1 to ${this.capacity}, the outcomes kept in memory; got ${size}`,
      );
    }
    const count = Math.min(size, this.#ring.length);
    const aggregate = size === this.size ? this.#aggregate : new OutcomeAggregate();
    let startTime = Number.POSITIVE_INFINITY;
    let endTime = Number.NEGATIVE_INFINITY;
    for (let age = count - 1; age >= 0; age--) {
      const { observedAt, observation } = this.#newest(age);
      startTime = Math.min(startTime, observedAt);
      endTime = Math.max(endTime, observedAt);
      if (aggregate !== this.#aggregate) aggregate.add(observation);
    }
    return count === 0 ? { aggregate } : { aggregate, startTime, endTime };
  }

  /** The newest `count` outcomes, or as many as there are; oldest first. Default all that are kept. */
  entries(count: number = this.#ring.length): readonly WindowEntry[] {
    const entries: WindowEntry[] = [];
    for (let age = Math.min(count, this.#ring.length) - 1; age >= 0; age--) entries.push(this.#newest(age));
    return entries;
  }

  clear(): void {
    this.#ring.length = 0;
    this.#next = 0;
    this.#aggregate = new OutcomeAggregate();
    this.#notePeaks(0, 0, 0);
  }

  /** Takes the sums anew when a large outcome has left them and might have taken digits of the small ones along. */
  #keepDigits(): void {
    const { returnSquareSum, squaredErrorSum, percentageErrorSum } = this.#aggregate;
    if (
      returnSquareSum >= FALLEN * this.#returnPeak &&
      squaredErrorSum >= FALLEN * this.#errorPeak &&
      percentageErrorSum >= FALLEN * this.#percentagePeak
    ) {
      this.#notePeaks(
        Math.max(this.#returnPeak, returnSquareSum),
        Math.max(this.#errorPeak, squaredErrorSum),
        Math.max(this.#percentagePeak, percentageErrorSum),
      );
      return;
    }
    const aggregate = new OutcomeAggregate();
    for (let age = Math.min(this.size, this.#ring.length) - 1; age >= 0; age--) {
      aggregate.add(this.#newest(age).observation);
    }
    this.#aggregate = aggregate;
    this.#notePeaks(aggregate.returnSquareSum, aggregate.squaredErrorSum, aggregate.percentageErrorSum);
  }

  #notePeaks(returns: number, errors: number, percentages: number): void {
    this.#returnPeak = returns;
    this.#errorPeak = errors;
    this.#percentagePeak = percentages;
  }

  /** @param age - 0 for the newest. */
  #newest(age: number): WindowEntry {
    // A comparison, for a division costs as much as half of the sums.
    const at = this.#next - 1 - age;
    return this.#ring[at < 0 ? at + this.capacity : at]!;
  }
}
