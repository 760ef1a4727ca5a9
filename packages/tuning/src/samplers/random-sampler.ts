import {
  activationOrder,
  brokenConstraint,
  type CategoryValue,
  type InferParameters,
  InvalidInputError,
  isActive,
  type JsonObject,
  type SearchSpace,
  validateParameters,
} from '@mlperf/core';
import { requireTrialNumber } from './require-trial-number.ts';
import type { Sampler, SuggestRequest } from './sampler.ts';
import { uniform53, valueAt } from './value-at.ts';

/** Constraints that leave less than about a thousandth of the space are a mistake in the ranges. */
export const MAX_ATTEMPTS = 10_000;

/**
 * Independent uniform points (see {@link valueAt}). Every number comes from a stream of its own, keyed by (seed, trial
 * number, parameter name): trial n is the same whatever ran before, beside or where, and a parameter keeps its values
 * when others are added to the space. A point that breaks a constraint is drawn again: the points that satisfy them all
 * are alike.
 *
 * @remarks O(parameters) per point and attempt.
 * @example
 * new RandomSampler(space).suggest({ trialNumber: 7, random: trialRandom('seed-1', 7) }); // always the same point
 */
export class RandomSampler<S extends SearchSpace> implements Sampler<S> {
  readonly name = 'random';
  readonly learns = false;
  readonly space: S;
  readonly settings: JsonObject = {};
  readonly #order: readonly string[];

  constructor(space: S) {
    this.space = space;
    this.#order = activationOrder(space);
  }

  /**
   * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a trial number that is none, or when 10,000 points in a row
   * break a constraint.
   */
  suggest({ trialNumber, random }: Pick<SuggestRequest, 'trialNumber' | 'random'>): InferParameters<S> {
    requireTrialNumber(trialNumber);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const point: Record<string, CategoryValue> = {};
      for (const name of this.#order) {
        const dimension = this.space[name]!;
        if (!isActive(dimension, point)) continue;
        point[name] = valueAt(dimension, uniform53(attempt === 0 ? random(name) : random(name, attempt)));
      }
      if (brokenConstraint(this.space, point) === undefined) return validateParameters(this.space, point);
    }
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `the constraints must leave a part of the space that random points meet; ${MAX_ATTEMPTS} in a row did not`,
    );
  }
}
