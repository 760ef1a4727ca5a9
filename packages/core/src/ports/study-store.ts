import type { QueuedPoint, StudyRecord } from '../types/experiment.ts';
import type { JsonObject } from '../types/json.ts';
import type { Page, PageRequest } from '../types/paging.ts';

export interface QueuedPointsQuery {
  readonly studyId: string;
  /** The lowest trial number; default 0. */
  readonly from?: number;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface StudyStore {
  /** Idempotent by `studyId`. @throws `CONFLICT` if it exists with other content. */
  create(study: StudyRecord): Promise<void>;
  get(studyId: string): Promise<StudyRecord | undefined>;
  /** Newest first, ties by id. */
  list(filter: { readonly modelType?: string }, page?: PageRequest): Promise<Page<StudyRecord>>;
  /**
   * Gives each point the lowest trial number that no worker has had and no queued point has, in order: points queued
   * before the first trial are trials 0, 1, 2 …. Once a number is claimed, what is queued for it no longer changes.
   * Idempotent by content: a point the study's queue holds already keeps its number, so that every process may queue
   * what the study begins with.
   * @param points - At most 1,000.
   * @returns one entry for each point, in the order given.
   * @throws `NOT_FOUND` when there is no such study.
   */
  enqueue(studyId: string, points: readonly JsonObject[]): Promise<readonly QueuedPoint[]>;
  /** Queued points, those already evaluated included, by trial number. */
  queued(query: QueuedPointsQuery): Promise<readonly QueuedPoint[]>;
}
