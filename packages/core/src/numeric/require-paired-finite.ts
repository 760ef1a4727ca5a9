import { InvalidInputError } from '../errors.ts';
import { requireFinite } from './require-finite.ts';

/**
 * Refuses two samples that are not of one length n ≥ 1 or hold NaN, an infinity or a magnitude above 1e100.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
 */
export function requirePairedFinite(yTrue: ArrayLike<number>, yPred: ArrayLike<number>): void {
  requireFinite(yTrue, 'yTrue');
  if (yPred.length !== yTrue.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `yPred must have ${yTrue.length} values to match yTrue; got ${yPred.length}`,
    );
  }
  requireFinite(yPred, 'yPred');
}
