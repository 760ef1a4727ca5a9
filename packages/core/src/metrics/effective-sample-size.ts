import { InvalidInputError } from '../errors.ts';

/** The time a label rests on: from the prediction to when its outcome was known, [from, to). */
export interface LabelSpan {
  /** Epoch milliseconds. */
  readonly from: number;
  /** Epoch milliseconds, not before `from`. */
  readonly to: number;
}

/**
 * Effective sample size of labels that overlap in time: the sum of their average uniqueness.
 *
 *   n_eff = Σᵢ uᵢ,  uᵢ = (1 / (toᵢ − fromᵢ)) · ∫ dt / c(t) over [fromᵢ, toᵢ),  c(t) = labels alive at t
 *
 * Labels that do not overlap count 1 each; k labels of one and the same span count 1 together; labels that start
 * every bar and last h bars count about 1/h each.
 *
 * @param spans - Of one series (overlap of different symbols is not overlap of labels), in any order. A span of no
 * length counts 1.
 * @returns In (0, n], and 0 for no spans; n where nothing overlaps.
 * @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE` for a span that ends before it starts.
 * @remarks O(n log n) time, O(n) space; inputs are not modified. It says how much information the labels share, not how
 * correlated the hits are: a model whose errors cluster has even less.
 * @see López de Prado (2018), Advances in Financial Machine Learning, chapter 4.4
 * @example effectiveSampleSize([{ from: 0, to: 2 }, { from: 1, to: 3 }]); // (½·(1 + ½)) · 2 = 1.5
 */
export function effectiveSampleSize(spans: readonly LabelSpan[]): number {
  const edges = new Map<number, number>();
  spans.forEach(({ from, to }, i) => {
    if (!Number.isFinite(from) || !Number.isFinite(to)) {
      throw new InvalidInputError('NOT_FINITE', `spans[${i}] must have finite ends; got ${from} and ${to}`);
    }
    if (to < from)
      throw new InvalidInputError('OUT_OF_RANGE', `spans[${i}] must not end before it starts; got ${from} to ${to}`);
    edges.set(from, (edges.get(from) ?? 0) + 1);
    edges.set(to, (edges.get(to) ?? 0) - 1);
  });
  // ∫ dt / c(t) from the first edge up to each edge.
  const shared = new Map<number, number>();
  let integral = 0;
  let alive = 0;
  let last = 0;
  for (const at of Float64Array.from(edges.keys()).sort()) {
    if (alive > 0) integral += (at - last) / alive;
    alive += edges.get(at)!;
    last = at;
    shared.set(at, integral);
  }
  let sum = 0;
  for (const { from, to } of spans) sum += to === from ? 1 : (shared.get(to)! - shared.get(from)!) / (to - from);
  return Math.min(spans.length, sum);
}
