import {
  brokenConstraint,
  constraintsOf,
  type InferParameters,
  InvalidInputError,
  type JsonObject,
  type RandomSource,
  randomNormal,
  type SearchSpace,
  validateParameters,
} from '@mlperf/core';
import { RandomSampler } from '../random-sampler.ts';
import { requireTrialNumber } from '../require-trial-number.ts';
import type { SampledPoint, Sampler, SuggestRequest } from '../sampler.ts';
import { UnitCube } from '../unit-cube.ts';
import { GenerationChain, type GenerationState } from './generation-chain.ts';
import { solutionAt } from './search-distribution.ts';

/** Draws until one lies within the bounds and satisfies the constraints. */
const MAX_DRAWS = 100;

export interface CmaEsOptions {
  /** How many of the study's first trials, by whatever sampler, are only what it begins from. Default 0. */
  readonly warmTrials?: number;
}

/**
 * CMA-ES, the evolution strategy with covariance matrix adaptation: rank-one and rank-μ update with negative weights,
 * cumulative step-size adaptation, 4 + ⌊3 ln d⌋ trials a generation. For hundreds to thousands of trials.
 *
 * Parameters are scaled to [0, 1], logarithms first. It begins in the middle with a standard deviation of a sixth, or,
 * where trials of earlier studies or `warmTrials` are known, around the best tenth of those. A solution outside the
 * bounds or against a constraint is drawn again, up to 100 times, and then clipped. Steps are kept from freezing by a
 * margin. A distribution that has converged begins again elsewhere, with twice as many trials a generation.
 *
 * A generation is the next so many trials that ended, by number, that may be seen: trial n is drawn from the last
 * generation that is whole. Pruned trials rank behind complete ones; failed ones are left out.
 *
 * @remarks O(d²) per trial, O(d³) per generation. States are kept from call to call and only save time.
 * @see Hansen (2016), arXiv 1604.00772; Hamano et al. (2022), arXiv 2205.13482; Nomura et al. (2021), arXiv 2012.06932
 * @example
 * const sampler = new CmaEsSampler(space);
 * sampler.suggest({ trialNumber: 40, history, running: [], random: trialRandom('seed-1', 40) });
 */
export class CmaEsSampler<S extends SearchSpace> implements Sampler<S> {
  readonly name = 'cma-es';
  readonly learns = true;
  readonly space: S;
  readonly settings: JsonObject;
  readonly #cube: UnitCube;
  readonly #generations: GenerationChain;
  readonly #fallback: RandomSampler<S>;

  /**
   * @throws {@link InvalidInputError} `INVALID_TYPE` for a space with a category, a boolean or a condition;
   * `OUT_OF_RANGE` for `warmTrials` that are no whole number from 0.
   */
  constructor(space: S, { warmTrials = 0 }: CmaEsOptions = {}) {
    if (!Number.isSafeInteger(warmTrials) || warmTrials < 0) {
      throw new InvalidInputError('OUT_OF_RANGE', `warmTrials must be a whole number from 0; got ${warmTrials}`);
    }
    this.space = space;
    this.settings = { warmTrials };
    this.#cube = new UnitCube(space);
    const other = this.#cube.axes.find(({ kind }) => kind === 'category');
    if (other !== undefined || this.#cube.conditional) {
      const got = other === undefined ? 'a condition' : `the choices of '${other.name}'`;
      throw new InvalidInputError(
        'INVALID_TYPE',
        `the space of CMA-ES must be of ranges that always exist; got ${got} (TPE and Gaussian processes take them)`,
      );
    }
    this.#generations = new GenerationChain(this.#cube, warmTrials);
    this.#fallback = new RandomSampler(space);
  }

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE` as {@link RandomSampler} does. */
  suggest(request: SuggestRequest): InferParameters<S> {
    requireTrialNumber(request.trialNumber);
    if (this.#cube.axes.length === 0) return this.#fallback.suggest(request);
    const state = this.#generations.stateOf(request.history);
    for (let draw = 0; draw <= MAX_DRAWS; draw++) {
      const row = this.#draw(state, request.random('cma-es', draw), draw === MAX_DRAWS);
      if (row === undefined) continue;
      const point: SampledPoint = this.#cube.decode(row);
      if (constraintsOf(this.space).length > 0 && brokenConstraint(this.space, point) !== undefined) continue;
      return validateParameters(this.space, point);
    }
    return this.#fallback.suggest(request);
  }

  /** A row of the cube; `undefined` when it lies outside and is not to be clipped. */
  #draw({ distribution, scales }: GenerationState, random: RandomSource, clip: boolean): Float64Array | undefined {
    const { mean } = distribution;
    const row = solutionAt(
      distribution,
      Float64Array.from(mean, () => randomNormal(random)),
    );
    for (const [a, axis] of this.#cube.axes.entries()) {
      if (axis.kind === 'stepped') {
        row[a] = axis.levelAt(axis.nearestLevel(mean[a]! + scales[a]! * (row[a]! - mean[a]!)));
      } else if (row[a]! < 0 || row[a]! > 1) {
        if (!clip) return undefined;
        row[a] = Math.min(Math.max(row[a]!, 0), 1);
      }
    }
    return row;
  }
}
