import type { Dataset } from '../../dataset/dataset.ts';
import { InvalidInputError } from '../../errors.ts';
import { keyedRandom, randomInteger } from '../../random/random-source.ts';
import { compareText } from '../../records/text-order.ts';
import type { DriftReferenceProfile, FeatureReference } from './drift-reference-profile.ts';
import { type FeatureRow, presentFeatures, readCategory, readNumber, requireSameFeatures } from './feature-row.ts';

export interface DriftReferenceOptions {
  /** Features whose values are names, also when they are written as numbers. Default: those with a text in any row. */
  readonly categorical?: readonly string[];
  /** Most rows kept, 1 to 1,000,000; of more, a uniform sample without replacement. Default 10,000. */
  readonly maxRows?: number;
  /** Of the sample. Default `drift-reference`. */
  readonly seed?: string;
}

/**
 * The reference that drift is measured against: what each feature looked like when the model was made.
 *
 * @param source - The training data, or rows of features. A feature absent in some rows is missing there.
 * @returns A plain JSON profile; store it with `saveDriftReference`.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` without rows or features; `NOT_FINITE` | `INVALID_TYPE` | `OUT_OF_RANGE` for a value;
 * `LENGTH_MISMATCH` when `categorical` names a feature no row has; `OUT_OF_RANGE` for `maxRows`.
 * @remarks O(rows × features · log rows) time; keeps at most `maxRows` values of each numeric feature.
 * @example buildDriftReference([{ rsi: 40, session: 'asia' }, { rsi: 61, session: 'us' }]).rows; // 2
 */
export function buildDriftReference(
  source: Dataset | readonly FeatureRow[],
  options: DriftReferenceOptions = {},
): DriftReferenceProfile {
  const { categorical, maxRows = 10_000, seed = 'drift-reference' } = options;
  if (!Number.isInteger(maxRows) || maxRows < 1 || maxRows > 1_000_000) {
    throw new InvalidInputError('OUT_OF_RANGE', `maxRows must be a whole number from 1 to 1,000,000; got ${maxRows}`);
  }
  const all = isDataset(source) ? rowsOf(source) : source;
  const names = isDataset(source) ? [...source.featureNames] : [...presentFeatures(all)];
  if (all.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'a drift reference needs at least 1 row; got 0');
  if (names.length === 0)
    throw new InvalidInputError('EMPTY_INPUT', 'a drift reference needs at least 1 feature; got 0');
  const categories = new Set(categorical ?? names.filter((name) => all.some((row) => typeof row[name] === 'string')));
  requireSameFeatures(names, new Set([...names, ...categories]), 'option categorical');
  const kept = sampleRows(all, maxRows, seed);
  return {
    formatVersion: 1,
    rows: kept.length,
    sampledFrom: all.length,
    features: names.map((name) =>
      categories.has(name) ? categoricalReference(kept, name) : numericReference(kept, name),
    ),
  };
}

function numericReference(rows: readonly FeatureRow[], name: string): FeatureReference {
  const values = rows
    .map((row, i) => readNumber(row, name, `reference row ${i}`))
    .filter((value) => value !== undefined)
    .sort((a, b) => a - b);
  return { name, kind: 'numeric', values, missing: rows.length - values.length };
}

function categoricalReference(rows: readonly FeatureRow[], name: string): FeatureReference {
  const counts = new Map<string, number>();
  let missing = 0;
  rows.forEach((row, i) => {
    const category = readCategory(row, name, `reference row ${i}`);
    if (category === undefined) missing++;
    else counts.set(category, (counts.get(category) ?? 0) + 1);
  });
  const categories = [...counts]
    .map(([category, count]) => ({ category, count }))
    .sort((a, b) => compareText(a.category, b.category));
  return { name, kind: 'categorical', categories, missing };
}

/** A uniform sample without replacement, by Fisher and Yates. */
function sampleRows(rows: readonly FeatureRow[], maxRows: number, seed: string): readonly FeatureRow[] {
  if (rows.length <= maxRows) return rows;
  const random = keyedRandom(seed, 'rows');
  const order = [...rows];
  for (let i = 0; i < maxRows; i++) {
    const at = i + randomInteger(random, order.length - i);
    const chosen = order[at]!;
    order[at] = order[i]!;
    order[i] = chosen;
  }
  return order.slice(0, maxRows);
}

function isDataset(source: Dataset | readonly FeatureRow[]): source is Dataset {
  return !Array.isArray(source);
}

function rowsOf({ features, featureNames }: Dataset): readonly FeatureRow[] {
  const { values, rows, columns } = features;
  return Array.from({ length: rows }, (_, r) =>
    Object.fromEntries(featureNames.map((name, c) => [name, values[r * columns + c]!])),
  );
}
