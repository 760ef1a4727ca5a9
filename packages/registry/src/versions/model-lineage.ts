import { InvalidInputError, type JsonObject, type StorageStores, type StoredModelVersion } from '@mlperf/core';

/** Where a version comes from, beside its data, hyperparameters and training environment. */
export interface ModelLineage {
  /** Of the code that trained it, such as a commit. */
  readonly codeVersion?: string;
  /** The version it was trained to replace. */
  readonly parentVersionId?: string;
  /** The study that chose its hyperparameters. */
  readonly studyId?: string;
  readonly retrainingId?: string;
}

const FIELDS = ['codeVersion', 'parentVersionId', 'studyId', 'retrainingId'] as const;
/** How many ancestors are followed. */
const LONGEST_LINE = 1_000;
const MAX_LENGTH = 512;

/** What a version's metadata says of where it comes from. */
export function lineageOf(version: Pick<StoredModelVersion, 'metadata'>): ModelLineage {
  const { lineage } = version.metadata;
  if (typeof lineage !== 'object' || lineage === null || Array.isArray(lineage)) return {};
  const said = lineage as JsonObject;
  return Object.fromEntries(FIELDS.filter((field) => typeof said[field] === 'string').map((f) => [f, said[f]]));
}

/** @throws {@link InvalidInputError} `INVALID_RECORD` naming the field. */
export function requireLineage(lineage: ModelLineage): ModelLineage {
  for (const [field, value] of Object.entries(lineage)) {
    if (!(FIELDS as readonly string[]).includes(field)) {
      throw new InvalidInputError('INVALID_RECORD', `lineage: '${field}' is no known field`);
    }
    if (value === undefined) continue;
    if (typeof value !== 'string' || value.length < 1 || value.length > MAX_LENGTH) {
      throw new InvalidInputError('INVALID_RECORD', `lineage: ${field} must be text of 1 to ${MAX_LENGTH} characters`);
    }
  }
  return lineage;
}

/** A version and those it descends from, itself first; ends where a parent is no longer stored. */
export async function ancestorsOf(
  stores: Pick<StorageStores, 'models'>,
  version: StoredModelVersion,
): Promise<readonly StoredModelVersion[]> {
  const line = [version];
  const seen = new Set([version.versionId]);
  while (line.length < LONGEST_LINE) {
    const { parentVersionId } = lineageOf(line.at(-1)!);
    if (parentVersionId === undefined || seen.has(parentVersionId)) break;
    const parent = await stores.models.get(parentVersionId);
    if (parent === undefined) break;
    seen.add(parentVersionId);
    line.push(parent);
  }
  return line;
}
