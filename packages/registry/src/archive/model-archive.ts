import { createHash } from 'node:crypto';
import {
  InvalidInputError,
  type ModelVersionDraft,
  requireModelName,
  requireModelVersionDraft,
  StorageError,
  type StoredModelVersion,
} from '@mlperf/core';
import type { BundleHeader } from '../bundle/bundle-header.ts';
import { BUNDLE_FORMAT, BUNDLE_FORMAT_VERSION, decodeBundle, MAX_BUNDLE_BYTES } from '../bundle/model-bundle.ts';
import { describeNameDifference } from '../serving/feature-names.ts';
import { defaultVersionId, type PreparedVersion } from '../versions/register-request.ts';
import { PINNED_TAG } from '../versions/remove-old-versions.ts';
import { type ArchiveManifest, readManifest, writeManifest } from './archive-manifest.ts';
import { readArchive } from './read-archive.ts';
import { writeArchive } from './write-archive.ts';

const MANIFEST = 'manifest.json';
const BUNDLE = 'bundle.mlperf';
/** Longer than the longest record a store takes. */
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

export interface ExportOptions {
  /** Seals the archive, so that whoever imports it with the same key knows that it was not changed. */
  readonly hmacKey?: string | Uint8Array;
}

export interface ImportOptions {
  /** The archive must have been sealed with this key. Without, a seal is not looked at. */
  readonly hmacKey?: string | Uint8Array;
  /** The name to register under; default the archive's. Another name gives another version id. */
  readonly modelName?: string;
}

/** A version out of an archive, ready to be stored as a candidate. */
export interface ImportedVersion extends PreparedVersion, Pick<ArchiveManifest, 'tags' | 'notes'> {}

/**
 * Writes a version as one ZIP file: `manifest.json` with its record, and its bundle as it is stored.
 * @throws `IO_FAILURE`.
 */
export async function writeModelArchive(
  path: string,
  version: StoredModelVersion,
  bundle: Uint8Array,
  options: ExportOptions,
): Promise<void> {
  requireHmacKey(options.hmacKey);
  const manifest = Buffer.from(writeManifest(version, options.hmacKey));
  await writeArchive(
    path,
    new Map([
      [MANIFEST, manifest],
      [BUNDLE, bundle],
    ]),
  );
}

/**
 * Reads an archive and checks all of it: sizes while it is unpacked, then manifest and seal, then the bundle against the
 * manifest. Nothing in it is run, and no name in it is used as a path.
 * @throws `IO_FAILURE`; `MODEL_FORMAT` | `TOO_LARGE` | `ARTIFACT_CORRUPT` with the reason; `INVALID_RECORD` for a bad
 * `modelName`.
 */
export async function readModelArchive(path: string, options: ImportOptions): Promise<ImportedVersion> {
  requireHmacKey(options.hmacKey);
  const modelName = options.modelName === undefined ? undefined : requireModelName(options.modelName);
  const entries = await readArchive(path, { [MANIFEST]: MAX_MANIFEST_BYTES, [BUNDLE]: MAX_BUNDLE_BYTES });
  const manifest = readManifest(decodeText(entries.get(MANIFEST)!), options.hmacKey);
  const bundle = entries.get(BUNDLE)!;
  requireBundleOf(manifest, bundle);
  const { notes } = manifest;
  // What was pinned elsewhere is nobody's to keep here.
  const { [PINNED_TAG]: _pinned, ...kept } = manifest.tags ?? {};
  const tags = Object.keys(kept).length === 0 ? undefined : kept;
  return {
    draft: renamed(manifest.version, modelName),
    bundle,
    ...(tags === undefined ? {} : { tags }),
    ...(notes === undefined ? {} : { notes }),
  };
}

function renamed(draft: ArchiveManifest['version'], modelName: string | undefined): ArchiveManifest['version'] {
  const candidate = { ...draft, status: 'candidate' as const };
  if (modelName === undefined || modelName === draft.modelName) return candidate;
  const { versionId: _own, ...other } = { ...candidate, modelName };
  return requireModelVersionDraft({ versionId: defaultVersionId(other), ...other });
}

/** What a version and the header of its bundle say differently, or what neither may say. */
function differenceOf(
  { artifact, modelType, featureNames, metadata }: ModelVersionDraft,
  header: BundleHeader,
): string | undefined {
  if (artifact.format !== BUNDLE_FORMAT || artifact.formatVersion !== BUNDLE_FORMAT_VERSION) {
    return `it must be a ${BUNDLE_FORMAT} of version ${BUNDLE_FORMAT_VERSION}; got ${artifact.format} of version ${artifact.formatVersion}`;
  }
  if (header.modelType !== modelType) return `it must hold a '${modelType}'; got '${header.modelType}'`;
  if (header.classes.length === 0) return `it must have classes to be served; got the regression '${modelType}'`;
  if (metadata.flatBand !== header.flatBand) {
    return `its flat band must be the one outcomes are judged by (${String(metadata.flatBand)}); got ${header.flatBand}`;
  }
  return describeNameDifference('features', featureNames, header.featureNames);
}

function requireBundleOf({ version }: ArchiveManifest, bundle: Uint8Array): void {
  const { sha256, bytes } = version.artifact;
  const found = createHash('sha256').update(bundle).digest('hex');
  if (found !== sha256 || bundle.length !== bytes) {
    throw new StorageError(
      'ARTIFACT_CORRUPT',
      `the bundle in the archive must be ${bytes} bytes of ${sha256}; got ${bundle.length} of ${found}`,
    );
  }
  const { header } = decodeBundle(bundle);
  const difference = differenceOf(version, header);
  if (difference !== undefined) {
    throw new InvalidInputError('MODEL_FORMAT', `the bundle in the archive is not its manifest's: ${difference}`);
  }
}

function requireHmacKey(key: unknown): void {
  if (key === undefined || ((typeof key === 'string' || key instanceof Uint8Array) && key.length > 0)) return;
  throw new InvalidInputError('INVALID_TYPE', 'hmacKey must be a text or bytes, at least one');
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidInputError('MODEL_FORMAT', 'archive manifest: it must be text in UTF-8', { cause });
  }
}
