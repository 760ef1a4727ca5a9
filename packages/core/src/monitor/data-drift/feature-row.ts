import { InvalidInputError } from '../../errors.ts';
import { LARGEST_VALUE } from '../../numeric/require-finite.ts';

/** One row of features by name: a number, or the name of a category. An absent or `undefined` value is missing. */
export type FeatureRow = Readonly<Record<string, number | string | undefined>>;

export type FeatureKind = 'numeric' | 'categorical';

/**
 * The value of a numeric feature, −0 as 0; `undefined` when missing.
 * @throws {@link InvalidInputError} `NOT_FINITE` | `INVALID_TYPE`; `OUT_OF_RANGE` beyond ±1e100.
 */
export function readNumber(row: FeatureRow, feature: string, where: string): number | undefined {
  const value = Object.hasOwn(row, feature) ? row[feature] : undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'number') {
    const expectation = `numeric feature '${feature}' must be a number or absent in ${where}`;
    throw new InvalidInputError('INVALID_TYPE', `${expectation}; got ${describe(value)}`);
  }
  if (!Number.isFinite(value)) {
    const expectation = `feature '${feature}' must be finite or absent in ${where}`;
    throw new InvalidInputError('NOT_FINITE', `${expectation}; got ${value}`);
  }
  if (Math.abs(value) <= LARGEST_VALUE) return value + 0;
  const expectation = `feature '${feature}' must be from -1e100 to 1e100, or absent, in ${where}`;
  throw new InvalidInputError('OUT_OF_RANGE', `${expectation}; got ${value}`);
}

/** The category of a categorical feature, a number as its text. @throws as {@link readNumber}. */
export function readCategory(row: FeatureRow, feature: string, where: string): string | undefined {
  const value = Object.hasOwn(row, feature) ? row[feature] : undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'string') return requireCategory(value, feature, where);
  return String(readNumber(row, feature, where));
}

/**
 * Refuses rows whose features are not those of the reference.
 * @throws {@link InvalidInputError} `LENGTH_MISMATCH` naming what is missing and what is unexpected.
 */
export function requireSameFeatures(expected: readonly string[], got: ReadonlySet<string>, subject: string): void {
  const known = new Set(expected);
  const missing = expected.filter((name) => !got.has(name));
  const unexpected = [...got].filter((name) => !known.has(name));
  if (missing.length === 0 && unexpected.length === 0) return;
  const parts = [
    ...(missing.length > 0 ? [`missing ${shortList(missing)}`] : []),
    ...(unexpected.length > 0 ? [`unexpected ${shortList(unexpected)}`] : []),
  ];
  const expectation = `${subject} must have the ${expected.length} features of the reference`;
  throw new InvalidInputError('LENGTH_MISMATCH', `${expectation}; got ${parts.join('; ')}`);
}

/** Names that have a value in at least one row. */
export function presentFeatures(rows: readonly FeatureRow[]): Set<string> {
  const names = new Set<string>();
  for (const row of rows) {
    for (const name of Object.keys(row)) if (row[name] !== undefined) names.add(name);
  }
  return names;
}

/** The first ten names, and how many more. */
export function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

function requireCategory(value: string, feature: string, where: string): string {
  if (value.length <= 512 && !value.includes('\u0000') && value.isWellFormed()) return value;
  const expectation = `a category of '${feature}' must be text of at most 512 characters without NUL in ${where}`;
  throw new InvalidInputError('INVALID_TYPE', `${expectation}; got ${JSON.stringify(value.slice(0, 40))}`);
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : `a value of type ${typeof value}`;
}
