import { type Dataset, InvalidInputError } from '@mlperf/core';

/**
 * One target per row, finite, and for classes an index into them.
 * @param subject - Names the targets in messages.
 * @throws {@link InvalidInputError} `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
 */
export function requireTargets(subject: string, { targets, classes, features }: Dataset): void {
  if (targets.length !== features.rows) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `${subject} must have ${features.rows} entries, one per row; got ${targets.length}`,
    );
  }
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row]!;
    if (classes === undefined ? Number.isFinite(target) : isIndex(target, classes.length)) continue;
    throw classes === undefined
      ? new InvalidInputError('NOT_FINITE', `${subject} of row ${row} must be finite; got ${target}`)
      : new InvalidInputError(
          'OUT_OF_RANGE',
          `${subject} of row ${row} must be an index into the ${classes.length} classes; got ${target}`,
        );
  }
}

function isIndex(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length;
}
