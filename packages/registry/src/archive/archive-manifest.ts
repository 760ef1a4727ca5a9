import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import {
  type AnnotationPatch,
  canonicalJson,
  canonicalRecord,
  InvalidInputError,
  type ModelVersionDraft,
  requireAnnotationPatch,
  requireModelVersionDraft,
  type StoredModelVersion,
} from '@mlperf/core';

export const ARCHIVE_FORMAT = 'mlperf-model-archive';
export const ARCHIVE_FORMAT_VERSION = 1;

/** What an archive says of the bundle beside it. */
export interface ArchiveManifest {
  /** As registered: a candidate. */
  readonly version: ModelVersionDraft;
  /** The number it had where it comes from. */
  readonly number: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly notes?: string;
}

const KEYS: ReadonlySet<string> = new Set([
  'format',
  'formatVersion',
  'version',
  'number',
  'tags',
  'notes',
  'checksum',
  'hmac',
]);

/**
 * The text of a version's manifest: canonical JSON with the SHA-256 of all the rest in `checksum` and, with a key, its
 * HMAC-SHA256 in `hmac`. The bundle is covered by its own hash, which is part of it.
 */
export function writeManifest(stored: StoredModelVersion, hmacKey: string | Uint8Array | undefined): string {
  const { version: number, tags, notes, ...draft } = stored;
  const content = {
    format: ARCHIVE_FORMAT,
    formatVersion: ARCHIVE_FORMAT_VERSION,
    version: { ...draft, status: 'candidate' },
    number,
    ...(tags === undefined ? {} : { tags }),
    ...(notes === undefined ? {} : { notes }),
  };
  const text = canonicalJson(content);
  const seal = hmacKey === undefined ? {} : { hmac: hmacOf(text, hmacKey) };
  return canonicalJson({ ...content, checksum: checksumOf(text), ...seal });
}

/**
 * Reads a manifest.
 * @param hmacKey - When given, the manifest must carry the HMAC by this key.
 * @throws {@link InvalidInputError} `MODEL_FORMAT` naming what is wrong: no JSON, another or a newer format, an unknown
 * field, a forbidden key, a wrong checksum or HMAC.
 */
export function readManifest(text: string, hmacKey: string | Uint8Array | undefined): ArchiveManifest {
  const { checksum, hmac, ...content } = parse(text);
  for (const key of Object.keys(content)) if (!KEYS.has(key)) throw refused(`'${key}' is no known field`);
  if (content.format !== ARCHIVE_FORMAT) {
    throw refused(`format must be '${ARCHIVE_FORMAT}'; got ${shown(content.format)}`);
  }
  if (content.formatVersion !== ARCHIVE_FORMAT_VERSION) {
    throw refused(
      `formatVersion must be ${ARCHIVE_FORMAT_VERSION}, the one this release reads; got ${shown(content.formatVersion)}`,
    );
  }
  const signed = canonicalJson(content);
  const computed = checksumOf(signed);
  if (checksum !== computed) throw refused(`checksum must be ${computed}, that of its content; got ${shown(checksum)}`);
  if (hmacKey !== undefined && !isSealedBy(signed, hmac, hmacKey)) {
    throw refused(
      hmac === undefined ? 'it must be sealed by the key given; it has no hmac' : 'hmac is not by this key',
    );
  }
  return requireContent(content);
}

function requireContent({ version, number, tags, notes }: Readonly<Record<string, unknown>>): ArchiveManifest {
  if (!Number.isInteger(number) || Number(number) < 1) {
    throw refused(`number must be a whole number of at least 1; got ${shown(number)}`);
  }
  try {
    const draft = requireModelVersionDraft(version as ModelVersionDraft);
    const annotations = requireAnnotationPatch({
      ...(tags === undefined ? {} : { tags }),
      ...(notes === undefined ? {} : { notes }),
    } as AnnotationPatch);
    return { version: draft, number: Number(number), ...withoutNull(annotations) };
  } catch (cause) {
    throw new InvalidInputError('MODEL_FORMAT', `archive manifest: ${messageOf(cause)}`, { cause });
  }
}

function withoutNull({ tags, notes }: AnnotationPatch): Pick<ArchiveManifest, 'tags' | 'notes'> {
  const kept = Object.entries(tags ?? {}).filter((tag): tag is [string, string] => tag[1] !== null);
  return { ...(kept.length === 0 ? {} : { tags: Object.fromEntries(kept) }), ...(notes ? { notes } : {}) };
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidInputError('MODEL_FORMAT', 'archive manifest: it must be JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused('it must be an object');
  return canonicalOf(value);
}

/** Refuses `__proto__` and its like wherever they stand. */
function canonicalOf(content: object): Record<string, unknown> {
  try {
    return { ...canonicalRecord(content, 'content') };
  } catch (cause) {
    throw new InvalidInputError('MODEL_FORMAT', `archive manifest: ${messageOf(cause)}`, { cause });
  }
}

function isSealedBy(text: string, hmac: unknown, key: string | Uint8Array): boolean {
  const expected = Buffer.from(hmacOf(text, key));
  const found = Buffer.from(typeof hmac === 'string' ? hmac : '');
  return found.length === expected.length && timingSafeEqual(found, expected);
}

function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmacOf(text: string, key: string | Uint8Array): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError('MODEL_FORMAT', `archive manifest: ${problem}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 100);
}
