import { InvalidInputError } from '../errors.ts';
import { requireCondition } from './conditions.ts';
import { constraintsOf, requireConstraints } from './constraints.ts';
import { requireChoices, requireRange } from './dimensions.ts';
import { CONSTRAINTS, type Dimension, type LinearConstraint, type SearchSpace } from './search-space.ts';

/** Beside the names that reach into every object: where the stored form keeps the constraints. */
export const STORED_CONSTRAINTS = '$constraints';

const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', '', STORED_CONSTRAINTS]);

/**
 * A search space, checked; its type remembers every parameter (see {@link InferParameters}).
 *
 * @param constraints - What its points must satisfy beside their ranges; kept under {@link CONSTRAINTS}. Default: those
 * that `space` has.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` without parameters; `INVALID_RECORD` for a forbidden name, a condition
 * that cannot hold (no such parameter or value, a circle) or a contradictory constraint; `INVALID_TYPE` for something
 * that is no dimension; and what the builders throw, naming the parameter.
 * @example
 * const space = defineSpace({ units: int(8, 128, { log: true }), bidirectional: boolean() });
 * const crossing = defineSpace({ fast: int(2, 50), slow: int(10, 200) }, [ordered('fast', 'slow', 1)]);
 */
export function defineSpace<const S extends SearchSpace>(
  space: S,
  constraints: readonly LinearConstraint[] = constraintsOf(space),
): S {
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
  for (const [name, { when }] of parameters) if (when !== undefined) requireCondition(space, name, when);
  requireConstraints(space, constraints);
  if (constraints.length === 0 && constraintsOf(space).length === 0) return space;
  return { ...space, [CONSTRAINTS]: constraints };
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
