import { InvalidInputError } from '@mlperf/core';

/** Rows gathered by their time, so that many series over the same rows are averaged without sorting them again. */
export class RowsByTime {
  /** Distinct, ascending. */
  readonly times: Float64Array;
  /** Place of each row's time in `times`. */
  readonly #place: Uint32Array;
  readonly #rowsAt: Uint32Array;

  /** @throws {@link InvalidInputError} `NOT_FINITE`. */
  constructor(timestamps: ArrayLike<number>) {
    for (let row = 0; row < timestamps.length; row++) {
      if (Number.isFinite(timestamps[row])) continue;
      throw new InvalidInputError('NOT_FINITE', `timestamps[${row}] must be finite; got ${timestamps[row]}`);
    }
    this.times = Float64Array.from(new Set(Array.from(timestamps))).sort();
    const places = new Map(Array.from(this.times, (at, place) => [at, place]));
    this.#place = Uint32Array.from(timestamps, (at) => places.get(at)!);
    this.#rowsAt = new Uint32Array(this.times.length);
    for (const place of this.#place) this.#rowsAt[place]!++;
  }

  /** One mean of `scores − reference` per time, in order of time; both as long as the rows. */
  meanDifferences(scores: ArrayLike<number>, reference: ArrayLike<number>): Float64Array {
    const means = new Float64Array(this.times.length);
    this.#place.forEach((place, row) => {
      means[place]! += scores[row]! - reference[row]!;
    });
    for (let place = 0; place < means.length; place++) means[place]! /= this.#rowsAt[place]!;
    return means;
  }

  /**
   * How many later times share a part of an observation's label, at most: times before the latest end of a label that
   * begins at a time.
   * @param labelEndsAt - Per row.
   */
  overlap(labelEndsAt: ArrayLike<number>): number {
    let most = 0;
    this.#place.forEach((place, row) => {
      let low = place + 1;
      let high = this.times.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (this.times[middle]! < labelEndsAt[row]!) low = middle + 1;
        else high = middle;
      }
      most = Math.max(most, low - place - 1);
    });
    return most;
  }
}
