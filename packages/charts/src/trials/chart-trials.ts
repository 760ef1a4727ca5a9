import {
  InvalidInputError,
  type JsonObject,
  type OptimizationDirection,
  type TrainingExperiment,
  type TrialState,
} from '@mlperf/core';
import type { ExperimentSet } from '../experiments/experiment-set.ts';

/** One experiment as charts see it. */
export interface ChartTrial {
  /** Its number in the study; without a study, its place by time. */
  readonly number: number;
  readonly state: TrialState;
  /** Finite; absent for a trial without a score. Of a pruned trial, the last value it reported. */
  readonly value?: number;
  readonly hyperparameters: JsonObject;
  readonly experiment: TrainingExperiment;
}

export interface ChartTrials {
  /** By number. */
  readonly trials: readonly ChartTrial[];
  readonly direction: OptimizationDirection;
  readonly metricLabel: string;
  /** What the charts are about, for their subtitles. */
  readonly subject: string;
}

const MEAN_SCORE = 'meanCvScore';

/**
 * Reads the experiments once for all charts.
 * @throws {@link InvalidInputError} `INVALID_RECORD` when an experiment belongs to another study than the one given.
 */
export function readTrials(set: ExperimentSet): ChartTrials {
  const { study, metric = MEAN_SCORE } = set;
  const stray = study && set.experiments.find(({ studyId }) => studyId !== undefined && studyId !== study.studyId);
  if (stray !== undefined) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `experiment '${stray.experimentId}' must be of study '${study?.studyId}'; it is of '${stray.studyId}'`,
    );
  }
  const numbered = set.experiments.every(({ trialNumber }) => trialNumber !== undefined) && ofOneStudy(set.experiments);
  const inOrder = [...set.experiments].sort((a, b) =>
    numbered ? a.trialNumber! - b.trialNumber! : a.createdAt - b.createdAt || byId(a, b),
  );
  const trials = inOrder.map((experiment, place) => {
    const value = shownValue(experiment, metric);
    return {
      number: numbered ? experiment.trialNumber! : place,
      state: experiment.state,
      hyperparameters: experiment.hyperparameters,
      experiment,
      ...(value === undefined ? {} : { value }),
    };
  });
  const metricLabel =
    set.metricLabel ?? (metric === MEAN_SCORE ? (study?.metric ?? 'mean score of the folds') : metric);
  return {
    trials,
    direction: set.direction ?? study?.direction ?? 'maximize',
    metricLabel: metricLabel.replaceAll('_', ' '),
    subject: subjectOf(set),
  };
}

/** Whether `a` is the better score. */
export function isBetter(a: number, b: number, direction: OptimizationDirection): boolean {
  return direction === 'maximize' ? a > b : a < b;
}

/** Complete trials with a score, best first; ties to the lower number. */
export function bestFirst({ trials, direction }: ChartTrials): readonly (ChartTrial & { readonly value: number })[] {
  const sign = direction === 'maximize' ? -1 : 1;
  return trials.filter(isScored).sort((a, b) => sign * (a.value - b.value) || a.number - b.number);
}

export function isScored(trial: ChartTrial): trial is ChartTrial & { readonly value: number } {
  return trial.state === 'complete' && trial.value !== undefined;
}

/** The reports of a trial by step; steps and values that are no finite numbers are left out. */
export function reportsOf({ experiment }: ChartTrial): readonly { readonly step: number; readonly value: number }[] {
  return Object.entries(experiment.intermediateValues ?? {})
    .map(([step, value]) => ({ step: Number(step), value }))
    .filter(({ step, value }) => Number.isFinite(step) && Number.isFinite(value))
    .sort((a, b) => a.step - b.step);
}

function shownValue(experiment: TrainingExperiment, metric: string): number | undefined {
  const { state, meanCvScore, testMetrics, intermediateValues } = experiment;
  let value =
    metric === MEAN_SCORE ? meanCvScore : Object.hasOwn(testMetrics, metric) ? testMetrics[metric] : undefined;
  if (value === undefined && state === 'pruned' && metric === MEAN_SCORE && intermediateValues !== undefined) {
    const steps = Object.keys(intermediateValues).map(Number).filter(Number.isFinite);
    value = intermediateValues[String(Math.max(...steps))];
  }
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function subjectOf({ study, experiments }: ExperimentSet): string {
  if (study !== undefined) return `${study.modelType} · study ${study.studyId} · ${study.sampler}`;
  const types = [...new Set(experiments.map(({ modelType }) => modelType))].sort();
  return types.length === 0 ? 'no experiments' : types.slice(0, 3).join(', ') + (types.length > 3 ? ', …' : '');
}

function ofOneStudy(experiments: readonly TrainingExperiment[]): boolean {
  return new Set(experiments.map(({ studyId }) => studyId)).size <= 1;
}

function byId(a: TrainingExperiment, b: TrainingExperiment): number {
  return a.experimentId < b.experimentId ? -1 : 1;
}
