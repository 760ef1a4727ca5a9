import { InvalidInputError } from '../../errors.ts';
import { requireFinite } from '../../numeric/require-finite.ts';
import { type CostModel, costOfTrade, requireCostModel } from './cost-model.ts';

/**
 * Net returns of holding positions: what the market gave, less the cost of every change.
 *
 *   netᵢ = positionᵢ · marketᵢ − proportionalCost · |positionᵢ − positionᵢ₋₁| − costPerTrade · [positionᵢ ≠ positionᵢ₋₁]
 *
 * `positionᵢ` is held over period i and must have been decided before it: it may use market returns up to i − 1 only.
 * A position is a fraction of equity, kept constant over its period and set anew at the start of the next.
 *
 * @param marketReturns - Simple return of the market per period, as fractions, shape (n), n ≥ 1, finite.
 * @param positions - Held over each period, shape (n): 1 long, −1 short, 0 flat; more than 1 is leverage. Finite.
 * @param costs - What trading costs.
 * @param initialPosition - Held before the first period. Default 0: the first position is bought. The last is not sold.
 * @returns Net simple returns, shape (n), as fractions of equity.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE` for a negative cost.
 * @remarks O(n) time and space; inputs are not modified.
 * @example strategyReturns([0.02, -0.01, 0.03], [1, 1, -1], { proportionalCost: 0.001, costPerTrade: 0 });
 * // [0.02 − 0.001, −0.01, −0.03 − 0.002]
 */
export function strategyReturns(
  marketReturns: ArrayLike<number>,
  positions: ArrayLike<number>,
  costs: CostModel,
  initialPosition = 0,
): Float64Array {
  requireFinite(marketReturns, 'marketReturns');
  if (positions.length !== marketReturns.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `positions must have ${marketReturns.length} values to match marketReturns; got ${positions.length}`,
    );
  }
  requireFinite(positions, 'positions');
  requireFinite([initialPosition], 'initialPosition');
  requireCostModel(costs);
  return Float64Array.from({ length: positions.length }, (_, i) => {
    const before = i === 0 ? initialPosition : positions[i - 1]!;
    const held = positions[i]!;
    return held * marketReturns[i]! - costOfTrade(costs, before, held);
  });
}
