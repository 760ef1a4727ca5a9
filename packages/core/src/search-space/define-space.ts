import { InvalidInputError } from '../errors.ts';
import type { JsonObject } from '../types/json.ts';
import { requireChoices, requireRange } from './dimensions.ts';
import type { Dimension, SearchSpace } from './search-space.ts';

const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', '']);

/**
 * A search space, checked; its type remembers every parameter (see {@link InferParameters}).
 *
 * @throws {@link InvalidInputError} `EMPTY_INPUT` without parameters, `INVALID_RECORD` for a forbidden name,
 * `INVALID_TYPE` for something that is no dimension, and what the builders throw, naming the parameter.
 * @example
 * const space = defineSpace({ units: int(8, 128, { log: true }), bidirectional: boolean() });
 */
export function defineSpace<const S extends SearchSpace>(space: S): S {
  const parameters = Object.entries<Dimension>(space);
  if (parameters.length === 0) {
    throw new InvalidInputError('EMPTY_INPUT', 'a search space must have at least one parameter; got none');
  }
  for (const [name, dimension] of parameters) {
    if (FORBIDDEN_NAMES.has(name)) {
      throw new InvalidInputError('INVALID_RECORD', `'${name}' must not name a parameter`);
    }
    requireDimension(dimension, name);
  }
  return space;
}

/** The space as plain data, to be stored: equal spaces give equal content. Defaults are left out. */
export function serializeSpace(space: SearchSpace): JsonObject {
  return Object.fromEntries(Object.entries(space).map(([name, dimension]) => [name, serializeDimension(dimension)]));
}

function serializeDimension(dimension: Dimension): JsonObject {
  if (dimension.type === 'boolean') return { type: 'boolean' };
  if (dimension.type === 'categorical') return { type: 'categorical', choices: [...dimension.choices] };
  const { type, low, high, log, step } = dimension;
  const stepByDefault = step === undefined || (type === 'int' && step === 1);
  return { type, low, high, ...(log === true ? { log } : {}), ...(stepByDefault ? {} : { step }) };
}

function requireDimension(dimension: Dimension, name: string): void {
  const subject = `parameter '${name}'`;
  if (dimension?.type === 'float' || dimension?.type === 'int') requireRange(dimension, subject);
  else if (dimension?.type === 'categorical') requireChoices(dimension.choices, subject);
  else if (dimension?.type !== 'boolean') {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `${subject} must be made by float, int, categorical or boolean; got ${JSON.stringify(dimension)}`,
    );
  }
}
