import { keyedRandom } from '../../random/random-source.ts';
import { compareText } from '../../records/text-order.ts';
import type { FeatureReference } from './drift-reference-profile.ts';
import { type FeatureRow, readCategory, readNumber } from './feature-row.ts';

/** Where a missing value stands in the order: above every other. */
const MISSING = Number.POSITIVE_INFINITY;

/**
 * Bins between fixed ranks of a feature's reference, ties broken at random.
 *
 * Every value, reference or new, is a point (value, u) with its own uniform u, ordered by value first. Numbers are in
 * their order, categories in code point order (one never seen stands between its neighbours), missing values last.
 * The points are then distinct, and the edges are the reference points of ranks k₁ < k₂ < …, which depend on the
 * number of rows alone. So, for n reference rows and rows to come that are exchangeable with them, the chance that the
 * next row falls into bin i is exactly (kᵢ − kᵢ₋₁) / (n + 1), whatever the distribution: continuous, tied or mixed.
 */
export class RankBins {
  /** Ranks between neighbouring edges; they sum to n + 1. */
  readonly gaps: readonly number[];
  readonly #reference: FeatureReference;
  readonly #edgeValues: readonly number[];
  readonly #edgeTies: readonly number[];

  constructor(reference: FeatureReference, rows: number, bins: number, seed: string) {
    const count = Math.min(bins, rows + 1);
    const ranks = Array.from({ length: count + 1 }, (_, i) => Math.floor((i * (rows + 1)) / count));
    this.gaps = ranks.slice(1).map((rank, i) => rank - ranks[i]!);
    this.#reference = reference;
    const points = referencePoints(reference, seed);
    const edges = ranks.slice(1, -1).map((rank) => points[rank - 1]!);
    this.#edgeValues = edges.map(({ value }) => value);
    this.#edgeTies = edges.map(({ tie }) => tie);
  }

  /** The value's place in the order. @throws {@link InvalidInputError} `NOT_FINITE` | `INVALID_TYPE` | `OUT_OF_RANGE`. */
  positionOf(row: FeatureRow, where: string): number {
    const { name, kind } = this.#reference;
    if (kind === 'numeric') return readNumber(row, name, where) ?? MISSING;
    const category = readCategory(row, name, where);
    return category === undefined ? MISSING : categoryPosition(this.#reference.categories, category);
  }

  /** @param drawTie - Called once, only when the position is that of an edge. */
  binOf(position: number, drawTie: () => number): number {
    let low = 0;
    let high = this.#edgeValues.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#edgeValues[middle]! < position) low = middle + 1;
      else high = middle;
    }
    if (this.#edgeValues[low] !== position) return low;
    const tie = drawTie();
    while (this.#edgeValues[low] === position && this.#edgeTies[low]! < tie) low++;
    return low;
  }
}

interface Point {
  readonly value: number;
  readonly tie: number;
}

/** All reference points in order. Each has its own u, drawn here once and for all by the seed. */
function referencePoints(reference: FeatureReference, seed: string): readonly Point[] {
  const values =
    reference.kind === 'numeric'
      ? [...reference.values]
      : reference.categories.flatMap(({ count }, i) => new Array<number>(count).fill(i));
  for (let i = 0; i < reference.missing; i++) values.push(MISSING);
  const random = keyedRandom(seed, 'reference', reference.name);
  return values
    .map((value) => ({ value, tie: random.next() }))
    .sort((a, b) => (a.value === b.value ? a.tie - b.tie : a.value < b.value ? -1 : 1));
}

/** The index of a known category; one half between two for any other. */
function categoryPosition(categories: readonly { readonly category: string }[], category: string): number {
  let low = 0;
  let high = categories.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareText(categories[middle]!.category, category) < 0) low = middle + 1;
    else high = middle;
  }
  return categories[low]?.category === category ? low : low - 0.5;
}
