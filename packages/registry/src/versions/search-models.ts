import {
  canonicalJson,
  InvalidInputError,
  type JsonObject,
  type JsonValue,
  type ModelFilter,
  type Page,
  type StorageStores,
  type StoredModelVersion,
} from '@mlperf/core';
import { lineageOf, type ModelLineage } from './model-lineage.ts';

/** What the versions searched for have in common; a part left out does not matter. */
export interface ModelSearch extends ModelFilter {
  readonly dataVersion?: string;
  /** Every one of these tags with this very value. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Training metrics within these bounds, both included; a version without the metric does not match. */
  readonly trainingMetrics?: Readonly<Record<string, { readonly atLeast?: number; readonly atMost?: number }>>;
  /** Hyperparameters equal to these. */
  readonly hyperparameters?: JsonObject;
  /** Where it comes from: every part given must be equal. */
  readonly lineage?: ModelLineage;
}

const PAGE = 100;
const MOST = 1_000;
/** Those the store itself can narrow by. */
const STORED = ['modelName', 'modelType', 'status', 'trainedFrom', 'trainedTo'] as const;
const KEYS: ReadonlySet<string> = new Set([
  ...STORED,
  'dataVersion',
  'tags',
  'trainingMetrics',
  'hyperparameters',
  'lineage',
]);

/**
 * The first `limit` versions that match, newest trained first.
 * @param limit - 1 to 1,000.
 * @throws {@link InvalidInputError} `INVALID_QUERY` for an unknown or unusable part of the search.
 * @remarks Name, type, status and time are looked up; the rest is judged version by version, until enough match.
 */
export async function searchModels(
  stores: Pick<StorageStores, 'models'>,
  search: ModelSearch,
  limit: number,
): Promise<readonly StoredModelVersion[]> {
  requireSearch(search, limit);
  const filter: ModelFilter = Object.fromEntries(
    STORED.filter((key) => search[key] !== undefined).map((key) => [key, search[key]]),
  );
  const found: StoredModelVersion[] = [];
  let cursor: string | undefined;
  do {
    const request = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const page: Page<StoredModelVersion> = await stores.models.list(filter, request);
    for (const version of page.items) {
      if (found.length < limit && isMatch(version, search)) found.push(version);
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined && found.length < limit);
  return found;
}

function isMatch(version: StoredModelVersion, search: ModelSearch): boolean {
  const { tags = {}, trainingMetrics = {}, hyperparameters = {}, dataVersion, lineage = {} } = search;
  return (
    (dataVersion === undefined || version.dataVersion === dataVersion) &&
    hasAll(version.tags ?? {}, tags) &&
    hasAll(version.hyperparameters, hyperparameters) &&
    hasAll({ ...lineageOf(version) }, { ...lineage }) &&
    Object.entries(trainingMetrics).every(([name, { atLeast, atMost }]) => {
      const value = version.trainingMetrics[name];
      return value !== undefined && value >= (atLeast ?? value) && value <= (atMost ?? value);
    })
  );
}

function hasAll(
  values: Readonly<Record<string, JsonValue | undefined>>,
  wanted: Readonly<Record<string, JsonValue | undefined>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    if (value === undefined) return true;
    const found = Object.hasOwn(values, key) ? values[key] : undefined;
    return found !== undefined && canonicalJson(found) === canonicalJson(value);
  });
}

function requireSearch(search: ModelSearch, limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw new InvalidInputError('INVALID_QUERY', `limit must be a whole number from 1 to ${MOST}; got ${limit}`);
  }
  for (const [key, value] of Object.entries(search)) {
    if (!KEYS.has(key)) throw new InvalidInputError('INVALID_QUERY', `model search: '${key}' is no known part of it`);
    if (value === undefined || (STORED as readonly string[]).includes(key) || key === 'dataVersion') continue;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new InvalidInputError('INVALID_QUERY', `model search: ${key} must be an object; got ${typeof value}`);
    }
  }
  for (const [name, bounds] of Object.entries(search.trainingMetrics ?? {})) {
    const { atLeast, atMost } = bounds;
    if ([atLeast, atMost].some((bound) => bound !== undefined && !Number.isFinite(bound))) {
      throw new InvalidInputError('INVALID_QUERY', `model search: the bounds of '${name}' must be finite numbers`);
    }
  }
}
