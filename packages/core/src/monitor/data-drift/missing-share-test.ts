import { logGamma } from '../../numeric/log-gamma.ts';

/** Ties are kept together although two products of the same numbers may round apart. */
const TIE = 1e-9;

/**
 * Exact test of whether two samples lack values equally often, two-sided: of all ways to deal the missing values out to
 * the rows, the share whose difference of missing shares is at least the observed one (hypergeometric).
 *
 * @param referenceMissing - Whole, from 0 to `referenceRows` ≥ 1; so for the current sample.
 * @returns the difference of the shares (current − reference) and its p-value.
 * @remarks O(number of missing values) time.
 * @see Fisher (1935), JRSS 98:39–82, doi:10.2307/2342435
 * @example missingShareTest(0, 3, 3, 3); // { difference: 1, pValue: 2/20 }
 */
export function missingShareTest(
  referenceMissing: number,
  referenceRows: number,
  currentMissing: number,
  currentRows: number,
): { readonly difference: number; readonly pValue: number } {
  const missing = referenceMissing + currentMissing;
  const rows = referenceRows + currentRows;
  const difference = currentMissing / currentRows - referenceMissing / referenceRows;
  const lowest = Math.max(0, missing - referenceRows);
  const highest = Math.min(missing, currentRows);
  const logAll = logChoose(rows, missing);
  let pValue = 0;
  for (let inCurrent = lowest; inCurrent <= highest; inCurrent++) {
    const other = inCurrent / currentRows - (missing - inCurrent) / referenceRows;
    if (Math.abs(other) < Math.abs(difference) - TIE) continue;
    pValue += Math.exp(logChoose(currentRows, inCurrent) + logChoose(referenceRows, missing - inCurrent) - logAll);
  }
  return { difference, pValue: Math.min(1, pValue) };
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}
