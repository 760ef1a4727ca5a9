import {
  type Dimension,
  InvalidInputError,
  type JsonObject,
  type OptimizationDirection,
  parseSpace,
  type SearchSpace,
  type StudyRecord,
  type TrainingExperiment,
} from '@mlperf/core';
import { coveringSpace } from './covering-space.ts';
import { gridDensity } from './grid-density.ts';
import { parameterGrid } from './parameter-grid.ts';

/** A density is at least this, so that a point nobody came to divides nothing by 0. */
const FLOOR = 1e-12;
/** Of a parameter that exists in some trials only: with fewer, it is not judged. */
const LEAST_TRIALS = 2;

/** A point and the score it reached. */
export interface ScoredPoint {
  readonly hyperparameters: JsonObject;
  /** Finite. */
  readonly score: number;
}

export interface ImportanceOptions {
  readonly direction: OptimizationDirection;
  /** The importance is that of reaching the best share of this size; in (0, 1), below `regionQuantile`; default 0.1. */
  readonly targetQuantile?: number;
  /** … from among the best share of this size; in (0, 1]; default 1: of all trials. */
  readonly regionQuantile?: number;
  /**
   * `tried` compares with where trials lie, `space` with the whole space evenly. Default `tried`: a sampler that learns
   * has gone to good values, which alone would make them look decisive.
   */
  readonly against?: 'tried' | 'space';
}

export interface ParameterImportance {
  /** Share of each parameter in what decides who is among the best: in [0, 1], sums to 1, largest first. */
  readonly shares: Readonly<Record<string, number>>;
  /** Before they are made shares: (γ′/γ)² Σ α²/β · χ², at least 0. Of a parameter that could not be judged, 0. */
  readonly divergences: Readonly<Record<string, number>>;
  /** Trials in the region. */
  readonly trials: number;
  /** Those among the best. Below about five, the shares say little. */
  readonly bestTrials: number;
}

/**
 * How much each parameter decides whether a trial is among the best (PED-ANOVA): how far its values in the best trials
 * lie from its values in all trials.
 *
 *   importance of p = (γ′/γ)² · α²/β · Σₓ q(x) · (t(x)/q(x) − 1)²
 *
 * with t and q the densities of p's values on a grid ({@link gridDensity}) in the best γ′ of the trials and in the
 * region, the best γ; α and β the shares of the best and of the region in which p exists (1 and 1 unless p is
 * conditional). Where p does not exist it decides nothing: that is the importance of the parameter its condition is on.
 *
 * @param space - Its parameters are judged; others of the trials are left out. One with a single value has 0.
 * @param trials - Complete trials; any order.
 * @returns `undefined` for fewer than two trials, or when none is told from another: all equally good, or every
 * parameter with a single value.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for quantiles that are none, `NOT_FINITE` for a score, `INVALID_TYPE`
 * for a value that its parameter cannot have.
 * @remarks O(trials · (parameters + log trials)). Equal scores at the border of the best are all among them. Agrees
 * with Optuna 5.0.0 (`PedAnovaImportanceEvaluator`) to 1e-9; Optuna calls all parameters equally important where this
 * returns `undefined`. Parameters are judged one by one: what two decide only together is not seen.
 * @see Watanabe, Bansal & Hutter (2023), PED-ANOVA, arXiv:2304.10255; for conditional parameters, arXiv:2601.20800.
 * @example parameterImportance(space, trials, { direction: 'maximize' })?.shares; // { learningRate: 0.71, maxDepth: 0.29 }
 */
export function parameterImportance(
  space: SearchSpace,
  trials: readonly ScoredPoint[],
  options: ImportanceOptions,
): ParameterImportance | undefined {
  const { direction, targetQuantile = 0.1, regionQuantile = 1, against = 'tried' } = options;
  if (!(targetQuantile > 0 && targetQuantile < regionQuantile && regionQuantile <= 1)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `quantiles must be 0 < targetQuantile < regionQuantile ≤ 1; got ${targetQuantile} and ${regionQuantile}`,
    );
  }
  for (const { score } of trials) {
    if (!Number.isFinite(score)) throw new InvalidInputError('NOT_FINITE', `a score must be finite; got ${score}`);
  }
  if (trials.length < 2) return undefined;
  const region = bestShare(trials, regionQuantile, direction);
  const best = new Set(bestShare(trials, targetQuantile, direction));
  if (best.size === region.length) return undefined;
  const share = best.size / region.length;
  const divergences = Object.entries<Dimension>(space)
    .map(([name, dimension]) => {
      const having = region.filter(({ hyperparameters }) => Object.hasOwn(hyperparameters, name));
      const bestHaving = having.filter((trial) => best.has(trial));
      const divergence = pearsonDivergence(name, dimension, bestHaving, having, against);
      const alpha = bestHaving.length / best.size;
      const beta = having.length / region.length;
      return [name, divergence === 0 ? 0 : share ** 2 * (alpha ** 2 / beta) * divergence] as const;
    })
    .sort(([, a], [, b]) => b - a);
  const sum = divergences.reduce((total, [, divergence]) => total + divergence, 0);
  if (sum === 0) return undefined;
  return {
    shares: Object.fromEntries(divergences.map(([name, divergence]) => [name, divergence / sum])),
    divergences: Object.fromEntries(divergences),
    trials: region.length,
    bestTrials: best.size,
  };
}

/**
 * {@link parameterImportance} of a stored study: of its complete trials with a mean score, in its direction. Its space
 * counts as wide as the values of its trials: it may have been widened after it was begun.
 * @throws as {@link parameterImportance}; `INVALID_RECORD` for a space that cannot be read.
 */
export function studyImportance(
  study: StudyRecord,
  experiments: readonly TrainingExperiment[],
  options: Omit<ImportanceOptions, 'direction'> = {},
): ParameterImportance | undefined {
  const trials = experiments.flatMap(({ state, hyperparameters, meanCvScore }) =>
    state === 'complete' && meanCvScore !== undefined ? [{ hyperparameters, score: meanCvScore }] : [],
  );
  const space = coveringSpace(
    parseSpace(study.searchSpace),
    trials.map(({ hyperparameters }) => hyperparameters),
  );
  return parameterImportance(space, trials, { ...options, direction: study.direction });
}

/** The trials at least as good as the ⌈quantile · n⌉-th. */
function bestShare(
  trials: readonly ScoredPoint[],
  quantile: number,
  direction: OptimizationDirection,
): readonly ScoredPoint[] {
  if (quantile === 1) return trials;
  const sign = direction === 'minimize' ? 1 : -1;
  const losses = Float64Array.from(trials, ({ score }) => sign * score).sort();
  const cutoff = losses[Math.ceil(quantile * losses.length) - 1]!;
  return trials.filter(({ score }) => sign * score <= cutoff);
}

function pearsonDivergence(
  name: string,
  dimension: Dimension,
  best: readonly ScoredPoint[],
  all: readonly ScoredPoint[],
  against: 'tried' | 'space',
): number {
  const grid = parameterGrid(name, dimension);
  if (grid === undefined || best.length === 0 || all.length < LEAST_TRIALS) return 0;
  const densityOf = (trials: readonly ScoredPoint[]) => {
    const counts = new Array<number>(grid.size).fill(0);
    for (const { hyperparameters } of trials) counts[grid.indexOf(hyperparameters[name])]! += 1;
    return gridDensity(counts, grid.ordered).map((density) => density + FLOOR);
  };
  const top = densityOf(best);
  const base = against === 'tried' ? densityOf(all) : new Float64Array(grid.size).fill(1 / grid.size);
  return base.reduce((sum, density, x) => sum + density * (top[x]! / density - 1) ** 2, 0);
}
