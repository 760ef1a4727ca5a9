import {
  activationOrder,
  brokenConstraint,
  type CategoryValue,
  constraintsOf,
  type InferParameters,
  InvalidInputError,
  isActive,
  type JsonObject,
  keyedRandom,
  type SearchSpace,
  validateParameters,
} from '@mlperf/core';
import { MAX_ATTEMPTS } from '../random-sampler.ts';
import { requireTrialNumber } from '../require-trial-number.ts';
import type { Sampler, SuggestRequest } from '../sampler.ts';
import { valueAt } from '../value-at.ts';
import { SobolSequence } from './sobol-sequence.ts';

/**
 * Scrambled Sobol points: spread more evenly than random ones, best at 2ᵐ trials. Each parameter has a dimension of its
 * own (see {@link SobolSequence} and {@link valueAt}); one that does not exist at a point is left out. Points that break
 * a constraint are passed over: trial n is the n-th of those that do not.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for more parameters than Sobol points have dimensions.
 * @remarks O(parameters · log n) per point; with constraints, once for every point passed over.
 * @example
 * new SobolSampler(space, 'seed-1').suggest({ trialNumber: 7 }); // always the same point
 */
export class SobolSampler<S extends SearchSpace> implements Sampler<S> {
  readonly name = 'sobol';
  readonly learns = false;
  readonly space: S;
  readonly settings: JsonObject = {};
  readonly #order: readonly string[];
  readonly #sequence: SobolSequence;
  /** Numbers of the points that satisfy the constraints, as far as they were looked for. */
  readonly #feasible: number[] = [];
  #looked = 0;

  /** @param seed - Of the study: fixes the scramble. */
  constructor(space: S, seed: string) {
    this.space = space;
    this.#order = activationOrder(space);
    this.#sequence = new SobolSequence(this.#order.length, keyedRandom(seed, 'sobol'));
  }

  /**
   * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a trial number that is none, or when 10,000 points in a row
   * break a constraint.
   */
  suggest({ trialNumber }: Pick<SuggestRequest, 'trialNumber'>): InferParameters<S> {
    requireTrialNumber(trialNumber);
    if (constraintsOf(this.space).length === 0) return validateParameters(this.space, this.#at(trialNumber));
    while (this.#feasible.length <= trialNumber) {
      const last = this.#feasible.at(-1) ?? -1;
      if (this.#looked - last > MAX_ATTEMPTS) {
        throw new InvalidInputError(
          'OUT_OF_RANGE',
          `the constraints must leave a part of the space that Sobol points meet; ${MAX_ATTEMPTS} in a row did not`,
        );
      }
      if (brokenConstraint(this.space, this.#at(this.#looked)) === undefined) this.#feasible.push(this.#looked);
      this.#looked++;
    }
    return validateParameters(this.space, this.#at(this.#feasible[trialNumber]!));
  }

  #at(n: number): Record<string, CategoryValue> {
    const shares = this.#sequence.point(n);
    const point: Record<string, CategoryValue> = {};
    for (const [d, name] of this.#order.entries()) {
      const dimension = this.space[name]!;
      if (isActive(dimension, point)) point[name] = valueAt(dimension, shares[d]!);
    }
    return point;
  }
}
