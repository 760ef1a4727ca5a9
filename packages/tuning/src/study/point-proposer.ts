import { type CategoryValue, type SearchSpace, validateParameters } from '@mlperf/core';
import { RandomSampler } from '../samplers/random-sampler.ts';
import type { ObservedTrial, SampledPoint, Sampler, SuggestRequest } from '../samplers/sampler.ts';
import { trialRandom } from '../samplers/trial-random.ts';
import { FinitePoints } from './finite-points.ts';
import type { TrialLedger } from './trial-ledger.ts';

/**
 * What a study does when its sampler proposes a point that an earlier trial has: `reuse` stores how that trial ended
 * once more, without a fit; `replicate` evaluates it again with fits of other seeds; `skip` takes another point, and
 * ends the study where the space has none left. Points that were asked for are not skipped but reused.
 */
export type DuplicatePolicy = 'reuse' | 'replicate' | 'skip';

/** The point of a trial, and what is known of it. */
export interface Proposal {
  readonly point: SampledPoint;
  /** Trials before this one with the same point, ascending. */
  readonly earlier: readonly number[];
}

export interface ProposerOptions<S extends SearchSpace> {
  readonly sampler: Sampler<S>;
  readonly seed: string;
  readonly ledger: TrialLedger;
  readonly duplicates: DuplicatePolicy;
  /** Trials of earlier studies, which samplers see as well. */
  readonly before: readonly ObservedTrial[];
  /** The point that was asked for in trial n, if one was. */
  readonly queuedAt: (trialNumber: number) => SampledPoint | undefined;
  /** How many points below trial n were asked for. */
  readonly queuedBelow: (trialNumber: number) => number;
  /** The first trial that has the space of the sampler. */
  readonly spaceFrom: number;
}

/** Other random streams for the sampler before chance alone is asked, and then for that. */
const SAMPLER_ATTEMPTS = 10;
const RANDOM_ATTEMPTS = 100;

/**
 * The point of each trial: those asked for first, then the sampler's. A function of the study's content and of what
 * the trial may see; it may be asked again, anywhere.
 */
export class PointProposer<S extends SearchSpace> {
  readonly #options: ProposerOptions<S>;
  readonly #random: RandomSampler<S>;
  readonly #all: FinitePoints;
  #places: readonly number[] | undefined;

  constructor(options: ProposerOptions<S>) {
    this.#options = options;
    this.#random = new RandomSampler(options.sampler.space);
    this.#all = new FinitePoints(options.sampler.space);
  }

  /**
   * The trials that trial n sees have ended; those between get their points here, if they have none yet.
   * @returns `undefined` when the space has no point left that was not tried, and none may be tried twice.
   */
  propose(trialNumber: number): Proposal | undefined {
    const { ledger } = this.#options;
    for (let number = Math.max(0, trialNumber - ledger.lag + 1); number < trialNumber; number++) {
      if (ledger.pointOf(number) !== undefined) continue;
      const point = this.#pointAt(number);
      if (point === undefined) return undefined;
      ledger.begin(number, point);
    }
    const point = ledger.pointOf(trialNumber) ?? this.#pointAt(trialNumber);
    if (point === undefined) return undefined;
    ledger.begin(trialNumber, point);
    return { point, earlier: ledger.sameAs(point, trialNumber) };
  }

  #pointAt(trialNumber: number): SampledPoint | undefined {
    const { queuedAt, sampler, ledger, duplicates } = this.#options;
    const queued = queuedAt(trialNumber);
    if (queued !== undefined) return queued;
    const point: SampledPoint = sampler.suggest(this.#request(trialNumber));
    // A grid repeats nothing but what was asked for.
    if (duplicates !== 'skip' || sampler.size !== undefined || ledger.sameAs(point, trialNumber).length === 0)
      return point;
    return this.#another(trialNumber);
  }

  /** How many points of a grid the trials before it did not have. */
  gridPointsLeft(): number {
    return this.#gridPoints()?.length ?? this.#options.sampler.size ?? 0;
  }

  /** Places on a grid that was widened, those of the trials before left out; `undefined` for a grid as it was. */
  #gridPoints(): readonly number[] | undefined {
    const { sampler, ledger, spaceFrom, seed } = this.#options;
    if (sampler.size === undefined || spaceFrom === 0) return undefined;
    this.#places ??= Array.from({ length: sampler.size }, (_, place) => place).filter((place) => {
      const random = trialRandom(seed, place);
      const point: SampledPoint = sampler.suggest({ trialNumber: place, history: [], running: [], random });
      return ledger.sameAs(point, spaceFrom).length === 0;
    });
    return this.#places;
  }

  /** A point of a grid is counted among the grid's own trials: those asked for take none of them away. */
  #placeOf(trialNumber: number): number {
    const { sampler, queuedBelow, spaceFrom } = this.#options;
    if (sampler.size === undefined) return trialNumber;
    const turn = trialNumber - spaceFrom - (queuedBelow(trialNumber) - queuedBelow(spaceFrom));
    const places = this.#gridPoints();
    return places === undefined ? turn : (places[turn] ?? sampler.size);
  }

  #request(trialNumber: number, attempt = 0): SuggestRequest {
    const { sampler, seed, ledger, before } = this.#options;
    const random = trialRandom(seed, trialNumber);
    return {
      trialNumber: this.#placeOf(trialNumber),
      history: sampler.learns ? [...before, ...ledger.history(trialNumber)] : [],
      running: sampler.learns ? ledger.running(trialNumber) : [],
      random: attempt === 0 ? random : (...keys) => random('again', attempt, ...keys),
    };
  }

  #another(trialNumber: number): SampledPoint | undefined {
    const { sampler, ledger } = this.#options;
    const isNew = (point: SampledPoint) => ledger.sameAs(point, trialNumber).length === 0;
    for (let attempt = 1; attempt <= SAMPLER_ATTEMPTS + RANDOM_ATTEMPTS; attempt++) {
      const asked: Pick<Sampler<S>, 'suggest'> = attempt <= SAMPLER_ATTEMPTS ? sampler : this.#random;
      const point: SampledPoint = asked.suggest(this.#request(trialNumber, attempt));
      if (isNew(point)) return point;
    }
    return this.#all.first(isNew);
  }
}

/**
 * That a study can begin: its first point, by chance where the sampler begins so.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` when the constraints leave no part of the space that is met.
 */
export function requireSomePoint<S extends SearchSpace>(sampler: Sampler<S>, seed: string): void {
  if (sampler.size === undefined) {
    new RandomSampler(sampler.space).suggest({ trialNumber: 0, random: trialRandom(seed, 0) });
  }
}

/** A point that was asked for, checked and in the order of the space. @throws as {@link validateParameters}. */
export function requirePoint(space: SearchSpace, point: Readonly<Record<string, unknown>>): SampledPoint {
  validateParameters(space, point);
  return Object.fromEntries(
    Object.keys(space)
      .filter((name) => Object.hasOwn(point, name))
      .map((name) => [name, point[name] as CategoryValue]),
  );
}
