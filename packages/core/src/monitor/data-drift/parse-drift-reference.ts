import { InvalidInputError } from '../../errors.ts';
import { LARGEST_VALUE } from '../../numeric/require-finite.ts';
import { compareText } from '../../records/text-order.ts';
import type { DriftReferenceProfile, FeatureReference } from './drift-reference-profile.ts';

/**
 * Reads a stored profile back.
 * @throws {@link InvalidInputError} `INVALID_RECORD` when it is not one that `buildDriftReference` could have made.
 */
export function parseDriftReference(json: unknown): DriftReferenceProfile {
  if (!isObject(json)) throw refused('must be an object');
  const { formatVersion, rows, sampledFrom, features } = json;
  if (formatVersion !== 1) throw refused(`must have formatVersion 1; got ${JSON.stringify(formatVersion)}`);
  if (!isCount(rows) || rows < 1) throw refused('must have a whole number of rows ≥ 1');
  if (!isCount(sampledFrom) || sampledFrom < rows) throw refused('sampledFrom must be a whole number ≥ rows');
  if (!Array.isArray(features) || features.length === 0) throw refused('must have at least 1 feature');
  const parsed = features.map((feature: unknown) => parseFeature(feature, rows));
  if (new Set(parsed.map(({ name }) => name)).size !== parsed.length) throw refused('must name each feature once');
  return { formatVersion: 1, rows, sampledFrom, features: parsed };
}

function parseFeature(json: unknown, rows: number): FeatureReference {
  if (!isObject(json) || typeof json.name !== 'string') throw refused('features must be objects with a name');
  const { name, kind, missing } = json;
  const subject = `feature ${JSON.stringify(name)}`;
  if (!isCount(missing)) throw refused(`${subject} must count its missing values`);
  const feature =
    kind === 'numeric'
      ? numeric(json, name, missing)
      : kind === 'categorical'
        ? categorical(json, name, missing)
        : undefined;
  if (feature === undefined)
    throw refused(`${subject} must hold ascending values from -1e100 to 1e100, or categories with their counts`);
  const present =
    feature.kind === 'numeric' ? feature.values.length : feature.categories.reduce((sum, { count }) => sum + count, 0);
  if (present + missing !== rows) throw refused(`${subject} must account for ${rows} rows; got ${present + missing}`);
  return feature;
}

function numeric(json: Readonly<Record<string, unknown>>, name: string, missing: number): FeatureReference | undefined {
  const { values } = json;
  if (!Array.isArray(values) || !values.every(isFeatureValue)) return;
  const copy: readonly number[] = [...values];
  return copy.every((value, i) => i === 0 || value >= copy[i - 1]!)
    ? { name, kind: 'numeric', values: copy, missing }
    : undefined;
}

function categorical(
  json: Readonly<Record<string, unknown>>,
  name: string,
  missing: number,
): FeatureReference | undefined {
  if (!Array.isArray(json.categories)) return;
  const categories: { category: string; count: number }[] = [];
  for (const each of json.categories as readonly unknown[]) {
    if (!isObject(each) || typeof each.category !== 'string' || !isCount(each.count) || each.count < 1) return;
    const previous = categories.at(-1);
    if (previous !== undefined && compareText(previous.category, each.category) >= 0) return;
    categories.push({ category: each.category, count: each.count });
  }
  return { name, kind: 'categorical', categories, missing };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFeatureValue(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= LARGEST_VALUE;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError('INVALID_RECORD', `a stored drift reference ${problem}`);
}
