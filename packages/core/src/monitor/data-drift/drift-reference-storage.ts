import { NotFoundError } from '../../errors.ts';
import type { ReferenceStore } from '../../ports/reference-store.ts';
import type { JsonValue } from '../../types/json.ts';
import type { DriftReferenceProfile, FeatureReference } from './drift-reference-profile.ts';
import { parseDriftReference } from './parse-drift-reference.ts';

/** The name under which a model version's feature reference is stored, unless another is given. */
export const FEATURE_REFERENCE = 'features';

export interface DriftReferenceKey {
  readonly modelVersionId: string;
  /** Default `features`; others for a matched season or symbol. */
  readonly name?: string;
}

/**
 * Stores a reference for a model version, replacing the one of that name.
 * @throws {@link InvalidInputError} `INVALID_RECORD`, before anything is written; as the store throws.
 */
export async function saveDriftReference(
  storage: { readonly references: ReferenceStore },
  key: DriftReferenceKey & { readonly createdAt: number },
  profile: DriftReferenceProfile,
): Promise<void> {
  const { formatVersion, rows, sampledFrom, features } = parseDriftReference(profile);
  await storage.references.put({
    modelVersionId: key.modelVersionId,
    name: key.name ?? FEATURE_REFERENCE,
    reference: { formatVersion, rows, sampledFrom, features: features.map(featureJson) },
    createdAt: key.createdAt,
  });
}

/**
 * The stored reference; `undefined` when there is none.
 * @throws {@link InvalidInputError} `INVALID_RECORD` when what is stored is no reference.
 */
export async function loadDriftReference(
  storage: { readonly references: ReferenceStore },
  { modelVersionId, name = FEATURE_REFERENCE }: DriftReferenceKey,
): Promise<DriftReferenceProfile | undefined> {
  const stored = await storage.references.get(modelVersionId, name);
  return stored === undefined ? undefined : parseDriftReference(stored.reference);
}

/** {@link loadDriftReference}, when there must be one. @throws {@link NotFoundError}. */
export async function requireDriftReferenceOf(
  storage: { readonly references: ReferenceStore },
  key: DriftReferenceKey,
): Promise<DriftReferenceProfile> {
  const profile = await loadDriftReference(storage, key);
  if (profile !== undefined) return profile;
  const name = key.name ?? FEATURE_REFERENCE;
  throw new NotFoundError(`model version '${key.modelVersionId}' must have a drift reference '${name}'; got none`);
}

function featureJson(feature: FeatureReference): JsonValue {
  const { name, kind, missing } = feature;
  return feature.kind === 'numeric'
    ? { name, kind, values: feature.values, missing }
    : { name, kind, categories: feature.categories.map(({ category, count }) => ({ category, count })), missing };
}
