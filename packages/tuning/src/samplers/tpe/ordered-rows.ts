import type { SampledPoint } from '../sampler.ts';

/** Observations, oldest first, and the order of their values on each axis. */
export interface OrderedRows {
  readonly rows: readonly Float64Array[];
  /** Per axis the indices of the rows by ascending value, ties in the order of the rows. */
  readonly orders: readonly Uint32Array[];
}

/** Points known beyond what a call asks for, before all are forgotten: a host may hand in new objects every time. */
const SPARE_POINTS = 1_000;

/**
 * Rows of points and their orders, kept from call to call: most points of a call were in the one before, and putting in
 * a new one is less work than sorting them all. What it answers depends on the call alone.
 */
export class RowTable {
  readonly #axes: number;
  readonly #rowOf: (point: SampledPoint) => Float64Array;
  #ids = new Map<SampledPoint, number>();
  #rows: Float64Array[] = [];
  /** Ids per axis by ascending value, ties by id. */
  #orders: number[][];

  constructor(axes: number, rowOf: (point: SampledPoint) => Float64Array) {
    this.#axes = axes;
    this.#rowOf = rowOf;
    this.#orders = Array.from({ length: axes }, () => []);
  }

  /** Takes in points by the order they will be asked in, so that no answer needs sorting. Changes no answer. */
  know(points: readonly SampledPoint[]): void {
    if (this.#rows.length > 2 * points.length + SPARE_POINTS) this.#forget();
    for (const point of points) this.#idOf(point);
  }

  /** @remarks O(axes · n) where the points are known. */
  rowsOf(points: readonly SampledPoint[]): OrderedRows {
    const ids = new Uint32Array(points.length);
    const rows: Float64Array[] = [];
    for (let i = 0; i < points.length; i++) {
      const id = this.#idOf(points[i]!);
      ids[i] = id;
      rows.push(this.#rows[id]!);
    }
    const places = new Int32Array(this.#rows.length).fill(-1);
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      // Ties are by id: where the ids do not rise with the rows, or a point comes twice, only sorting is right.
      if (i > 0 && id <= ids[i - 1]!) return { rows, orders: sortedOrders(rows, this.#axes) };
      places[id] = i;
    }
    return { rows, orders: this.#orders.map((order) => picked(order, places, rows.length)) };
  }

  #idOf(point: SampledPoint): number {
    const known = this.#ids.get(point);
    if (known !== undefined) return known;
    const id = this.#rows.length;
    const row = this.#rowOf(point);
    this.#ids.set(point, id);
    this.#rows.push(row);
    for (const [a, order] of this.#orders.entries()) order.splice(this.#upperBound(order, a, row[a]!), 0, id);
    return id;
  }

  #upperBound(order: readonly number[], a: number, value: number): number {
    let from = 0;
    let to = order.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#rows[order[middle]!]![a]! <= value) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #forget(): void {
    this.#ids = new Map();
    this.#rows = [];
    this.#orders = this.#orders.map(() => []);
  }
}

/** The orders by sorting. O(axes · n log n). */
export function sortedOrders(rows: readonly Float64Array[], axes: number): readonly Uint32Array[] {
  return Array.from({ length: axes }, (_, a) =>
    Uint32Array.from(rows.keys()).sort((i, j) => rows[i]![a]! - rows[j]![a]! || i - j),
  );
}

function picked(order: readonly number[], places: Int32Array, count: number): Uint32Array {
  const indices = new Uint32Array(count);
  for (let i = 0, next = 0; i < order.length; i++) {
    const place = places[order[i]!]!;
    if (place >= 0) indices[next++] = place;
  }
  return indices;
}
