import { InvalidInputError } from '../errors.ts';

/** How far from 1 class probabilities may sum: the rounding of a single-precision softmax. */
const PROBABILITY_TOLERANCE = 1e-6;

/** @throws {@link InvalidInputError} `OUT_OF_RANGE` for fewer than two or repeated classes. */
export function requireClasses(classes: readonly string[]): void {
  if (classes.length >= 2 && new Set(classes).size === classes.length) return;
  throw new InvalidInputError(
    'OUT_OF_RANGE',
    `classes must be at least 2 and distinct; got ${classes.length === 0 ? 'none' : classes.join(', ')}`,
  );
}

/**
 * Refuses what is no distribution over the classes.
 * @param name - Names the row in messages.
 * @throws {@link InvalidInputError} `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
 */
export function requireClassProbabilities(row: ArrayLike<number>, classes: number, name: string): void {
  if (row.length !== classes) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `${name} must have ${classes} values, one per class; got ${row.length}`,
    );
  }
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    const p = row[c]!;
    if (!Number.isFinite(p)) {
      throw new InvalidInputError('NOT_FINITE', `${name}[${c}] must be a finite number; got ${String(p)}`);
    }
    if (p < 0 || p > 1) throw new InvalidInputError('OUT_OF_RANGE', `${name}[${c}] must be from 0 to 1; got ${p}`);
    sum += p;
  }
  if (Math.abs(sum - 1) <= PROBABILITY_TOLERANCE) return;
  throw new InvalidInputError('OUT_OF_RANGE', `${name} must sum to 1 within ${PROBABILITY_TOLERANCE}; got ${sum}`);
}
