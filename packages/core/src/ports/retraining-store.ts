import type { Page, PageRequest } from '../types/paging.ts';
import type { RetrainingLogEntry, RetrainingStage } from '../types/retraining.ts';

/** Retrainings as a stored state machine. */
export interface RetrainingStore {
  /**
   * Stores a new entry in stage `requested`. Idempotent by `retrainingId`: the entry as first created is a no-op.
   * @throws `CONFLICT` if the model name has an unfinished one (one at a time), or the id exists with other content.
   */
  create(entry: RetrainingLogEntry): Promise<void>;
  /**
   * Replaces the entry if its stored stage is `from` and the step is one of the state machine's
   * (`RETRAINING_STEPS`); name, trigger and time of the request stay.
   * @throws `CONFLICT` otherwise: somebody else moved it. @throws {@link NotFoundError}.
   */
  advance(entry: RetrainingLogEntry, from: RetrainingStage): Promise<void>;
  get(retrainingId: string): Promise<RetrainingLogEntry | undefined>;
  /** The unfinished entry of a model name. */
  unfinished(modelName: string): Promise<RetrainingLogEntry | undefined>;
  /** Newest first by `requestedAt`, ties by id. */
  history(
    filter: { readonly modelName?: string; readonly requestedFrom?: number },
    page?: PageRequest,
  ): Promise<Page<RetrainingLogEntry>>;
}
