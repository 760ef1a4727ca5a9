import type { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import { InvalidInputError } from '../../errors.ts';
import type { Direction } from '../../types/prediction.ts';
import { requirePairedLabels } from '../classification/require-paired-labels.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';

export const directionalAccuracyDescriptor: MetricDescriptor<'directional_accuracy'> = {
  name: 'directional_accuracy',
  direction: 'maximize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * Directional accuracy: where a side was taken and the price moved, the share of right sides.
 *
 *   #{i : yPredᵢ = yTrueᵢ ≠ flat} / #{i : yPredᵢ ≠ flat and yTrueᵢ ≠ flat}
 *
 * A `flat` prediction takes no side and a `flat` outcome moved inside the flat band: neither counts here, in the
 * numerator or the denominator. Without `flat` it equals accuracy.
 *
 * @param yTrue - Observed directions, shape (n), n ≥ 1.
 * @param yPred - Predicted directions, shape (n).
 * @returns A fraction in [0, 1], best 1; `undefined` when no side was taken on a price that moved.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE`.
 * @remarks O(n) time, O(1) space; inputs are not modified.
 * @see Pesaran & Timmermann (1992), Journal of Business & Economic Statistics 10:461–465,
 * doi:10.1080/07350015.1992.10509922
 * @example directionalAccuracy(['up', 'down', 'flat', 'up'], ['up', 'up', 'up', 'flat']); // 1 / 2
 */
export function directionalAccuracy(yTrue: ArrayLike<Direction>, yPred: ArrayLike<Direction>): number | undefined {
  requirePairedLabels(yTrue, yPred);
  let sides = 0;
  let right = 0;
  for (let i = 0; i < yTrue.length; i++) {
    const observedSide = takesSide(yTrue[i]!, `yTrue[${i}]`);
    const predictedSide = takesSide(yPred[i]!, `yPred[${i}]`);
    if (!observedSide || !predictedSide) continue;
    sides++;
    if (yTrue[i] === yPred[i]) right++;
  }
  return sides === 0 ? undefined : right / sides;
}

/** Directional accuracy of an aggregate. Agrees with {@link directionalAccuracy} exactly. */
export function directionalAccuracyOf(aggregate: OutcomeAggregate): number | undefined {
  const right = aggregate.confusion('up', 'up') + aggregate.confusion('down', 'down');
  const sides = right + aggregate.confusion('up', 'down') + aggregate.confusion('down', 'up');
  return sides === 0 ? undefined : right / sides;
}

function takesSide(direction: Direction, subject: string): boolean {
  if (direction === 'up' || direction === 'down') return true;
  if (direction === 'flat') return false;
  throw new InvalidInputError('INVALID_TYPE', `${subject} must be up, down or flat; got ${String(direction)}`);
}
