import { requireFinite } from '@mlperf/core';

/** Bets, in units of the root mean square so far, with their weights: the bold decide after few folds, the timid after many. */
const BETS = [
  { size: 0.25, weight: 0.1 },
  { size: 0.5, weight: 0.15 },
  { size: 1, weight: 0.25 },
  { size: 2, weight: 0.25 },
  { size: 4, weight: 0.25 },
] as const;

/**
 * Evidence that differences are positive, which may be looked at after every one of them: the wealth of a gambler who
 * starts with 1 and bets on the sign of each, more on large ones.
 *
 *   W_n = Σ_λ w_λ · Π_{i ≤ n} (1 + tanh(λ·|dᵢ| / sᵢ) · sign dᵢ),  sᵢ = √((d₁² + … + dᵢ²) / i)
 *
 * When each difference, given those before it and its own size, is at most as likely to be positive as negative, the
 * wealth is a supermartingale that starts at 1: by Ville's inequality it ever reaches 1/α with probability at most α.
 * Differences of unequal spread are welcome; an order in time does no harm.
 *
 * @param differences - In the order they were seen, shape (n), n ≥ 1, finite; any unit.
 * @returns W_n ≥ 0; above 1 speaks for positive. A difference of 0 changes nothing.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` beyond ±1e100.
 * @remarks O(n). The least n at which 1/α = 10 can be reached is 4.
 * @see Ramdas, Grünwald, Vovk & Shafer (2023), Statistical Science 38:576–601, doi:10.1214/23-STS894;
 * de la Peña (1999), Annals of Probability 27:537–564, for symmetric differences
 * @example bettingEvidence([1, 1, 1, 1]); // 0.1·(1 + tanh ¼)⁴ + … = 11.06
 */
export function bettingEvidence(differences: ArrayLike<number>): number {
  requireFinite(differences, 'differences');
  let largest = 0;
  for (let i = 0; i < differences.length; i++) largest = Math.max(largest, Math.abs(differences[i]!));
  if (largest === 0) return 1;
  const wealth = BETS.map(({ weight }) => weight as number);
  let squares = 0;
  for (let i = 0; i < differences.length; i++) {
    // In units of the largest: squares stay within a double. The bets depend on ratios alone.
    const size = Math.abs(differences[i]!) / largest;
    if (size === 0) continue;
    squares += size * size;
    const ratio = size / Math.sqrt(squares / (i + 1));
    BETS.forEach((bet, b) => {
      wealth[b]! *= 1 + Math.tanh(bet.size * ratio) * Math.sign(differences[i]!);
    });
  }
  return wealth.reduce((sum, part) => sum + part, 0);
}
