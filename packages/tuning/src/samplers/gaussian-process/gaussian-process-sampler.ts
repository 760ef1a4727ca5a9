import {
  brokenConstraint,
  constraintsOf,
  type InferParameters,
  type JsonObject,
  normalQuantile,
  type RandomSource,
  type SearchSpace,
  validateParameters,
} from '@mlperf/core';
import { RandomSampler } from '../random-sampler.ts';
import { requireTrialNumber } from '../require-trial-number.ts';
import type { ObservedTrial, SampledPoint, Sampler, SuggestRequest } from '../sampler.ts';
import { MAX_SOBOL_DIMENSIONS, SobolSequence } from '../sobol/sobol-sequence.ts';
import { UnitCube } from '../unit-cube.ts';
import { LogExpectedImprovement } from './acquisition.ts';
import { trialsOfSearch } from './fresh-starts.ts';
import { KernelChain } from './kernel-chain.ts';
import type { Kernel } from './matern-kernel.ts';
import { maximizeAcquisition } from './maximize-acquisition.ts';
import { type Fantasies, Posterior } from './posterior.ts';
import { observationsOf, type TrialRow, trialRows } from './trial-data.ts';

/** Random points until the trials that are complete count so much. */
const STARTUP_TRIALS = 10;
/** Share of the variance: with more noise a search is not begun anew. */
const MOST_NOISE = 1e-4;
/** Outcomes drawn for the trials that are not known. */
const FANTASIES = 32;
/** Of those without a known outcome so many are fantasised, the newest; at most what Sobol points have dimensions. */
const MOST_PENDING = Math.min(64, MAX_SOBOL_DIMENSIONS);

/**
 * Bayesian optimisation with a Gaussian process: the point with the largest log expected improvement.
 *
 * Parameters are scaled to [0, 1], logarithms first; losses to mean 0 and variance 1. The covariance is Matérn's with
 * ν = 5/2 and a length scale per parameter; two categories are at distance 0 or 1 (Hamming). Its length scales, variance
 * and noise (at least 1e-8) are those of the largest posterior density, by L-BFGS. The first ten trials are random.
 *
 * Trials that run, and those that failed, are given 32 outcomes drawn from the process at their points; the expectation
 * is over all of them. A pruned trial counts as the median of the complete ones, or worse. A conditional parameter has
 * the middle of its range where it does not exist; no point that breaks a constraint is suggested.
 *
 * A search that has converged, 20 trials without a gain of a share 1e-6, begins anew beside itself, without the trials
 * before: a process that knows one minimum to the last digit does not look for another. Not where values are noisy.
 *
 * @remarks O(n³) for n trials: for hundreds of them. Fits are kept from call to call and only save time.
 * @see Rasmussen & Williams (2006); Jones, Schonlau & Welch (1998), doi:10.1023/A:1008306431147; Ament et al. (2023),
 * arXiv 2310.20708; Snoek, Larochelle & Adams (2012), arXiv 1206.2944
 * @example
 * const sampler = new GaussianProcessSampler(space);
 * sampler.suggest({ trialNumber: 40, history, running: [], random: trialRandom('seed-1', 40) });
 */
export class GaussianProcessSampler<S extends SearchSpace> implements Sampler<S> {
  readonly name = 'gp';
  readonly learns = true;
  readonly space: S;
  readonly settings: JsonObject = { startupTrials: STARTUP_TRIALS, fantasies: FANTASIES };
  readonly #startup: RandomSampler<S>;
  readonly #cube: UnitCube;
  readonly #kernels: KernelChain;
  readonly #freshKernels: KernelChain;

  constructor(space: S) {
    this.space = space;
    this.#startup = new RandomSampler(space);
    this.#cube = new UnitCube(space);
    this.#kernels = new KernelChain(this.#cube);
    this.#freshKernels = new KernelChain(this.#cube);
  }

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE` as {@link RandomSampler} does. */
  suggest(request: SuggestRequest): InferParameters<S> {
    requireTrialNumber(request.trialNumber);
    const cube = this.#cube;
    const known = trialRows(cube, request.history);
    const process = cube.axes.length === 0 ? undefined : this.#processOf(known, request.trialNumber);
    if (process === undefined) return this.#startup.suggest(request);
    const { trials, kernel } = process;
    const observations = observationsOf(cube, trials);
    const pending = pendingPoints(request).map((point) => cube.encode(point));
    const fantasies = pending.length === 0 ? undefined : drawFantasies(pending, request.random('gp', 'fantasies'));
    const posterior = new Posterior(observations, kernel, fantasies);
    const best = trials.reduce((a, b) => (b.complete && (!a.complete || b.loss! < a.loss!) ? b : a));
    const seen = new Set([...known.map(({ row }) => row.join()), ...pending.map((row) => row.join())]);
    const constrained = constraintsOf(this.space).length > 0;
    const row = maximizeAcquisition({
      cube,
      acquisition: new LogExpectedImprovement(posterior),
      incumbents: [best.row],
      allowed: (each) => !constrained || brokenConstraint(this.space, cube.decode(each)) === undefined,
      tried: (each) => seen.has(each.join()),
      random: request.random('gp', 'search'),
    });
    if (row === undefined) return this.#startup.suggest(request);
    return validateParameters(this.space, cube.decode(row));
  }

  /** @returns `undefined` while the search that the trial belongs to has too few trials. */
  #processOf(known: readonly TrialRow[], trialNumber: number): FittedTrials | undefined {
    const all = fitted(this.#kernels, known);
    // Where values are noisy, trials without a gain do not mean that there is none.
    if (all === undefined || all.kernel.noise > MOST_NOISE) return all;
    const search = trialsOfSearch(known, trialNumber, STARTUP_TRIALS);
    return search === known ? all : fitted(this.#freshKernels, search);
  }
}

/** What a process is fitted to, and how it fits. */
interface FittedTrials {
  readonly trials: readonly TrialRow[];
  readonly kernel: Kernel;
}

function fitted(kernels: KernelChain, trials: readonly TrialRow[]): FittedTrials | undefined {
  const enough = placeOfEnough(trials, STARTUP_TRIALS);
  return enough === undefined ? undefined : { trials, kernel: kernels.kernelOf(trials, enough) };
}

/** How many trials there are up to the one with which those complete count `enough`. */
function placeOfEnough(trials: readonly TrialRow[], enough: number): number | undefined {
  let complete = 0;
  for (const [i, trial] of trials.entries()) {
    if (trial.complete) complete += trial.weight;
    if (complete >= enough) return i + 1;
  }
  return undefined;
}

/** Those that failed, then those that run: the newest last. */
function pendingPoints({ history, running }: SuggestRequest): readonly SampledPoint[] {
  const failed = history.filter(({ state }: ObservedTrial) => state === 'failed').map(({ parameters }) => parameters);
  return [...failed, ...running].slice(-MOST_PENDING);
}

/** Even normal draws: the quantiles of scrambled Sobol points. */
function drawFantasies(pending: readonly Float64Array[], random: RandomSource): Fantasies {
  const sobol = new SobolSequence(pending.length, random);
  const draws = new Float64Array(FANTASIES * pending.length);
  for (let m = 0; m < FANTASIES; m++) {
    const shares = sobol.point(m);
    for (const [r, share] of shares.entries())
      draws[m * pending.length + r] = normalQuantile(Math.max(share, 2 ** -33));
  }
  return { rows: Float64Array.from(pending.flatMap((row) => [...row])), draws };
}
