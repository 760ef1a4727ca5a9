import { InvalidInputError } from '../../errors.ts';
import { type Label, requireLabels } from './require-paired-labels.ts';

/** The rounding of a single-precision softmax. */
const ROW_SUM_TOLERANCE = 1e-6;

/**
 * Refuses labels outside `classes` and rows that are no probabilities.
 * @returns The column of each observed label, shape (n).
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 */
export function requireClassProbabilities(
  yTrue: ArrayLike<Label>,
  probabilities: ArrayLike<number>,
  classes: readonly Label[],
): Uint32Array {
  requireLabels(yTrue, 'yTrue');
  requireLabels(classes, 'classes');
  const columns = new Map(classes.map((label, column) => [label, column]));
  const width = classes.length;
  if (width < 2 || columns.size !== width) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `classes must be at least 2 different labels; got ${classes.join(', ')}`,
    );
  }
  if (probabilities.length !== yTrue.length * width) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `probabilities must have ${yTrue.length} × ${width} values to match yTrue and classes; got ${probabilities.length}`,
    );
  }
  return Uint32Array.from({ length: yTrue.length }, (_, row) => {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const p = probabilities[i]!;
      if (!Number.isFinite(p)) {
        throw new InvalidInputError('NOT_FINITE', `probabilities[${i}] must be a finite number; got ${p}`);
      }
      if (p < 0 || p > 1) {
        throw new InvalidInputError('OUT_OF_RANGE', `probabilities[${i}] must be from 0 to 1; got ${p}`);
      }
      sum += p;
    }
    if (Math.abs(sum - 1) > ROW_SUM_TOLERANCE) {
      throw new InvalidInputError('OUT_OF_RANGE', `probabilities of row ${row} must sum to 1; got ${sum}`);
    }
    const column = columns.get(yTrue[row]!);
    if (column === undefined) {
      throw new InvalidInputError('OUT_OF_RANGE', `yTrue[${row}] must be one of classes; got ${yTrue[row]}`);
    }
    return column;
  });
}
