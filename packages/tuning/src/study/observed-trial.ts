import type { OptimizationDirection, TrainingExperiment } from '@mlperf/core';
import type { ReportedTrial } from '../pruners/pruner.ts';
import type { ObservedTrial, SampledPoint } from '../samplers/sampler.ts';

/** What a value becomes for samplers and pruners, which want it small. */
export function lossOf(value: number, direction: OptimizationDirection): number {
  return direction === 'maximize' ? -value : value;
}

/**
 * What a trial reports: the mean score of its folds so far, a family's own steps, the score of each training window of
 * the first fold, or what its objective says.
 */
export type ReportSource = 'folds' | 'steps' | 'window' | 'objective';

/** The direction of reported values: families report their steps so that larger is better. */
export function reportDirection(source: ReportSource, direction: OptimizationDirection): OptimizationDirection {
  return source === 'steps' ? 'maximize' : direction;
}

/** A stored trial as a sampler sees it. */
export function observedTrial(
  trialNumber: number,
  parameters: SampledPoint,
  experiment: TrainingExperiment,
  direction: OptimizationDirection,
  source: ReportSource,
): ObservedTrial {
  const state = endOf(experiment);
  const shared = { trialNumber, state, parameters };
  if (state === 'complete') return { ...shared, loss: lossOf(experiment.meanCvScore!, direction) };
  if (state === 'failed') return shared;
  const last = reportsOf(experiment).at(-1);
  if (last === undefined) return shared;
  return { ...shared, lastStep: last.step, loss: lossOf(last.value, reportDirection(source, direction)) };
}

/** How a pruner reads a trial: what it reported, or each of its folds by itself. */
export type ReportView = ReportSource | 'each-fold';

/** A stored trial as a pruner sees it. */
export function reportedTrial(
  trialNumber: number,
  experiment: TrainingExperiment,
  direction: OptimizationDirection,
  view: ReportView,
): ReportedTrial {
  const state = endOf(experiment);
  if (view !== 'folds' && view !== 'each-fold') {
    const reports = reportsOf(experiment);
    const steps = reports.map(({ step }) => step);
    const towards = reportDirection(view, direction);
    return { trialNumber, state, steps, losses: reports.map(({ value }) => lossOf(value, towards)) };
  }
  const scores = view === 'each-fold' ? experiment.cvScores : runningMeans(experiment.cvScores);
  const steps = scores.map((_, fold) => fold);
  return { trialNumber, state, steps, losses: scores.map((score) => lossOf(score, direction)) };
}

/** The mean of the first 1, 2, 3 … values. */
export function runningMeans(values: readonly number[]): readonly number[] {
  let sum = 0;
  return values.map((value, i) => {
    sum += value;
    return sum / (i + 1);
  });
}

function endOf({ state }: TrainingExperiment): ObservedTrial['state'] {
  return state === 'complete' || state === 'pruned' ? state : 'failed';
}

function reportsOf({ intermediateValues = {} }: TrainingExperiment): readonly { step: number; value: number }[] {
  return Object.entries(intermediateValues)
    .map(([step, value]) => ({ step: Number(step), value }))
    .sort((a, b) => a.step - b.step);
}
