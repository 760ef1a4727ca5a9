import type { OptimizationDirection, StudyRecord, TrainingExperiment } from '@mlperf/core';

/** The experiments a chart shows, and how their scores are read. */
export interface ExperimentSet {
  /** In any order. */
  readonly experiments: readonly TrainingExperiment[];
  /** Gives the metric's name, the direction and the ranges and scales of the parameters. */
  readonly study?: StudyRecord;
  /** What is shown of each experiment: `meanCvScore` (the default) or a key of `testMetrics`. */
  readonly metric?: string;
  /** What the axis calls it. Default: the metric of the study for `meanCvScore`, else `metric`. */
  readonly metricLabel?: string;
  /** Default the study's, `maximize` without a study. */
  readonly direction?: OptimizationDirection;
}
