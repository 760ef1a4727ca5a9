import type { Dataset, SearchSpace, TypedEmitter } from '@mlperf/core';
import { requireDeadline, requireSearchOptions } from './require-search-options.ts';
import type { Sampler } from './samplers/sampler.ts';
import { runStudy } from './study/run-study.ts';
import type { EndedTrial } from './study/study-callback.ts';
import type { StudyProgress } from './study/study-progress.ts';
import type { StudyResult } from './study/study-result.ts';
import type { TunerEvents } from './tuner-events.ts';
import type { SearchOptions } from './tuner-options.ts';
import type { TunerSetting } from './tuner-setting.ts';

/** One search of a tuner. */
export interface TunerSearch<S extends SearchSpace> {
  readonly data: Dataset;
  readonly sampler: Sampler<S>;
  readonly plannedTrials: number;
  readonly options: SearchOptions;
  readonly events: TypedEmitter<TunerEvents>;
  readonly onOpened: (progress: StudyProgress<S>) => void;
}

/** Runs the study of a search, and tells of its trials as they end. */
export async function runSearch<S extends SearchSpace>(
  { study, config, pruning, first }: TunerSetting,
  search: TunerSearch<S>,
): Promise<StudyResult<S>> {
  const { options, events } = search;
  const trialDeadlineMs = options.trialDeadlineMs ?? config.deadlineMs;
  requireDeadline(trialDeadlineMs, 'trialDeadlineMs');
  requireSearchOptions(options);
  return runStudy(study, {
    data: search.data,
    sampler: search.sampler,
    plannedTrials: search.plannedTrials,
    stop: options,
    callbacks: [(ended) => tellOf(ended, events, study.clock.now()), ...(options.callbacks ?? [])],
    onOpened: search.onOpened,
    ...(pruning === undefined ? {} : { pruning }),
    ...(options.studyId === undefined ? {} : { studyId: options.studyId }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    enqueue: [...(first === undefined ? [] : [first]), ...(options.enqueue ?? [])],
    ...(options.duplicates === undefined ? {} : { duplicates: options.duplicates }),
    ...(trialDeadlineMs === undefined ? {} : { trialDeadlineMs }),
  });
}

function tellOf(ended: EndedTrial, events: TypedEmitter<TunerEvents>, at: number): undefined {
  const { studyId, trialNumber, experiment } = ended;
  events.emit('trial-completed', { ...ended, at });
  if (experiment.state !== 'pruned') return;
  const reports = Object.entries(experiment.intermediateValues ?? {}).map(([step, value]) => [Number(step), value]);
  const [step, value] = reports.reduce((last, report) => (report[0]! > last[0]! ? report : last), [-1]);
  events.emit('trial-pruned', {
    studyId,
    at,
    trialNumber,
    experiment,
    step: step!,
    ...(value === undefined ? {} : { value }),
  });
}

/** Tells that a search has ended. */
export function tellOfEnd<S extends SearchSpace>(
  result: StudyResult<S>,
  events: TypedEmitter<TunerEvents>,
  at: number,
): void {
  const { studyId, completeTrials, prunedTrials, failedTrials, resumedTrials, stoppedBy, best } = result;
  events.emit('study-completed', {
    studyId,
    at,
    completeTrials,
    prunedTrials,
    failedTrials,
    resumedTrials,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    ...(best === undefined
      ? {}
      : {
          best: {
            trialNumber: best.experiment.trialNumber ?? 0,
            hyperparameters: best.experiment.hyperparameters,
            score: best.score,
          },
        }),
  });
}
