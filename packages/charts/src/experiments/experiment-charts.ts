import type { NamedChart } from '../chart.ts';
import { readTrials, reportsOf } from '../trials/chart-trials.ts';
import type { ExperimentSet } from './experiment-set.ts';
import { intermediateValues } from './intermediate-values.ts';
import { optimizationHistory } from './optimization-history.ts';
import { parallelCoordinates } from './parallel-coordinates.ts';
import { type ImportanceChartInput, parameterImportanceChart } from './parameter-importance.ts';
import { slices } from './slices.ts';
import { type TimelineOptions, trialTimeline } from './trial-timeline.ts';

export interface ExperimentChartsOptions extends TimelineOptions {
  /** Without it there is no chart of importance. */
  readonly importance?: Omit<ImportanceChartInput, 'subject'>;
}

/**
 * Every chart of a study, in the order they are read: history, importance, slices, parallel coordinates, intermediate
 * values (where a trial reported any) and timeline.
 * @throws as the charts do.
 */
export function experimentCharts(set: ExperimentSet, options: ExperimentChartsOptions = {}): readonly NamedChart[] {
  const { trials, subject } = readTrials(set);
  return [
    { name: 'optimization-history', spec: optimizationHistory(set) },
    ...(options.importance === undefined
      ? []
      : [{ name: 'parameter-importance', spec: parameterImportanceChart({ subject, ...options.importance }) }]),
    { name: 'slices', spec: slices(set) },
    { name: 'parallel-coordinates', spec: parallelCoordinates(set) },
    ...(trials.some((trial) => reportsOf(trial).length > 0)
      ? [{ name: 'intermediate-values', spec: intermediateValues(set) }]
      : []),
    { name: 'trial-timeline', spec: trialTimeline(set, options) },
  ];
}
