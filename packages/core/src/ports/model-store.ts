import type {
  AnnotationPatch,
  BarredVersion,
  ModelStatus,
  ModelVersionDraft,
  StoredModelVersion,
} from '../types/model.ts';
import type { Page, PageRequest } from '../types/paging.ts';

export interface ModelFilter {
  readonly modelName?: string;
  readonly modelType?: string;
  readonly status?: ModelStatus;
  /** `trainedAt` ≥ this, epoch milliseconds. */
  readonly trainedFrom?: number;
  /** `trainedAt` < this. */
  readonly trainedTo?: number;
}

/** Durable model versions. Immutable but for `status`, `tags` and `notes`. */
export interface ModelStore {
  /**
   * Assigns the next version of the name: 1, 2, 3 …, also under concurrent calls, never reused.
   * Idempotent by `versionId`: the same draft again returns the stored record, whatever its status is by now.
   * @throws {@link ConflictError} `CONFLICT` if `versionId` exists with other content; then nothing is written.
   * @throws {@link NotFoundError} if the artifact is not stored.
   */
  register(draft: ModelVersionDraft): Promise<StoredModelVersion>;
  get(versionId: string): Promise<StoredModelVersion | undefined>;
  find(modelName: string, version: number): Promise<StoredModelVersion | undefined>;
  /** Newest first: by `trainedAt` descending, then model name, then version descending. */
  list(filter: ModelFilter, page?: PageRequest): Promise<Page<StoredModelVersion>>;
  /** @throws {@link NotFoundError}. */
  setStatus(versionId: string, status: ModelStatus): Promise<void>;
  /**
   * Changes tags and notes.
   * @throws {@link NotFoundError}; `INVALID_RECORD` when more than 100 tags would be left. Then nothing has changed.
   */
  annotate(versionId: string, patch: AnnotationPatch): Promise<StoredModelVersion>;
  /** Removes the row; absent is fine. Its number is not given again. @throws `CONFLICT` while a slot names it as champion, previous, shadow or on probation. */
  remove(versionId: string): Promise<void>;
  /** Forbids promotion of a version for good. Idempotent; the first reason stays. @throws {@link NotFoundError}. */
  bar(barred: BarredVersion): Promise<void>;
  /** Ordered by time, then id. */
  barred(modelName: string): Promise<readonly BarredVersion[]>;
}
