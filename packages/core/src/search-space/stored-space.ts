import { InvalidInputError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../types/json.ts';
import { constraintsOf } from './constraints.ts';
import { defineSpace, STORED_CONSTRAINTS } from './define-space.ts';
import type { Dimension, LinearConstraint, SearchSpace } from './search-space.ts';

/** The space as plain data, to be stored: equal spaces give equal content. Defaults are left out. */
export function serializeSpace(space: SearchSpace): JsonObject {
  const constraints = constraintsOf(space);
  return {
    ...Object.fromEntries(
      Object.entries<Dimension>(space).map(([name, dimension]) => [name, serializeDimension(dimension)]),
    ),
    ...(constraints.length === 0 ? {} : { [STORED_CONSTRAINTS]: constraints.map(serializeConstraint) }),
  };
}

/**
 * The space that {@link serializeSpace} gave, checked.
 * @throws {@link InvalidInputError} `INVALID_RECORD` for a field that no dimension has, and what {@link defineSpace}
 * throws.
 */
export function parseSpace(stored: JsonObject): SearchSpace {
  const { [STORED_CONSTRAINTS]: constraints = [], ...parameters } = stored;
  const space = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, parseDimension(name, value)]),
  );
  if (!Array.isArray(constraints)) throw unreadable(STORED_CONSTRAINTS, constraints);
  return defineSpace(space, constraints.map(parseConstraint));
}

/** One dimension as plain data. */
export function serializeDimension(dimension: Dimension): JsonObject {
  const { when } = dimension;
  const condition = when === undefined ? {} : { when: { parameter: when.parameter, in: [...when.in] } };
  if (dimension.type === 'boolean') return { type: 'boolean', ...condition };
  if (dimension.type === 'categorical') return { type: 'categorical', choices: [...dimension.choices], ...condition };
  const { type, low, high, log, step } = dimension;
  const stepByDefault = step === undefined || (type === 'int' && step === 1);
  return { type, low, high, ...(log === true ? { log } : {}), ...(stepByDefault ? {} : { step }), ...condition };
}

/** One constraint as plain data, its parameters in the order of their names. */
export function serializeConstraint({ coefficients, atMost }: LinearConstraint): JsonObject {
  const byName = Object.entries(coefficients).sort(([a], [b]) => (a < b ? -1 : 1));
  return { coefficients: Object.fromEntries(byName), atMost };
}

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  float: ['type', 'low', 'high', 'log', 'step', 'when'],
  int: ['type', 'low', 'high', 'log', 'step', 'when'],
  categorical: ['type', 'choices', 'when'],
  boolean: ['type', 'when'],
};

/** Shape alone; {@link defineSpace} judges the values. */
function parseDimension(name: string, value: JsonValue | undefined): Dimension {
  const type = isObject(value) && typeof value.type === 'string' ? value.type : '';
  const fields = Object.hasOwn(FIELDS, type) ? FIELDS[type]! : undefined;
  if (!isObject(value) || fields === undefined || !Object.keys(value).every((field) => fields.includes(field))) {
    throw unreadable(name, value);
  }
  const { when, low, high, log, step, choices } = value;
  const condition = when === undefined ? {} : { when: parseCondition(name, when) };
  if (type === 'boolean') return { type, ...condition };
  if (type === 'categorical') {
    if (!Array.isArray(choices)) throw unreadable(name, value);
    return { type, choices: choices.map((choice) => categoryValue(name, choice)), ...condition };
  }
  if (typeof low !== 'number' || typeof high !== 'number') throw unreadable(name, value);
  if (log !== undefined && typeof log !== 'boolean') throw unreadable(name, value);
  if (step !== undefined && typeof step !== 'number') throw unreadable(name, value);
  const range = { low, high, ...(log === undefined ? {} : { log }), ...(step === undefined ? {} : { step }) };
  return type === 'int' ? { type, ...range, ...condition } : { type: 'float', ...range, ...condition };
}

function parseCondition(name: string, value: JsonValue) {
  if (!isObject(value) || typeof value.parameter !== 'string' || !Array.isArray(value.in))
    throw unreadable(name, value);
  return { parameter: value.parameter, in: value.in.map((each) => categoryValue(name, each)) };
}

function parseConstraint(value: JsonValue): LinearConstraint {
  if (!isObject(value) || !isObject(value.coefficients) || typeof value.atMost !== 'number') {
    throw unreadable(STORED_CONSTRAINTS, value);
  }
  const coefficients = Object.entries(value.coefficients).map(([name, coefficient]) => {
    if (typeof coefficient !== 'number') throw unreadable(STORED_CONSTRAINTS, value);
    return [name, coefficient] as const;
  });
  return { coefficients: Object.fromEntries(coefficients), atMost: value.atMost };
}

function categoryValue(name: string, value: JsonValue): string | number | boolean {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw unreadable(name, value);
  return value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadable(name: string, value: JsonValue | undefined): InvalidInputError {
  return new InvalidInputError(
    'INVALID_RECORD',
    `'${name}' of a stored space must be as serializeSpace writes it; got ${JSON.stringify(value)}`,
  );
}
