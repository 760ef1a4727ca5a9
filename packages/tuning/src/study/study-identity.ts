import { createHash } from 'node:crypto';
import {
  ConflictError,
  canonicalJson,
  canonicalRecord,
  InvalidInputError,
  type SearchSpace,
  type StorageStores,
  type StudyRecord,
} from '@mlperf/core';
import { type CurrentSpace, requireOwnStudyId, widenSpace } from './widened-space.ts';

/** Leaves room for a trial number in the 512 characters that an experiment's id may have. */
const MAX_STUDY_ID_LENGTH = 500;

/** Everything that decides the results of a study. */
export type StudyContent = Omit<StudyRecord, 'studyId' | 'createdAt'>;

/** The id of a study that was given none: the same search on the same data goes on where it ended. */
export function studyIdOf(content: StudyContent): string {
  return `study-${createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, 32)}`;
}

/**
 * Creates the study, or finds it as it was; its space may have become wider, see {@link widenSpace}.
 * @throws {@link ConflictError} `CONFLICT` naming what differs, when the id belongs to another search.
 */
export async function openStudy(
  stores: Pick<StorageStores, 'studies' | 'trials'>,
  studyId: string,
  content: StudyContent,
  createdAt: number,
  requireComparable?: (before: SearchSpace) => void,
): Promise<CurrentSpace> {
  if (studyId.length < 1 || studyId.length > MAX_STUDY_ID_LENGTH) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `studyId must have 1 to ${MAX_STUDY_ID_LENGTH} characters; got ${studyId.length}`,
    );
  }
  requireOwnStudyId(studyId);
  const study = canonicalRecord<StudyRecord>({ studyId, ...content, createdAt }, `study '${studyId}'`);
  const existing = await stores.studies.get(studyId);
  if (existing !== undefined) return goOn(stores, existing, study, requireComparable);
  try {
    await stores.studies.create(study);
    return { searchSpace: study.searchSpace, fromTrial: 0 };
  } catch (error) {
    // Another process may have created it in between.
    const created = await stores.studies.get(studyId);
    if (created === undefined) throw error;
    return goOn(stores, created, study, requireComparable);
  }
}

function goOn(
  stores: Pick<StorageStores, 'studies' | 'trials'>,
  existing: StudyRecord,
  wanted: StudyRecord,
  requireComparable: ((before: SearchSpace) => void) | undefined,
): Promise<CurrentSpace> {
  requireSameStudy(existing, wanted);
  return widenSpace(stores, existing, wanted.searchSpace, wanted.createdAt, requireComparable);
}

function requireSameStudy(existing: StudyRecord, wanted: StudyRecord): void {
  const fields = [
    'modelType',
    'dataVersion',
    'sampler',
    'metric',
    'direction',
    'seed',
    'parallelism',
    'settings',
  ] as const;
  const differences = fields
    .filter((field) => canonicalJson(existing[field] ?? null) !== canonicalJson(wanted[field] ?? null))
    .map((field) => `${field} (stored ${shown(existing[field])}, now ${shown(wanted[field])})`);
  if (differences.length > 0) {
    throw new ConflictError(
      `study '${wanted.studyId}' must be the same search to go on; it differs in ${differences.join(', ')}`,
    );
  }
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : canonicalJson(value);
}
