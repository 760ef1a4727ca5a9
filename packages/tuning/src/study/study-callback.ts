import { InvalidInputError, type TrainingExperiment } from '@mlperf/core';

/** A trial has ended and is stored. */
export interface EndedTrial {
  readonly studyId: string;
  readonly trialNumber: number;
  readonly experiment: TrainingExperiment;
  /** Of the study so far; absent until a trial is complete. */
  readonly bestScore?: number;
  /** Trials of the study that have ended, this one included. */
  readonly finishedTrials: number;
  /** Trials the study is to have. */
  readonly plannedTrials: number;
}

/**
 * Called after each trial, before another takes its place. What it throws ends the search, which can go on later: the
 * trial is stored.
 * @returns `'stop'`, or a promise of it, to begin no more trials; those under way are brought to their end. Which trials
 * there are then depends on when it was said. Anything else says nothing.
 */
export type TrialCallback = (ended: EndedTrial) => unknown;

/** @throws {@link InvalidInputError} `INVALID_TYPE` for what is no list of functions. */
export function requireCallbacks(callbacks: readonly TrialCallback[]): void {
  if (!Array.isArray(callbacks)) throw new InvalidInputError('INVALID_TYPE', 'callbacks must be a list of functions');
  const wrong = callbacks.findIndex((callback) => typeof callback !== 'function');
  if (wrong < 0) return;
  throw new InvalidInputError(
    'INVALID_TYPE',
    `callbacks must be functions; callback ${wrong} is of type ${typeof callbacks[wrong]}`,
  );
}
