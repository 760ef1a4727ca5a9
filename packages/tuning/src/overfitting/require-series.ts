import { InvalidInputError, requireFinite } from '@mlperf/core';
import type { SlicedWork } from './sliced-work.ts';

/**
 * Refuses anything but one finite series per trial, all of one length.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
 */
export function* requireSeries(series: readonly ArrayLike<number>[], name: string): SlicedWork<void> {
  const first = series[0];
  if (first === undefined) throw new InvalidInputError('EMPTY_INPUT', `${name} must hold at least 1 trial; got 0`);
  for (const [trial, values] of series.entries()) {
    requireFinite(values, `${name}[${trial}]`);
    yield values.length;
    if (values.length === first.length) continue;
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `${name}[${trial}] must have ${first.length} values, as every trial scores the same rows; got ${values.length}`,
    );
  }
}

/** @throws {@link InvalidInputError} `OUT_OF_RANGE` unless `winner` is one of the trials and `tried` counts them all. */
export function requireSearch(trials: number, winner: number, tried: number): void {
  if (!(Number.isSafeInteger(winner) && winner >= 0 && winner < trials)) {
    throw new InvalidInputError('OUT_OF_RANGE', `winner must be a trial, 0 to ${trials - 1}; got ${winner}`);
  }
  if (!(Number.isSafeInteger(tried) && tried >= trials)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `tried must be a whole number of at least the ${trials} trials with rows; got ${tried}`,
    );
  }
}
