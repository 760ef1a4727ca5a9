import { InvalidInputError } from '../../errors.ts';
import { requireFinite } from '../../numeric/require-finite.ts';

/**
 * Refuses returns that cannot be compounded: below −1 more than all would be lost, and what follows has no meaning.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE`.
 */
export function requireCompoundable(returns: ArrayLike<number>): void {
  requireFinite(returns, 'returns');
  for (let i = 0; i < returns.length; i++) {
    if (returns[i]! < -1) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `returns[${i}] must be at least -1 to be compounded; got ${returns[i]}`,
      );
    }
  }
}
