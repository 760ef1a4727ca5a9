import { MlperfError } from '@mlperf/core';

/** How far a row of probabilities may sum from 1, as `Prediction.probabilities` has it. */
const SUM_TOLERANCE = 1e-6;

/**
 * Refuses what a model gave unless every row is a distribution over its classes.
 *
 * @param probabilities - Shape (rows × classes), row-major.
 * @throws {@link MlperfError} `LENGTH_MISMATCH` for another shape, `NOT_FINITE`, `OUT_OF_RANGE` for a probability
 * outside [0, 1] or a row that does not sum to 1 within 1e-6; the message names the row.
 */
export function requireProbabilityRows(probabilities: ArrayLike<number>, rows: number, classes: number): void {
  if (probabilities.length !== rows * classes) {
    throw new MlperfError(
      'LENGTH_MISMATCH',
      `the model must give ${rows} × ${classes} probabilities; got ${probabilities.length}`,
    );
  }
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < classes; column++) {
      const p = probabilities[row * classes + column]!;
      if (!Number.isFinite(p)) throw new MlperfError('NOT_FINITE', `probability ${column} of row ${row} is ${p}`);
      if (p < 0 || p > 1 + SUM_TOLERANCE) {
        throw new MlperfError('OUT_OF_RANGE', `probability ${column} of row ${row} must lie in [0, 1]; got ${p}`);
      }
      sum += p;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) {
      throw new MlperfError('OUT_OF_RANGE', `the probabilities of row ${row} must sum to 1; got ${sum}`);
    }
  }
}
