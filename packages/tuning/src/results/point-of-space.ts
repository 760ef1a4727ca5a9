import { InvalidInputError, type JsonObject, type SearchSpace, sameContent, validateParameters } from '@mlperf/core';
import type { SampledPoint } from '../samplers/sampler.ts';
import { pointIn } from '../study/trial-ledger.ts';

/**
 * The point at which a search would evaluate hyperparameters.
 * @returns `undefined` when it would not: a parameter of the space is missing or not allowed, or one that is fixed has
 * another value, or is not known to the search.
 */
export function pointOfSpace(
  space: SearchSpace,
  baseParams: JsonObject,
  hyperparameters: JsonObject,
): SampledPoint | undefined {
  const others = Object.entries(hyperparameters).filter(([name]) => !Object.hasOwn(space, name));
  if (others.length !== Object.keys(baseParams).length) return undefined;
  if (!others.every(([name, value]) => sameContent([baseParams[name]], [value]))) return undefined;
  const point = pointIn(space, { hyperparameters });
  try {
    validateParameters(space, point);
    return point;
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}
