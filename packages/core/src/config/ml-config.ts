import { any, object, optional, validate } from 'superstruct';
import { describeFailures, examineSection, invalidConfig } from './config-section.ts';
import { type HyperparameterTuningConfig, hyperparameterTuningSection } from './hyperparameter-tuning-config.ts';
import { type PerformanceMonitoringConfig, performanceMonitoringSection } from './performance-monitoring-config.ts';
import { type RetrainingConfig, retrainingSection } from './retraining-config.ts';

/** The `ml` section of a host's configuration, every default filled in. docs/reference/configuration.md lists it. */
export interface MlConfig {
  readonly performanceMonitoring: PerformanceMonitoringConfig;
  readonly hyperparameterTuning: HyperparameterTuningConfig;
  readonly retraining: RetrainingConfig;
}

/** What a host writes: any part of it, the rest by default. */
export type MlConfigInput = { readonly [Section in keyof MlConfig]?: Partial<MlConfig[Section]> };

const mlStruct = object({
  performanceMonitoring: optional(any()),
  hyperparameterTuning: optional(any()),
  retraining: optional(any()),
});

/**
 * A configuration written in code, checked and with defaults filled in.
 * @throws {@link InvalidInputError} `INVALID_CONFIG`, naming every refused field by its path.
 * @example defineMlConfig({ retraining: { maxAgeDays: 30 } }).performanceMonitoring.windowSize; // 50
 */
export function defineMlConfig(config: MlConfigInput): MlConfig {
  return parseMlConfig(config);
}

/**
 * A configuration from outside, such as the `ml` key of a parsed file, checked and with defaults filled in.
 *
 * @returns A new object, frozen; the input is not modified.
 * @throws {@link InvalidInputError} `INVALID_CONFIG`: one line for each refused value or unknown key, with its path,
 * what was expected and what came.
 * @example parseMlConfig({ performanceMonitoring: { windowSize: 0 } });
 * // throws: ml.performanceMonitoring.windowSize must be a whole number from 1 to 100000; got 0
 */
export function parseMlConfig(value: unknown): MlConfig {
  const [error] = validate(value, mlStruct);
  const problems = error ? describeFailures('ml', Object.keys(mlStruct.schema), error.failures()) : [];
  // An unknown section must not hide what is wrong inside the known ones.
  const sections: { readonly [Section in keyof MlConfig]?: unknown } = isMapping(value) ? value : {};
  const monitoring = examineSection(performanceMonitoringSection, given(sections.performanceMonitoring));
  const tuning = examineSection(hyperparameterTuningSection, given(sections.hyperparameterTuning));
  const retraining = examineSection(retrainingSection, given(sections.retraining));
  const all = [...problems, ...monitoring.problems, ...tuning.problems, ...retraining.problems];
  if (all.length > 0 || !monitoring.resolved || !tuning.resolved || !retraining.resolved) throw invalidConfig(all);
  return Object.freeze({
    performanceMonitoring: monitoring.resolved,
    hyperparameterTuning: tuning.resolved,
    retraining: retraining.resolved,
  });
}

/** A section left out is all defaults; an empty one (`null` in YAML) is refused with its path. */
function given(section: unknown): unknown {
  return section === undefined ? {} : section;
}

function isMapping(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
