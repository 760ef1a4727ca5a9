import { InvalidInputError } from '../../errors.ts';
import { chiSquareUpperTail } from '../../numeric/chi-square-distribution.ts';
import { compareText } from '../../records/text-order.ts';
import { requirePairedCounts } from './require-paired-counts.ts';

/** How often each category occurs. */
export type CategoryCounts = ReadonlyMap<string, number>;

export interface ChiSquareOptions {
  /**
   * Categories whose expected count in the smaller sample is below this are pooled into one, rarest first, until the
   * pool reaches it; if it cannot, the next rarest category joins. 0 pools nothing. Default 5.
   */
  readonly minExpected?: number;
}

export interface ChiSquareResult {
  /** χ², ≥ 0. */
  readonly statistic: number;
  /** Cells left after pooling, minus 1. */
  readonly degreesOfFreedom: number;
  /** `undefined` with fewer than two cells: there is nothing to compare. */
  readonly pValue?: number;
  /** Effect size √(χ²/N) in [0, 1]; `undefined` as the p-value. */
  readonly cramersV?: number;
  /** Categories of the current sample that the reference never had, in order; they count like any other. */
  readonly unseen: readonly string[];
  /** Categories pooled for a small expected count, in order. */
  readonly pooled: readonly string[];
  /** Smallest expected count after pooling; below 5 the p-value is rough. */
  readonly smallestExpected: number;
}

/**
 * Chi-square test of homogeneity: do two samples share one distribution over categories?
 *
 *   χ² = Σ_samples Σ_categories (observed − expected)² / expected,   expected = row total · column total / N
 *
 * The reference is a sample as well, so this is the 2 × k table and not a test against fixed shares. No continuity
 * correction.
 *
 * @param reference - Counts by category, whole or weighted, ≥ 0, sum > 0.
 * @param current - Counts by category; may name others.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(k log k); inputs are not modified.
 * @see Pearson (1900), doi:10.1080/14786440009463897; Cochran (1954), Biometrics 10:417–451, doi:10.2307/3001616 (the
 * rule of 5)
 * @example
 * chiSquareTest(new Map([['up', 60], ['down', 40]]), new Map([['up', 40], ['down', 60]]));
 * // statistic 4 · 10²/50 = 8, pValue 0.004677734981047272
 */
export function chiSquareTest(
  reference: CategoryCounts,
  current: CategoryCounts,
  { minExpected = 5 }: ChiSquareOptions = {},
): ChiSquareResult {
  if (!(minExpected >= 0 && minExpected < Number.POSITIVE_INFINITY)) {
    throw new InvalidInputError('OUT_OF_RANGE', `minExpected must be ≥ 0 and finite; got ${minExpected}`);
  }
  const names = [...new Set([...reference.keys(), ...current.keys()])].sort(compareText);
  const r = names.map((name) => reference.get(name) ?? 0);
  const c = names.map((name) => current.get(name) ?? 0);
  const totals = requirePairedCounts(r, c);
  const smallerShare = Math.min(totals.reference, totals.current) / (totals.reference + totals.current);
  const cells = names
    .map((name, i) => ({ names: [name], reference: r[i]!, current: c[i]!, total: r[i]! + c[i]! }))
    .filter(({ total }) => total > 0);
  const kept = pool(cells, minExpected / smallerShare);
  const statistic = homogeneity(kept, totals.reference, totals.current);
  const degreesOfFreedom = kept.length - 1;
  return {
    statistic,
    degreesOfFreedom,
    ...(degreesOfFreedom > 0 && {
      pValue: chiSquareUpperTail(statistic, degreesOfFreedom),
      cramersV: Math.min(1, Math.sqrt(statistic / (totals.reference + totals.current))),
    }),
    unseen: names.filter((_, i) => r[i] === 0 && c[i]! > 0),
    pooled: kept.flatMap((cell) => (cell.names.length > 1 ? cell.names : [])).sort(compareText),
    smallestExpected: Math.min(...kept.map(({ total }) => total)) * smallerShare,
  };
}

interface Cell {
  readonly names: readonly string[];
  readonly reference: number;
  readonly current: number;
  readonly total: number;
}

/** Rarest first, by the sum of both samples, so that the choice cannot favour a difference between them. */
function pool(cells: readonly Cell[], minTotal: number): readonly Cell[] {
  const queue = [...cells].sort((a, b) => a.total - b.total || compareText(a.names[0]!, b.names[0]!));
  let pooled: Cell | undefined;
  while (queue.length > 0 && (queue[0]!.total < minTotal || (pooled !== undefined && pooled.total < minTotal))) {
    const cell = queue.shift()!;
    pooled =
      pooled === undefined
        ? cell
        : {
            names: [...pooled.names, ...cell.names],
            reference: pooled.reference + cell.reference,
            current: pooled.current + cell.current,
            total: pooled.total + cell.total,
          };
  }
  return pooled === undefined ? queue : [pooled, ...queue];
}

function homogeneity(cells: readonly Cell[], referenceTotal: number, currentTotal: number): number {
  const all = referenceTotal + currentTotal;
  let statistic = 0;
  for (const { reference, current, total } of cells) {
    const expectedReference = (total * referenceTotal) / all;
    const expectedCurrent = (total * currentTotal) / all;
    statistic +=
      (reference - expectedReference) ** 2 / expectedReference + (current - expectedCurrent) ** 2 / expectedCurrent;
  }
  return statistic;
}
