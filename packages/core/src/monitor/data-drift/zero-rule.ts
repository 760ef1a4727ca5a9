import { InvalidInputError } from '../../errors.ts';

/**
 * What a bin that one sample leaves empty counts as, where a logarithm would otherwise be infinite.
 * - `smooth`: share = (count + pseudoCount) / (n + pseudoCount · bins), in every bin; shares still sum to 1.
 * - `floor`: share = max(count / n, share); only small bins change, and shares may sum to more than 1.
 */
export type ZeroRule =
  | { readonly rule: 'smooth'; readonly pseudoCount: number }
  | { readonly rule: 'floor'; readonly share: number };

/** Half a count in every bin: the posterior mean under Jeffreys' prior. */
export const DEFAULT_ZERO_RULE: ZeroRule = { rule: 'smooth', pseudoCount: 0.5 };

/** @throws {@link InvalidInputError} `OUT_OF_RANGE` | `INVALID_TYPE`. */
export function requireZeroRule(zeroRule: ZeroRule): ZeroRule {
  if (zeroRule.rule === 'smooth') {
    if (zeroRule.pseudoCount > 0 && zeroRule.pseudoCount <= 1e6) return zeroRule;
    throw new InvalidInputError('OUT_OF_RANGE', `pseudoCount must be in (0, 1e6]; got ${zeroRule.pseudoCount}`);
  }
  if (zeroRule.rule === 'floor') {
    if (zeroRule.share > 0 && zeroRule.share < 1) return zeroRule;
    throw new InvalidInputError('OUT_OF_RANGE', `share must be above 0 and below 1; got ${zeroRule.share}`);
  }
  throw new InvalidInputError(
    'INVALID_TYPE',
    `a zero rule must be 'smooth' or 'floor'; got ${JSON.stringify(zeroRule)}`,
  );
}

/** Positive shares of counts that sum to `total` > 0. */
export function positiveShares(counts: ArrayLike<number>, total: number, zeroRule: ZeroRule): Float64Array {
  if (zeroRule.rule === 'floor') {
    return Float64Array.from(counts, (count) => Math.max(count / total, zeroRule.share));
  }
  const { pseudoCount } = zeroRule;
  const smoothed = total + pseudoCount * counts.length;
  return Float64Array.from(counts, (count) => (count + pseudoCount) / smoothed);
}
