import {
  type CategoryValue,
  type Dimension,
  type FloatDimension,
  type InferParameters,
  type IntDimension,
  InvalidInputError,
  type JsonObject,
  type RandomSource,
  type SearchSpace,
  stepCount,
  stepValue,
  validateParameters,
} from '@mlperf/core';
import type { Sampler, SuggestRequest } from './sampler.ts';

/**
 * Independent uniform points. Every number comes from a stream of its own, keyed by (seed, trial number, parameter
 * name): trial n is the same whatever ran before, beside or where, and a parameter keeps its values when others are
 * added to the space.
 *
 *   float        low + u · (high − low)                     u uniform in [0, 1), 53 bits
 *   float, log   exp(ln low + u · ln(high / low))
 *   step         low + k · step, all k alike                (int: step 1 by default)
 *   int, log     k with weight ln((k + ½) / (k − ½))        the log-uniform of [low − ½, high + ½], rounded
 *   categorical  all choices alike                          boolean likewise
 *
 * @remarks O(parameters) per point.
 * @example new RandomSampler(space).suggest({ trialNumber: 7, random: trialRandom('seed-1', 7) }); // always the same point
 */
export class RandomSampler<S extends SearchSpace> implements Sampler<S> {
  readonly name = 'random';
  readonly learns = false;
  readonly space: S;
  readonly settings: JsonObject = {};

  constructor(space: S) {
    this.space = space;
  }

  suggest({ trialNumber, random }: Pick<SuggestRequest, 'trialNumber' | 'random'>): InferParameters<S> {
    if (!Number.isSafeInteger(trialNumber) || trialNumber < 0) {
      throw new InvalidInputError('OUT_OF_RANGE', `trialNumber must be a whole number from 0; got ${trialNumber}`);
    }
    const point: Record<string, CategoryValue> = {};
    for (const [name, dimension] of Object.entries<Dimension>(this.space)) {
      point[name] = draw(dimension, uniform53(random(name)));
    }
    return validateParameters(this.space, point);
  }
}

/** Uniform in [0, 1) with all 53 bits of a double: the source alone has 32, too coarse for a wide range. */
function uniform53(random: RandomSource): number {
  const high = Math.floor(random.next() * 2 ** 26);
  const low = Math.floor(random.next() * 2 ** 27);
  return (high * 2 ** 27 + low) * 2 ** -53;
}

function draw(dimension: Dimension, u: number): CategoryValue {
  if (dimension.type === 'boolean') return u < 0.5;
  if (dimension.type === 'categorical') return dimension.choices[Math.floor(u * dimension.choices.length)]!;
  const { type, low, high, log } = dimension;
  if (log === true) {
    const value = type === 'int' ? Math.round(logUniform(low - 0.5, high + 0.5, u)) : logUniform(low, high, u);
    return clamp(value, dimension);
  }
  const step = dimension.step ?? (type === 'int' ? 1 : undefined);
  if (step === undefined) return clamp(low + u * (high - low), dimension);
  return stepValue(dimension, step, Math.floor(u * stepCount(dimension, step)));
}

function logUniform(low: number, high: number, u: number): number {
  return Math.exp(Math.log(low) + u * Math.log(high / low));
}

/** Against the last bit of rounding only. */
function clamp(value: number, { low, high }: FloatDimension | IntDimension): number {
  return Math.min(Math.max(value, low), high);
}
