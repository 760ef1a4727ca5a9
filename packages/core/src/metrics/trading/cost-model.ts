import { InvalidInputError } from '../../errors.ts';
import { LARGEST_VALUE } from '../../numeric/require-finite.ts';

/** What trading costs, as fractions of equity; neither has a default. */
export interface CostModel {
  /** Per unit of turnover, ≥ 0: going from flat to fully long is 1, from long to short 2. Spread, slippage, fees. */
  readonly proportionalCost: number;
  /** Per trade, whatever its size, ≥ 0: charged in every period in which the position changes. */
  readonly costPerTrade: number;
}

/**
 * Cost of changing a position, as a fraction of equity.
 *
 *   cost = proportionalCost · |to − from| + costPerTrade · [to ≠ from]
 *
 * @param from - Position held, as a fraction of equity, signed. @param to - Position taken.
 * @returns ≥ 0; 0 when nothing changes.
 * @remarks O(1); finite positions and a valid model are the caller's duty.
 * @example costOfTrade({ proportionalCost: 0.001, costPerTrade: 0.0002 }, 1, -1); // 0.001 · 2 + 0.0002
 */
export function costOfTrade(costs: CostModel, from: number, to: number): number {
  return from === to ? 0 : costs.proportionalCost * Math.abs(to - from) + costs.costPerTrade;
}

/** @throws {@link InvalidInputError} `OUT_OF_RANGE` for a cost that is negative, above 1e100 or not finite. */
export function requireCostModel({ proportionalCost, costPerTrade }: CostModel): void {
  for (const [name, value] of Object.entries({ proportionalCost, costPerTrade })) {
    if (!(value >= 0 && value <= LARGEST_VALUE)) {
      throw new InvalidInputError('OUT_OF_RANGE', `${name} must be a finite number from 0 to 1e100; got ${value}`);
    }
  }
}
