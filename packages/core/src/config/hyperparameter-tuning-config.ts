import { oneOf, text, wholeNumber, withDefault } from './config-field.ts';
import { type ConfigSection, resolveSection } from './config-section.ts';
import { LONGEST_DEADLINE_MS, LONGEST_SPAN_MS } from './longest-delay.ts';

/** How hyperparameters are searched: section `ml.hyperparameterTuning`. */
export interface HyperparameterTuningConfig {
  /** Trials of a search; one on a grid tries at most this many of its points, in grid order. Default 50. */
  readonly nTrials: number;
  /** Folds of the purged walk-forward splitter. Default 5. */
  readonly nSplits: number;
  /** Gap kept free between training labels and validation rows, milliseconds; absent: the data's median label span. */
  readonly embargoMs?: number;
  /** Metric a trial is judged by: `accuracy`, `f1_macro`, `log_loss` or `f1_score:<class>`. Default `accuracy`. */
  readonly metric: string;
  /** How a search chooses points of the space. Default `random`. */
  readonly sampler: 'random' | 'grid' | 'auto' | 'tpe' | 'gp' | 'cma-es';
  /** Any text; same seed and same data, same study. Default `mlperf`. */
  readonly seed: string;
  /** Longest wall-clock time of one trial, milliseconds; absent: no limit. */
  readonly deadlineMs?: number;
  /** Trial n sees the results of trials up to n − parallelism; independent of the worker count. Default 4. */
  readonly parallelism: number;
}

export const hyperparameterTuningSection: ConfigSection<HyperparameterTuningConfig> = {
  path: 'ml.hyperparameterTuning',
  fields: {
    nTrials: withDefault(wholeNumber(1, 100_000), 50),
    nSplits: withDefault(wholeNumber(2, 100), 5),
    embargoMs: wholeNumber(0, LONGEST_SPAN_MS),
    metric: withDefault(text(64), 'accuracy'),
    sampler: withDefault(oneOf('random', 'grid', 'auto', 'tpe', 'gp', 'cma-es'), 'random'),
    seed: withDefault(text(200), 'mlperf'),
    deadlineMs: wholeNumber(1, LONGEST_DEADLINE_MS),
    parallelism: withDefault(wholeNumber(1, 1024), 4),
  },
};

/**
 * The tuning configuration with defaults filled in.
 * @throws {@link InvalidInputError} `INVALID_CONFIG`, naming every refused field by its path.
 * @example resolveTuningConfig({ nTrials: 10 }).nSplits; // 5
 */
export function resolveTuningConfig(given: Partial<HyperparameterTuningConfig> = {}): HyperparameterTuningConfig {
  return resolveSection(hyperparameterTuningSection, given);
}
