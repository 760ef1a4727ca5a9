import { InvalidInputError } from '../../errors.ts';

/**
 * Refuses hits and confidences that are empty, of different lengths, or hold something that is neither.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 */
export function requireJudgedConfidence(correct: ArrayLike<boolean>, confidence: ArrayLike<number>): void {
  if (correct.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'correct must hold at least 1 value; got 0');
  if (confidence.length !== correct.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `confidence must have ${correct.length} values to match correct; got ${confidence.length}`,
    );
  }
  for (let i = 0; i < confidence.length; i++) {
    const value = confidence[i]!;
    if (typeof correct[i] !== 'boolean') {
      throw new InvalidInputError('INVALID_TYPE', `correct[${i}] must be true or false; got ${String(correct[i])}`);
    }
    if (!Number.isFinite(value)) {
      throw new InvalidInputError('NOT_FINITE', `confidence[${i}] must be a finite number; got ${value}`);
    }
    if (value < 0 || value > 1) {
      throw new InvalidInputError('OUT_OF_RANGE', `confidence[${i}] must be from 0 to 1; got ${value}`);
    }
  }
}
