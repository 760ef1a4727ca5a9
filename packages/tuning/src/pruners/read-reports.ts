import { InvalidInputError } from '@mlperf/core';
import type { Reports } from './pruner.ts';

/**
 * @throws {@link InvalidInputError} `LENGTH_MISMATCH` | `OUT_OF_RANGE` for a step that is not whole | `UNSORTED`.
 * @remarks O(steps).
 */
export function requireReports({ steps, losses }: Reports): void {
  if (steps.length !== losses.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `losses must have ${steps.length} values to match the steps; got ${losses.length}`,
    );
  }
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    if (!Number.isSafeInteger(step) || step < 0) {
      throw new InvalidInputError('OUT_OF_RANGE', `steps[${i}] must be a whole number of at least 0; got ${step}`);
    }
    if (i > 0 && step <= steps[i - 1]!) {
      throw new InvalidInputError(
        'UNSORTED',
        `steps must be strictly ascending; got ${step} in place ${i} after ${steps[i - 1]}`,
      );
    }
  }
}

/** The first place whose step is at least `step`; the number of steps when there is none. O(log steps). */
export function firstFrom(steps: ArrayLike<number>, step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The loss reported at exactly this step; `undefined` when there was no report. */
export function lossAt({ steps, losses }: Reports, step: number): number | undefined {
  const place = firstFrom(steps, step);
  return steps[place] === step ? losses[place] : undefined;
}

/** The smallest loss from place `from` up to before `to`, NaN left out; `undefined` when there is none. */
export function leastLoss(losses: ArrayLike<number>, from = 0, to = losses.length): number | undefined {
  let least: number | undefined;
  for (let i = from; i < to; i++) {
    const loss = losses[i]!;
    if (!Number.isNaN(loss) && (least === undefined || loss < least)) least = loss;
  }
  return least;
}
