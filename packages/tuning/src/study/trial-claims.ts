import type { TrainingExperiment } from '@mlperf/core';

/** Who runs which trial of a study. */
export interface TrialClaims {
  /**
   * The next trial for this process: the lowest that nobody runs and that has not ended. Waits until all trials that
   * it sees have ended and are in the ledger.
   * @param plannedTrials - Only trials below.
   * @returns `undefined` when all of them have ended and are in the ledger.
   */
  next(plannedTrials: number, signal: AbortSignal): Promise<number | undefined>;
  /** How many workers were lost over a trial that this process has. */
  losses(trialNumber: number): number;
  /** Gives back a trial that was not begun. */
  release(trialNumber: number): Promise<void>;
  /**
   * Stores how a trial of this process ended.
   * @returns false when another process has taken the trial over, or may: what that one says counts.
   */
  finish(trialNumber: number, experiment: TrainingExperiment): Promise<boolean>;
  /** A trial that was stored is in the ledger too. */
  noted(trialNumber: number): void;
  /** Resolves when a trial has ended, here or elsewhere, and is in the ledger. */
  untilEnded(trialNumber: number, signal: AbortSignal): Promise<TrainingExperiment>;
  /** Takes over the points that the study was asked for and that are not known here yet. */
  readQueue(): Promise<void>;
  /** Gives back what is held, so that others need not wait for the leases to run out. */
  close(): Promise<void>;
}
