import { InvalidInputError } from '../errors.ts';
import type { Dataset, Matrix } from './dataset.ts';

/** Whether features may be missing, which is written NaN. Infinities never are a value. */
export type MissingValues = 'refused' | 'allowed';

/** @throws {@link InvalidInputError} `NOT_FINITE` with the place of the first infinity, or NaN unless `allowed`. */
export function requireFeatureValues(matrix: Matrix, subject: string, missingValues: MissingValues): void {
  const { values, columns } = matrix;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isFinite(value) || (missingValues === 'allowed' && Number.isNaN(value))) continue;
    throw new InvalidInputError(
      'NOT_FINITE',
      `${subject} must be finite${missingValues === 'allowed' ? ' or missing' : ''}; got ${value} in row ${Math.floor(i / columns)}, column ${i % columns}`,
    );
  }
}

/**
 * What a family without a rule for missing values asks of its training rows.
 * @throws {@link InvalidInputError} `NOT_FINITE` naming row and column of the first missing value.
 * @remarks O(1) for a dataset that was made without missing values.
 */
export function requireNoMissingValues(dataset: Dataset): void {
  if (dataset.missingValues !== 'allowed') return;
  const { values, columns } = dataset.features;
  const at = values.findIndex(Number.isNaN);
  if (at < 0) return;
  throw new InvalidInputError(
    'NOT_FINITE',
    `features must have no missing value for this model; got one in row ${Math.floor(at / columns)}, column '${dataset.featureNames[at % columns]}'`,
  );
}
