import {
  canonicalJson,
  type JsonObject,
  type JsonValue,
  type ModelFilter,
  type Page,
  type StorageStores,
  type StoredModelVersion,
} from '@mlperf/core';
import { lineageOf, type ModelLineage } from './model-lineage.ts';
import { requireSearch } from './require-search.ts';

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
/** Those the store itself can narrow by. */
const STORED = ['modelName', 'modelType', 'status', 'trainedFrom', 'trainedTo'] as const;

/**
 * The first `limit` versions that match, newest trained first.
 * @param limit - 1 to 1,000.
 * @throws `INVALID_QUERY` for an unknown or unusable part of the search.
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
