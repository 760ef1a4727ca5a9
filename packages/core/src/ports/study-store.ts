import type { StudyRecord } from '../types/experiment.ts';
import type { Page, PageRequest } from '../types/paging.ts';

export interface StudyStore {
  /** Idempotent by `studyId`. @throws `CONFLICT` if it exists with other content. */
  create(study: StudyRecord): Promise<void>;
  get(studyId: string): Promise<StudyRecord | undefined>;
  /** Newest first, ties by id. */
  list(filter: { readonly modelType?: string }, page?: PageRequest): Promise<Page<StudyRecord>>;
}
