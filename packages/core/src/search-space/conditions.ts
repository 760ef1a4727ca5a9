import { InvalidInputError } from '../errors.ts';
import type { CategoryValue, Condition, Conditional, Dimension, SearchSpace } from './search-space.ts';

/** A conditional part of a space: each of its parameters under the same condition. */
export type ConditionalPart<P extends Readonly<Record<string, Dimension>>> = {
  readonly [K in keyof P]: Conditional<P[K]>;
};

/**
 * A parameter, or a part of several, that exists only where another one has a value. Parameters of one part are
 * searched together.
 *
 * @param parameter - A categorical or boolean parameter of the same space; it may itself be conditional.
 * @param value - Its value, or several.
 * @param part - A dimension, or dimensions by name to be spread into the space. To nest conditions, name a `parameter`
 * that is itself conditional.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` without a value or an empty part; `INVALID_RECORD` for a dimension
 * that has a condition.
 * @example
 * const space = defineSpace({
 *   booster: categorical(['tree', 'linear']),
 *   ...when('booster', 'tree', { depth: int(1, 9), leaves: int(2, 64) }),
 *   shrinkage: when('booster', 'linear', float(0, 1)),
 * });
 */
export function when<const D extends Dimension>(
  parameter: string,
  value: CategoryValue | readonly CategoryValue[],
  part: D,
): Conditional<D>;
export function when<const P extends Readonly<Record<string, Dimension>>>(
  parameter: string,
  value: CategoryValue | readonly CategoryValue[],
  part: P,
): ConditionalPart<P>;
export function when(
  parameter: string,
  value: CategoryValue | readonly CategoryValue[],
  part: Dimension | Readonly<Record<string, Dimension>>,
): Dimension | Readonly<Record<string, Dimension>> {
  const values = typeof value === 'object' ? [...value] : [value];
  if (values.length === 0) {
    throw new InvalidInputError('EMPTY_INPUT', `a condition on '${parameter}' must name a value; got none`);
  }
  const condition = { parameter, in: values };
  if (isDimension(part)) return conditional(part, condition);
  const parameters = Object.entries(part);
  if (parameters.length === 0) {
    throw new InvalidInputError('EMPTY_INPUT', `a part under '${parameter}' must have a parameter; got none`);
  }
  return Object.fromEntries(parameters.map(([name, dimension]) => [name, conditional(dimension, condition)]));
}

/**
 * Whether the parameter exists beside these.
 * @param parameters - Those that {@link activationOrder} puts before it, without any that does not exist.
 */
export function isActive(dimension: Dimension, parameters: Readonly<Record<string, unknown>>): boolean {
  const { when: condition } = dimension;
  if (condition === undefined) return true;
  if (!Object.hasOwn(parameters, condition.parameter)) return false;
  return condition.in.some((value) => value === parameters[condition.parameter]);
}

/** The names of a checked space, each after the parameter its condition is on; else as defined. O(parameters). */
export function activationOrder(space: SearchSpace): readonly string[] {
  const ordered = new Set<string>();
  const visit = (name: string): void => {
    const condition = space[name]!.when;
    if (condition !== undefined && !ordered.has(condition.parameter)) visit(condition.parameter);
    ordered.add(name);
  };
  for (const name of Object.keys(space)) visit(name);
  return [...ordered];
}

/** @throws {@link InvalidInputError} `INVALID_RECORD` for a condition that cannot hold; see {@link defineSpace}. */
export function requireCondition(space: SearchSpace, name: string, condition: Condition): void {
  const parent = Object.hasOwn(space, condition.parameter) ? space[condition.parameter] : undefined;
  const subject = `the condition of parameter '${name}'`;
  if (parent?.type !== 'categorical' && parent?.type !== 'boolean') {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `${subject} must be on a categorical or boolean parameter of the space; got '${condition.parameter}'`,
    );
  }
  const values: readonly unknown[] = condition.in;
  if (!Array.isArray(values) || values.length === 0) {
    throw new InvalidInputError('EMPTY_INPUT', `${subject} must name a value; got none`);
  }
  const possible: readonly CategoryValue[] = parent.type === 'boolean' ? [false, true] : parent.choices;
  for (const [i, value] of condition.in.entries()) {
    if (!possible.includes(value) || condition.in.indexOf(value) !== i) {
      throw new InvalidInputError(
        'INVALID_RECORD',
        `${subject} must name values of '${condition.parameter}' (${possible.join(', ')}), each once; got ${JSON.stringify(value)}`,
      );
    }
  }
  const seen = new Set([name]);
  for (let up: Condition | undefined = condition; up !== undefined; up = space[up.parameter]?.when) {
    if (seen.has(up.parameter)) {
      throw new InvalidInputError('INVALID_RECORD', `${subject} must not lead back to itself; got '${up.parameter}'`);
    }
    seen.add(up.parameter);
  }
}

function isDimension(part: Dimension | Readonly<Record<string, Dimension>>): part is Dimension {
  return typeof part.type === 'string';
}

function conditional(dimension: Dimension, condition: Condition): Dimension {
  if (dimension.when !== undefined) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `a parameter must have one condition; got one on '${dimension.when.parameter}' and one on '${condition.parameter}'`,
    );
  }
  return { ...dimension, when: condition };
}
