import {
  activationOrder,
  type Dimension,
  defineSpace,
  isActive,
  MlperfError,
  type SearchSpace,
  validateParameters,
} from '@mlperf/core';

/**
 * A point of the space that is as near to given hyperparameters as their values allow: each of them that the space allows
 * as it is, in place of the others the fallback's value.
 *
 * @returns `undefined` where neither gives a value that the space allows, or they break one of its constraints.
 */
export function pointFrom(
  space: SearchSpace,
  given: Readonly<Record<string, unknown>>,
  fallback: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const point: Record<string, unknown> = {};
  for (const name of activationOrder(space)) {
    const dimension = space[name]!;
    if (!isActive(dimension, point)) continue;
    const value = [given[name], fallback[name]].find((candidate) => isAllowed(name, dimension, candidate));
    if (value === undefined) return undefined;
    point[name] = value;
  }
  return refusalOf(() => validateParameters(space, point)) === undefined ? point : undefined;
}

function isAllowed(name: string, dimension: Dimension, value: unknown): boolean {
  if (value === undefined) return false;
  const { when: _condition, ...alone } = dimension;
  const space = defineSpace({ [name]: alone as Dimension });
  return refusalOf(() => validateParameters(space, { [name]: value })) === undefined;
}

function refusalOf(run: () => unknown): MlperfError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (MlperfError.is(error)) return error;
    throw error;
  }
}
