import { InvalidInputError } from '../errors.ts';
import type { AnnotationPatch } from '../types/model.ts';
import { type Checker, type FieldCheckers, mapOf, nullable, optional, requireRecord, shape } from './checker.ts';
import { freeText, identifier, text } from './scalar-checkers.ts';

/** Most tags of one version, and of one patch. */
export const MAX_TAGS = 100;
/** Longest value of a tag, in UTF-16 code units. */
export const MAX_TAG_LENGTH = 5_000;

const tagValues: Checker = mapOf(nullable(text(0, MAX_TAG_LENGTH)), MAX_TAGS);
const tagKeys: Checker = (value) => {
  for (const key of Object.keys(value as object)) {
    const found = identifier(key);
    if (found !== undefined) return found;
  }
  return undefined;
};

const patchFields: FieldCheckers<AnnotationPatch> = {
  tags: optional((value) => tagValues(value) ?? tagKeys(value)),
  notes: optional(nullable(freeText)),
};

const annotationPatch: Checker = shape(patchFields);

/** Tags and notes of a version; what is empty is absent. */
export interface Annotations {
  readonly tags?: Readonly<Record<string, string>>;
  readonly notes?: string;
}

/** The canonical copy of a patch. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireAnnotationPatch(patch: AnnotationPatch): AnnotationPatch {
  return requireRecord(patch, 'annotation patch', annotationPatch);
}

/**
 * Tags and notes after a patch; tags in order of their keys.
 * @throws {@link InvalidInputError} `INVALID_RECORD` when more than {@link MAX_TAGS} would be left.
 */
export function patchedAnnotations(before: Annotations, patch: AnnotationPatch): Annotations {
  const merged = Object.entries<string | null>({ ...before.tags, ...patch.tags });
  const left = merged.filter((tag): tag is [string, string] => tag[1] !== null);
  if (left.length > MAX_TAGS) {
    throw new InvalidInputError('INVALID_RECORD', `a version must have at most ${MAX_TAGS} tags; got ${left.length}`);
  }
  const tags = Object.fromEntries(left.sort(([a], [b]) => (a < b ? -1 : 1)));
  const notes = patch.notes === undefined ? before.notes : patch.notes;
  return { ...(left.length === 0 ? {} : { tags }), ...(notes ? { notes } : {}) };
}
