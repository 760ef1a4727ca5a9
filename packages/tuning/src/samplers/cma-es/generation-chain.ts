import type { ObservedTrial } from '../sampler.ts';
import { SobolSequence } from '../sobol/sobol-sequence.ts';
import type { UnitCube } from '../unit-cube.ts';
import { type SteppedCoordinate, withMargin } from './integer-margin.ts';
import { initialDistribution, nextDistribution, type SearchDistribution, whitened } from './search-distribution.ts';
import { defaultPopulation, type StrategyConstants, strategyConstants } from './strategy-constants.ts';
import { warmStartDistribution } from './warm-start-distribution.ts';

/** Of the range of each parameter, where nothing is known. */
const INITIAL_STEP = 1 / 6;
/** A distribution narrower than this share of every continuous range has converged. */
const CONVERGED = 1e-9;
/** As is one so flat that its covariance has lost its digits. */
const FLAT = 1e7;

/** Where a generation stands. */
export interface GenerationState {
  readonly distribution: SearchDistribution;
  /** What multiplies the spread of a stepped axis before it is rounded; see {@link withMargin}. */
  readonly scales: Float64Array;
  readonly constants: StrategyConstants;
  readonly restarts: number;
}

/** A trial as a generation reads it. */
interface TrialSolution {
  readonly row: Float64Array;
  readonly loss: number;
  readonly complete: boolean;
  readonly lastStep: number;
  readonly weight: number;
}

/**
 * The generations of a study. Trials count in the order of their numbers: those of earlier studies, and the first
 * `warmTrials` of this one, make the distribution to begin with; each λ after them are a generation, from whatever
 * distribution each was drawn. With a lag some were drawn from the one before: like every step longer than
 * √d + 2d/(d + 2) theirs is shortened to that (Hansen 2011, arXiv 1110.4181).
 *
 * The state is so a function of the trials alone. States found before are kept, and used again where a call has the
 * same first trials.
 */
export class GenerationChain {
  readonly #cube: UnitCube;
  readonly #stepped: readonly SteppedCoordinate[];
  readonly #continuous: readonly number[];
  readonly #warmTrials: number;
  #trials: readonly TrialSolution[] = [];
  #states: { readonly count: number; readonly state: GenerationState }[] = [];

  constructor(cube: UnitCube, warmTrials: number) {
    this.#cube = cube;
    this.#warmTrials = warmTrials;
    this.#continuous = [...cube.axes.keys()].filter((a) => cube.axes[a]!.kind === 'continuous');
    this.#stepped = [...cube.axes.keys()]
      .filter((a) => cube.axes[a]!.kind === 'stepped')
      .map((index) => {
        const { count, nearestLevel, boundaryAt } = cube.axes[index]!;
        return { index, count, levelOf: nearestLevel, boundaryAt };
      });
  }

  /** The state from which the next trial is drawn. */
  stateOf(history: readonly ObservedTrial[]): GenerationState {
    const trials = solutionsOf(this.#cube, history);
    const earlier = history.filter(({ trialNumber, state }) => trialNumber < 0 && state !== 'failed').length;
    let same = 0;
    const most = Math.min(trials.length, this.#trials.length);
    while (same < most && sameSolution(trials[same]!, this.#trials[same]!)) same++;
    const warm = Math.min(trials.length, earlier + this.#warmTrials);
    // The states of a shorter history are the first of a longer one's.
    if (same < trials.length || this.#states[0]?.count !== warm) {
      this.#states = this.#states[0]?.count === warm ? this.#states.filter(({ count }) => count <= same) : [];
      this.#trials = trials;
    }
    if (this.#states.length === 0) this.#states.push({ count: warm, state: this.#first(trials.slice(0, warm)) });
    let known = 0;
    while (known + 1 < this.#states.length && this.#states[known + 1]!.count <= trials.length) known++;
    let { count, state } = this.#states[known]!;
    while (count + state.constants.population <= trials.length) {
      const end = count + state.constants.population;
      state = this.#next(state, trials.slice(count, end));
      count = end;
      this.#states.push({ count, state });
    }
    return state;
  }

  #first(known: readonly TrialSolution[]): GenerationState {
    const d = this.#cube.axes.length;
    const constants = strategyConstants(d, defaultPopulation(d));
    const distribution =
      known.length === 0
        ? initialDistribution(new Float64Array(d).fill(0.5), INITIAL_STEP)
        : warmStartDistribution(known.toSorted(compareMerit).map(({ row, weight }) => ({ x: row, weight })));
    return this.#corrected({ distribution, scales: new Float64Array(d).fill(1), constants, restarts: 0 });
  }

  #next(state: GenerationState, trials: readonly TrialSolution[]): GenerationState {
    const { distribution, scales, constants } = state;
    const ranked = trials.toSorted(compareMerit).map(({ row, weight }) => ({ x: drawnFrom(row, state), weight }));
    const next = nextDistribution(distribution, ranked, constants);
    if (!this.#converged(next)) return this.#corrected({ ...state, distribution: next, scales });
    return this.#restarted(state);
  }

  /** From another place, with twice as many solutions (Auger & Hansen 2005, IPOP-CMA-ES). */
  #restarted({ constants, restarts }: GenerationState): GenerationState {
    const { dimensions: d, population } = constants;
    const mean = new SobolSequence(d).point(restarts + 2);
    return this.#corrected({
      distribution: initialDistribution(mean, INITIAL_STEP),
      scales: new Float64Array(d).fill(1),
      constants: strategyConstants(d, 2 * population),
      restarts: restarts + 1,
    });
  }

  #corrected(state: GenerationState): GenerationState {
    const { dimensions, population } = state.constants;
    const margin = 1 / (dimensions * population);
    const { mean, scales } = withMargin(state.distribution, state.scales, this.#stepped, margin);
    return { ...state, distribution: { ...state.distribution, mean }, scales };
  }

  #converged({ stepSize, covariance, lengths, mean }: SearchDistribution): boolean {
    const d = mean.length;
    if (!(stepSize > Number.MIN_VALUE * 1e20) || Math.max(...lengths) > FLAT * Math.min(...lengths)) return true;
    const widest = Math.max(0, ...this.#continuous.map((a) => stepSize * Math.sqrt(covariance[a * d + a]!)));
    return this.#continuous.length > 0 && widest < CONVERGED;
  }
}

/**
 * The solution whose rounding the trial's point is: of a stepped axis where the middle of its cell lies before the
 * spread is multiplied, else the point itself; no farther out than a drawn one is expected to be.
 */
function drawnFrom(row: Float64Array, { distribution, scales }: GenerationState): Float64Array {
  const { mean, stepSize } = distribution;
  const d = mean.length;
  const step = row.map((value, a) => (value - mean[a]!) / (scales[a]! * stepSize));
  const length = Math.sqrt(whitened(distribution, step).reduce((sum, value) => sum + value * value, 0));
  const longest = Math.sqrt(d) + (2 * d) / (d + 2);
  const share = length > longest ? longest / length : 1;
  return step.map((value, a) => mean[a]! + share * stepSize * value);
}

function solutionsOf(cube: UnitCube, history: readonly ObservedTrial[]): readonly TrialSolution[] {
  const solutions: TrialSolution[] = [];
  for (const { state, loss, lastStep = -1, parameters, weight = 1 } of history) {
    if (state === 'failed' || (state === 'complete' && loss === undefined)) continue;
    const complete = state === 'complete';
    solutions.push({
      row: cube.encode(parameters),
      loss: loss ?? Number.POSITIVE_INFINITY,
      complete,
      lastStep,
      weight,
    });
  }
  return solutions;
}

function sameSolution(a: TrialSolution, b: TrialSolution): boolean {
  if (a.loss !== b.loss || a.complete !== b.complete || a.weight !== b.weight || a.lastStep !== b.lastStep)
    return false;
  return a.row.every((value, i) => value === b.row[i]);
}

/** Complete trials by loss, then pruned ones: those that got furthest first, of these by their last loss. */
function compareMerit(a: TrialSolution, b: TrialSolution): number {
  if (a.complete !== b.complete) return a.complete ? -1 : 1;
  const further = a.complete ? 0 : b.lastStep - a.lastStep;
  if (further !== 0) return further;
  return a.loss === b.loss ? 0 : a.loss - b.loss;
}
