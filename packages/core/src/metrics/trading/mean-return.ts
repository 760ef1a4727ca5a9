import type { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';

export const meanReturnDescriptor: MetricDescriptor<'mean_return'> = {
  name: 'mean_return',
  direction: 'maximize',
  unit: 'fraction',
  range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
};

export const returnVolatilityDescriptor: MetricDescriptor<'return_volatility'> = {
  name: 'return_volatility',
  direction: 'minimize',
  unit: 'fraction',
  range: [0, Number.POSITIVE_INFINITY],
};

/**
 * Mean net return per outcome of an aggregate, not annualised; `undefined` without returns. Times their number it is
 * the profit of equal stakes, not reinvested. Agrees with {@link mean} to 1e-12.
 */
export function meanReturnOf({ returnCount, returnSum }: OutcomeAggregate): number | undefined {
  return returnCount === 0 ? undefined : returnSum / returnCount;
}

/** Sample standard deviation (n − 1) of the net returns of an aggregate, not annualised; `undefined` below 2 returns. */
export function returnVolatilityOf({ returnVariance }: OutcomeAggregate): number | undefined {
  return returnVariance === undefined ? undefined : Math.sqrt(returnVariance);
}
