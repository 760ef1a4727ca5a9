import { type SearchSpace, validateParameters } from '@mlperf/core';
import type { BegunTrial } from './open-study.ts';
import type { StudyTrial } from './study-options.ts';
import { pointIn } from './trial-ledger.ts';

/** A trial as who evaluates it sees it. */
export function studyTrial<S extends SearchSpace>(trial: BegunTrial<S>, space: S): StudyTrial<S> {
  return {
    trialNumber: trial.trialNumber,
    parameters: validateParameters(space, pointIn(space, trial)),
    repetition: trial.repetition,
    report: (step, value) => (trial.judge?.stepReached(step, value) === true ? 'stop' : 'continue'),
  };
}
