import type { OutcomeAggregateState } from '@mlperf/core';

/** How far two sums of the same terms in another order may lie apart, as a share of their size. */
const SUM_TOLERANCE = 1e-12;

type Pair = readonly [number, number];

const COUNTS = ['count', 'correct', 'returnCount', 'scoredCount', 'pricedCount'] as const;
const COUNT_LISTS = ['confusion', 'binCounts', 'binCorrect'] as const;
const SUMS = [
  'confidenceSum',
  'returnSquareSum',
  'logLossSum',
  'confidenceSquareSum',
  'hitConfidenceSum',
  'absoluteErrorSum',
  'squaredErrorSum',
  'percentageErrorSum',
] as const;

/**
 * The first figure in which a stored aggregate differs from the recomputed one: counts exactly, sums beyond 1e-12.
 * @returns `undefined` when they agree.
 */
export function aggregateDifference(
  stored: OutcomeAggregateState,
  recomputed: OutcomeAggregateState,
): string | undefined {
  for (const name of COUNTS) {
    // A state written before these were kept has none: it scored and priced nothing, whatever the rows say.
    const found = stored[name];
    if (found === undefined) continue;
    if (found !== recomputed[name]) return differs(name, found, recomputed[name] ?? 0);
  }
  for (const name of COUNT_LISTS) {
    for (const [i, expected] of recomputed[name].entries()) {
      const found = stored[name][i] ?? Number.NaN;
      if (found !== expected) return differs(`${name}[${i}]`, found, expected);
    }
  }
  for (const name of SUMS) {
    const found = stored[name];
    if (found === undefined) continue;
    const difference = sumDifference(name, found, recomputed[name] ?? [0, 0], 0);
    if (difference !== undefined) return difference;
  }
  for (const [i, expected] of recomputed.binConfidenceSums.entries()) {
    const difference = sumDifference(
      `binConfidenceSums[${i}]`,
      stored.binConfidenceSums[i] ?? [Number.NaN, 0],
      expected,
      0,
    );
    if (difference !== undefined) return difference;
  }
  // Returns cancel: what their sum may be off by is measured by their size, √(n · Σr²), not by what is left of them.
  const size = Math.sqrt(recomputed.returnCount * sumOf(recomputed.returnSquareSum));
  return sumDifference('returnSum', stored.returnSum, recomputed.returnSum, size);
}

function sumDifference(name: string, stored: Pair, recomputed: Pair, size: number): string | undefined {
  const found = sumOf(stored);
  const expected = sumOf(recomputed);
  const tolerance = SUM_TOLERANCE * Math.max(Math.abs(found), Math.abs(expected), size);
  // Negated, so that NaN differs.
  return !(Math.abs(found - expected) <= tolerance) ? differs(name, found, expected) : undefined;
}

function sumOf([high, low]: Pair): number {
  return high + low;
}

function differs(name: string, found: number, expected: number): string {
  return `${name} must be ${expected} by the predictions; the roll-up holds ${found}`;
}
