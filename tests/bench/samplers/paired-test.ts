import { normalCdf } from '@mlperf/core';

/**
 * Wilcoxon's signed-rank test, one-sided: the probability of differences at least as large as these when they are
 * symmetric about 0. Differences of 0 are left out (Wilcoxon 1945); ties share their ranks; normal approximation with
 * the correction for ties and for continuity.
 * @returns 1 when nothing differs.
 */
export function wilcoxonGreater(differences: readonly number[]): number {
  const sorted = differences.filter((each) => each !== 0).sort((a, b) => Math.abs(a) - Math.abs(b));
  const n = sorted.length;
  if (n === 0) return 1;
  let positive = 0;
  let ties = 0;
  for (let from = 0; from < n; ) {
    let to = from;
    while (to < n && Math.abs(sorted[to]!) === Math.abs(sorted[from]!)) to++;
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) if (sorted[i]! > 0) positive += rank;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - ties / 48;
  return normalCdf(-(positive - (n * (n + 1)) / 4 - 0.5) / Math.sqrt(variance));
}

/** Holm's correction: p-values that keep the chance of any false rejection. */
export function holm(pValues: readonly number[]): readonly number[] {
  const order = [...pValues.keys()].sort((a, b) => pValues[a]! - pValues[b]!);
  const corrected = [...pValues];
  let largest = 0;
  for (const [rank, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[i]!));
    corrected[i] = largest;
  }
  return corrected;
}
