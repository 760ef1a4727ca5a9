import { InvalidInputError } from '../errors.ts';
import { isActive } from './conditions.ts';
import { brokenConstraint, describeConstraint } from './constraints.ts';
import type { Dimension, FloatDimension, InferParameters, IntDimension, SearchSpace } from './search-space.ts';
import { isOnStep } from './steps.ts';

/**
 * The parameters, known to be a point of the space: every parameter whose condition holds there, no other, each value
 * allowed, no constraint broken.
 *
 * @returns `parameters` itself, typed.
 * @throws {@link InvalidInputError} `INVALID_RECORD` for a missing or unknown parameter, or one whose condition does not
 * hold; `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE` for a value, naming the parameter; `OUT_OF_RANGE` for a broken
 * constraint.
 * @example validateParameters(defineSpace({ depth: int(1, 10) }), { depth: 3 }).depth; // 3
 */
export function validateParameters<S extends SearchSpace>(
  space: S,
  parameters: Readonly<Record<string, unknown>>,
): InferParameters<S> {
  for (const name of Object.keys(parameters)) {
    if (!Object.hasOwn(space, name)) {
      throw new InvalidInputError(
        'INVALID_RECORD',
        `parameters must be of the space (${Object.keys(space).join(', ')}); got '${name}'`,
      );
    }
  }
  requirePoint(space, parameters);
  return parameters;
}

function requirePoint<S extends SearchSpace>(
  space: S,
  parameters: Readonly<Record<string, unknown>>,
): asserts parameters is InferParameters<S> {
  for (const [name, dimension] of Object.entries<Dimension>(space)) {
    const given = Object.hasOwn(parameters, name);
    if (!isActive(dimension, parameters)) {
      if (!given) continue;
      throw new InvalidInputError(
        'INVALID_RECORD',
        `parameter '${name}' must be absent unless '${dimension.when?.parameter}' is ${dimension.when?.in.map(show).join(' or ')}; got ${show(parameters[name])}`,
      );
    }
    if (!given) throw new InvalidInputError('INVALID_RECORD', `parameter '${name}' must be given; got nothing`);
    requireValue(dimension, parameters[name], `parameter '${name}'`);
  }
  const broken = brokenConstraint(space, parameters);
  if (broken !== undefined) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `parameters must satisfy ${describeConstraint(broken)}; got ${JSON.stringify(parameters)}`,
    );
  }
}

function requireValue(dimension: Dimension, value: unknown, subject: string): void {
  if (dimension.type === 'boolean') {
    if (typeof value === 'boolean') return;
    throw new InvalidInputError('INVALID_TYPE', `${subject} must be true or false; got ${show(value)}`);
  }
  if (dimension.type === 'categorical') {
    if (dimension.choices.some((choice) => choice === value)) return;
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `${subject} must be one of ${dimension.choices.map(show).join(', ')}; got ${show(value)}`,
    );
  }
  requireInRange(dimension, value, subject);
}

function requireInRange(dimension: FloatDimension | IntDimension, value: unknown, subject: string): void {
  if (typeof value !== 'number') {
    throw new InvalidInputError('INVALID_TYPE', `${subject} must be a number; got ${show(value)}`);
  }
  if (!Number.isFinite(value)) {
    throw new InvalidInputError('NOT_FINITE', `${subject} must be finite; got ${value}`);
  }
  const { type, low, high } = dimension;
  if (value < low || value > high) {
    throw new InvalidInputError('OUT_OF_RANGE', `${subject} must be in [${low}, ${high}]; got ${value}`);
  }
  if (type === 'int' && !Number.isInteger(value)) {
    throw new InvalidInputError('INVALID_TYPE', `${subject} must be a whole number; got ${value}`);
  }
  const step = dimension.step;
  if (step === undefined) return;
  if (!isOnStep(dimension, step, value)) {
    throw new InvalidInputError('OUT_OF_RANGE', `${subject} must be ${low} + k · ${step}; got ${value}`);
  }
}

function show(value: unknown): string {
  return typeof value === 'object' || typeof value === 'string' ? JSON.stringify(value) : String(value);
}
