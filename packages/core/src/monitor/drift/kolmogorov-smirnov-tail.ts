import { InvalidInputError } from '../../errors.ts';

/**
 * Exact two-sided p-values of the two-sample Kolmogorov–Smirnov test for two samples of equal size, without ties.
 *
 *   P(D ≥ h/n) = 2 Σ_{j=1}^{⌊n/h⌋} (−1)^{j−1} · C(2n, n − jh) / C(2n, n)        h = 1 … n;   1 at h = 0
 *
 * @param n - Values in each sample, 1 to 10,000.
 * @returns n + 1 values, P(D ≥ h/n) at index h, falling from 1. Ties make the true value smaller.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 * @remarks O(n ln n) time.
 * @see Gnedenko & Korolyuk (1951), Doklady Akademii Nauk SSSR 80:525–528; Feller (1968), volume 1, III.10, problem 25
 * @example kolmogorovSmirnovTail(2); // [1, 1, 1/3]: only 2 of the 6 orders keep the samples apart
 */
export function kolmogorovSmirnovTail(n: number): Float64Array {
  if (!(Number.isInteger(n) && n >= 1 && n <= 10_000)) {
    throw new InvalidInputError('OUT_OF_RANGE', `n must be a whole number from 1 to 10000; got ${n}`);
  }
  // logShare[k] = ln(C(2n, n − k) / C(2n, n)): products of the ratios underflow for large n, their logarithms do not.
  const logShare = new Float64Array(n + 1);
  for (let k = 1; k <= n; k++) logShare[k] = logShare[k - 1]! + Math.log((n - k + 1) / (n + k));
  return Float64Array.from({ length: n + 1 }, (_, h) => {
    if (h === 0) return 1;
    let sum = 0;
    for (let j = Math.floor(n / h); j >= 1; j--) sum += (j % 2 === 1 ? 1 : -1) * Math.exp(logShare[j * h]!);
    return Math.min(1, Math.max(0, 2 * sum));
  });
}
