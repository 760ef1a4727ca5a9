import { InvalidInputError } from '../../errors.ts';

/** A class label: text, or a class index. */
export type Label = string | number;

/**
 * Refuses label sequences that are empty, of different lengths, or hold something that is no label.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE`.
 */
export function requirePairedLabels(yTrue: ArrayLike<Label>, yPred: ArrayLike<Label>): void {
  requireLabels(yTrue, 'yTrue');
  if (yPred.length !== yTrue.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `yPred must have ${yTrue.length} values to match yTrue; got ${yPred.length}`,
    );
  }
  requireLabels(yPred, 'yPred');
}

/**
 * Refuses an empty label sequence or one that holds something that is no label.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `INVALID_TYPE` | `NOT_FINITE`.
 */
export function requireLabels(labels: ArrayLike<Label>, name: string): void {
  if (labels.length === 0) throw new InvalidInputError('EMPTY_INPUT', `${name} must hold at least 1 label; got 0`);
  for (let i = 0; i < labels.length; i++) {
    const label: unknown = labels[i];
    if (typeof label === 'string') continue;
    if (typeof label !== 'number') {
      throw new InvalidInputError('INVALID_TYPE', `${name}[${i}] must be a text or a number; got ${String(label)}`);
    }
    if (!Number.isFinite(label)) {
      throw new InvalidInputError('NOT_FINITE', `${name}[${i}] must be a finite number; got ${label}`);
    }
  }
}
