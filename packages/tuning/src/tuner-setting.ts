import {
  canonicalRecord,
  type HyperparameterTuningConfig,
  InvalidInputError,
  type JsonObject,
  type ModelFamily,
  resolveTuningConfig,
  type SearchSpace,
  systemClock,
} from '@mlperf/core';
import { workerPolicyOf } from './claims/worker-policy.ts';
import { PurgedWalkForward } from './cross-validation/purged-walk-forward.ts';
import { requirePruner } from './pruners/require-pruner.ts';
import { requireHoldout } from './results/holdout.ts';
import { pointOfSpace } from './results/point-of-space.ts';
import type { EvidenceSetting } from './results/study-evidence.ts';
import type { SampledPoint } from './samplers/sampler.ts';
import { scoringByName } from './scoring/scoring-by-name.ts';
import type { ScoringMetric } from './scoring/scoring-metric.ts';
import { familyRunner } from './study/family-runner.ts';
import type { StudySetting } from './study/run-study.ts';
import type { Pruning } from './study/trial-judge.ts';
import type { SharedTunerOptions, TunerOptionsOfFamily, TunerOptionsWithSpace } from './tuner-options.ts';
import { requireWarmStart } from './warm-start/warm-start.ts';

const OF_REGRESSION: ReadonlySet<string> = new Set(['root_mean_squared_error', 'mean_absolute_error']);

/** What a tuner does with every study, and what it does where a search says nothing. */
export interface TunerSetting {
  readonly study: StudySetting;
  readonly config: HyperparameterTuningConfig;
  readonly baselines: readonly ModelFamily[];
  readonly pruning?: Pruning;
  /** The incumbent's point, where a search is to begin with it and can. */
  readonly first?: SampledPoint;
}

/**
 * Options and configuration together; what the options say wins.
 * @param space - None of its parameters may be fixed.
 * @throws {@link InvalidInputError} `INVALID_CONFIG`; `INVALID_TYPE` for a regression without a metric;
 * `INVALID_RECORD` for bad `baseParams`.
 */
export function tunerSettingOf<S extends SearchSpace>(
  options: TunerOptionsWithSpace<S> | TunerOptionsOfFamily<S>,
  space: S,
): TunerSetting {
  const { family, storage, clock = systemClock } = options;
  const config = resolveTuningConfig(options.config);
  const { nSplits, embargoMs, parallelism } = config;
  const baseParams = canonicalRecord(options.baseParams ?? {}, 'baseParams');
  for (const name of Object.keys(baseParams)) {
    if (Object.hasOwn(space, name)) {
      throw new InvalidInputError('INVALID_RECORD', `'${name}' must be fixed or searched; got it in both`);
    }
  }
  const study = {
    modelType: family.modelType,
    family,
    baseParams,
    splitter: options.splitter ?? new PurgedWalkForward({ nSplits, ...(embargoMs === undefined ? {} : { embargoMs }) }),
    metric: options.metric ?? defaultMetric(options, config.metric),
    storage,
    seed: options.seed ?? config.seed,
    parallelism,
    runner: options.executor ?? familyRunner(family, clock),
    clock,
    worker: workerPolicyOf(options.worker),
    evidence: evidenceSettingOf(options, baseParams),
    ...(options.warmStart === undefined ? {} : { warmStart: requireWarmStart(options.warmStart) }),
  };
  const baselines = options.baselines ?? [];
  for (const { modelType, task } of baselines) {
    if (task !== family.task) {
      throw new InvalidInputError(
        'INVALID_TYPE',
        `baseline '${modelType}' must do what ${family.modelType} does, a ${family.task}; it does a ${task}`,
      );
    }
  }
  const { incumbent } = study.evidence;
  const first =
    incumbent === undefined || options.enqueueIncumbent === false
      ? undefined
      : pointOfSpace(space, baseParams, incumbent);
  return { study, config, baselines, ...pruningOf(options), ...(first === undefined ? {} : { first }) };
}

function evidenceSettingOf(options: SharedTunerOptions, baseParams: JsonObject): EvidenceSetting {
  const { incumbent, holdout, refit = 'best', complexity } = options;
  if (refit !== 'best' && refit !== 'one-standard-error') {
    throw new InvalidInputError('OUT_OF_RANGE', `refit must be 'best' or 'one-standard-error'; got ${String(refit)}`);
  }
  if (refit === 'one-standard-error' && complexity === undefined) {
    throw new InvalidInputError(
      'INVALID_CONFIG',
      "refit 'one-standard-error' must be given complexity, by which it chooses; got none",
    );
  }
  return {
    refit,
    ...(refit === 'best' || complexity === undefined ? {} : { complexity }),
    ...(incumbent === undefined ? {} : { incumbent: canonicalRecord({ ...baseParams, ...incumbent }, 'incumbent') }),
    ...(holdout === undefined ? {} : { holdout: requireHoldout(holdout) }),
  };
}

function pruningOf({ pruner, pruneBy = 'folds' }: SharedTunerOptions): { readonly pruning?: Pruning } {
  if (pruneBy !== 'folds' && pruneBy !== 'steps' && pruneBy !== 'window') {
    throw new InvalidInputError('OUT_OF_RANGE', `pruneBy must be 'folds', 'steps' or 'window'; got ${String(pruneBy)}`);
  }
  return pruner === undefined ? {} : { pruning: { pruner: requirePruner(pruner), by: pruneBy } };
}

/** The configured metric; a regression may not fall back on one for classes, which the configuration's default is. */
function defaultMetric({ family }: Pick<TunerOptionsWithSpace<SearchSpace>, 'family'>, name: string): ScoringMetric {
  if (family.task === 'regression' && !OF_REGRESSION.has(name)) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `a regression (${family.modelType}) must be given a metric, such as ${[...OF_REGRESSION].join(' or ')}; got '${name}'`,
    );
  }
  return scoringByName(name, family.task);
}
