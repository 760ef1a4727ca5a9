import type { OptimizationDirection, TrainingExperiment, TrialState } from '../types/experiment.ts';
import type { Page, PageRequest } from '../types/paging.ts';

export interface BestExperimentsQuery {
  readonly modelType?: string;
  readonly studyId?: string;
  /** `meanCvScore`, or a key of `testMetrics`. Experiments without the value are left out. */
  readonly metric: string;
  readonly direction: OptimizationDirection;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** Training experiments: the trials of studies and single runs. */
export interface TrialStore {
  /**
   * Idempotent by `experimentId`. A `running` experiment may be replaced by its finished form; a finished one is
   * immutable. Study, number, model type, hyperparameters and `createdAt` stay as they were saved first.
   * @throws `CONFLICT` for other content, or for a second trial of one number in a study.
   */
  save(experiment: TrainingExperiment): Promise<void>;
  get(experimentId: string): Promise<TrainingExperiment | undefined>;
  /** Complete experiments only, best first; ties to the older, then by id. */
  best(query: BestExperimentsQuery): Promise<readonly TrainingExperiment[]>;
  /** By `createdAt`, then id. */
  list(
    filter: { readonly studyId?: string; readonly modelType?: string; readonly state?: TrialState },
    page?: PageRequest,
  ): Promise<Page<TrainingExperiment>>;
}
