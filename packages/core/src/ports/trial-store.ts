import type {
  OptimizationDirection,
  TrainingExperiment,
  TrialClaim,
  TrialFence,
  TrialState,
} from '../types/experiment.ts';
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

export interface TrialClaimRequest {
  readonly studyId: string;
  readonly owner: string;
  /** How long the claim lasts unless it is renewed, 1 to 86,400,000 ms. */
  readonly ttlMs: number;
  /** The study's W, at least 1: trial n begins when all trials up to n − W have ended. */
  readonly parallelism: number;
  /** Only trials with a lower number are given. */
  readonly plannedTrials: number;
}

/** What a worker that asks for a trial is told. */
export type TrialClaimAnswer =
  | {
      readonly state: 'claimed';
      readonly claim: TrialClaim;
      /** The highest number that a queued point of the study has; absent while nothing is queued. */
      readonly lastQueued?: number;
    }
  /** Trials under way hold back every other: `unfinished` of them, the asker's own included. */
  | { readonly state: 'waiting'; readonly unfinished: number }
  /** Every planned trial has ended. */
  | { readonly state: 'ended' };

export interface FinishedTrialsQuery {
  readonly studyId: string;
  /** The lowest trial number; default 0. */
  readonly from?: number;
  /** The highest; default none. */
  readonly to?: number;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** Training experiments: the trials of studies and single runs. */
export interface TrialStore {
  /**
   * Idempotent by `experimentId`. A `running` experiment may be replaced by its finished form; a finished one is
   * immutable. Study, number, model type, hyperparameters and `createdAt` stay as they were saved first. A finished
   * trial of a study ends the claim on its number, whoever holds it.
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
  /** Finished trials of a study, by number. */
  finished(query: FinishedTrialsQuery): Promise<readonly TrainingExperiment[]>;
  /**
   * Gives a worker the next trial of a study: the lowest lost one (its claim has run out or was released, and it has
   * not ended), else the lowest number that no worker has had, unless that one must wait. However many ask at once,
   * each is given a trial of its own.
   * @throws `NOT_FOUND` when there is no such study.
   */
  claim(request: TrialClaimRequest): Promise<TrialClaimAnswer>;
  /**
   * Extends claims, also those that have run out, as long as nobody has taken the trial over.
   * @returns the claims still held, in the order given; what was taken over, released or ended is left out.
   */
  renew(fences: readonly TrialFence[], ttlMs: number): Promise<readonly TrialClaim[]>;
  /** Gives a trial back; a no-op when the claim is no longer held. */
  release(fence: TrialFence): Promise<void>;
  /**
   * Saves how a claimed trial ended, and ends the claim. Idempotent. Replaces a `running` experiment of that id
   * whatever it says. A claim that has run out still counts while nobody has taken the trial over.
   * @throws `FENCED` when another worker has taken the trial over or ended it, or the claim was released, and then
   * nothing is written; `CONFLICT` for other content than this claim has saved already; `INVALID_RECORD` for an
   * experiment that is still running or of another trial.
   */
  finish(experiment: TrainingExperiment, fence: TrialFence): Promise<void>;
  /** The claims on trials that have not ended, run out or not, by trial number. */
  claims(studyId: string): Promise<readonly TrialClaim[]>;
}
