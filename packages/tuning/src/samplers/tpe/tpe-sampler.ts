import {
  brokenConstraint,
  type CategoryValue,
  constraintsOf,
  type InferParameters,
  isActive,
  type JsonObject,
  type RandomSource,
  type SearchSpace,
  validateParameters,
} from '@mlperf/core';
import { RandomSampler } from '../random-sampler.ts';
import { requireTrialNumber } from '../require-trial-number.ts';
import type { SampledPoint, Sampler, SuggestRequest } from '../sampler.ts';
import { parameterValue } from './estimator-axis.ts';
import { type ParameterGroup, parameterGroups } from './parameter-group.ts';
import { ParzenEstimator } from './parzen-estimator.ts';
import { isInformative, splitTrials, totalWeight } from './split-trials.ts';

/** Random points until the trials that are known count so much. */
const STARTUP_TRIALS = 10;
const CANDIDATES = 24;
/** Draws for the candidates of one group, where constraints refuse some. */
const MAX_DRAWS = 2_400;

interface SeenPoints {
  readonly goodPoints: readonly SampledPoint[];
  readonly otherPoints: readonly SampledPoint[];
  /** Of those that count less than 1. */
  readonly weights: ReadonlyMap<SampledPoint, number>;
}

/**
 * Tree-structured Parzen estimator, multivariate, as Optuna 5 defines it: one density l of the points of the best
 * ⌈0.1 n⌉ trials (at most 25), one density g of all others, those still running among them; of 24 candidates drawn from
 * l the one with the largest ln l(x) − ln g(x). The first ten trials are random.
 *
 * Conditional parameters are searched in groups that exist together, each group by the trials that have it; the
 * parameter a condition is on is chosen first. Candidates that break a constraint are drawn again; where none is found,
 * the point is random. An observation that counts less counts so everywhere: among the first ten, among the best tenth,
 * and as a kernel.
 *
 * @remarks O(candidates · trials · parameters) per point.
 * @see Bergstra et al. (2011), NIPS 24; Watanabe (2023), arXiv 2304.11127; Optuna 5.0.0, `TPESampler`
 * @example
 * const sampler = new TpeSampler(space);
 * sampler.suggest({ trialNumber: 40, history, running: [], random: trialRandom('seed-1', 40) });
 */
export class TpeSampler<S extends SearchSpace> implements Sampler<S> {
  readonly name = 'tpe';
  readonly learns = true;
  readonly space: S;
  readonly settings: JsonObject = { startupTrials: STARTUP_TRIALS, candidates: CANDIDATES };
  readonly #groups: readonly ParameterGroup[];
  readonly #startup: RandomSampler<S>;

  constructor(space: S) {
    this.space = space;
    this.#groups = parameterGroups(space);
    this.#startup = new RandomSampler(space);
  }

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE` as {@link RandomSampler} does. */
  suggest(request: SuggestRequest): InferParameters<S> {
    requireTrialNumber(request.trialNumber);
    const trials = request.history.filter(isInformative);
    if (totalWeight(trials) < STARTUP_TRIALS) return this.#startup.suggest(request);
    const { good, rest } = splitTrials(trials);
    const goodPoints = good.map(({ parameters }) => parameters);
    const otherPoints = [...rest.map(({ parameters }) => parameters), ...request.running];
    const everyPoint = [...trials.map(({ parameters }) => parameters), ...request.running];
    const weights = new Map<SampledPoint, number>();
    for (const { parameters, weight = 1 } of trials) if (weight !== 1) weights.set(parameters, weight);
    const point: Record<string, CategoryValue> = {};
    for (const [g, group] of this.#groups.entries()) {
      if (!isActive(this.space[group.representative]!, point)) continue;
      group.know(everyPoint);
      const chosen = this.#choose(group, point, { goodPoints, otherPoints, weights }, request.random('tpe', g));
      if (chosen === undefined) return this.#startup.suggest(request);
      Object.assign(point, chosen);
    }
    return validateParameters(this.space, point);
  }

  /** The group's part of the point; `undefined` when no candidate was found. */
  #choose(
    group: ParameterGroup,
    chosenBefore: SampledPoint,
    { goodPoints, otherPoints, weights }: SeenPoints,
    random: RandomSource,
  ): SampledPoint | undefined {
    const { axes, fixed } = group;
    if (axes.length === 0) return fixed;
    const good = new ParzenEstimator(axes, group.rowsOf(goodPoints), group.weightsOf(goodPoints, weights));
    const others = new ParzenEstimator(axes, group.rowsOf(otherPoints), group.weightsOf(otherPoints, weights));
    const constrained = constraintsOf(this.space).length > 0;
    const partOf = (row: Float64Array): SampledPoint => ({
      ...fixed,
      ...Object.fromEntries(axes.map((axis, a) => [axis.name, parameterValue(axis, row[a]!)])),
    });
    let best: Float64Array | undefined;
    let bestRatio = Number.NEGATIVE_INFINITY;
    for (let draw = 0, candidates = 0; draw < MAX_DRAWS && candidates < CANDIDATES; draw++) {
      const row = good.sample(random);
      if (constrained && brokenConstraint(this.space, { ...chosenBefore, ...partOf(row) }) !== undefined) continue;
      candidates++;
      const ratio = good.logDensity(row) - others.logDensity(row);
      if (best === undefined || ratio > bestRatio) {
        best = row;
        bestRatio = ratio;
      }
    }
    return best === undefined ? undefined : partOf(best);
  }
}
