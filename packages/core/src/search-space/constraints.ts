import { InvalidInputError } from '../errors.ts';
import {
  CONSTRAINTS,
  type Dimension,
  type FloatDimension,
  type IntDimension,
  type LinearConstraint,
  type SearchSpace,
} from './search-space.ts';

/**
 * A linear constraint: Σ coefficientᵢ · parameterᵢ ≤ atMost.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` for a coefficient of 0.
 * @example linearConstraint({ subsample: 1, holdout: 1 }, { atMost: 1 });
 */
export function linearConstraint(
  coefficients: Readonly<Record<string, number>>,
  { atMost }: { readonly atMost: number },
): LinearConstraint {
  const constraint = { coefficients: { ...coefficients }, atMost };
  requireNumbers(constraint);
  return constraint;
}

/**
 * One parameter stays below another one: lower + gap ≤ upper.
 * @param gap - Default 0; 1 keeps two whole parameters apart.
 * @throws {@link InvalidInputError} `INVALID_RECORD` for one name twice; `NOT_FINITE`.
 * @example defineSpace({ fast: int(2, 50), slow: int(10, 200) }, [ordered('fast', 'slow', 1)]);
 */
export function ordered(lower: string, upper: string, gap = 0): LinearConstraint {
  if (lower === upper) {
    throw new InvalidInputError('INVALID_RECORD', `an order must be of two parameters; got '${lower}' twice`);
  }
  return linearConstraint({ [lower]: 1, [upper]: -1 }, { atMost: 0 - gap });
}

/** The constraints of a space, none if it has none. */
export function constraintsOf(space: SearchSpace): readonly LinearConstraint[] {
  return space[CONSTRAINTS] ?? [];
}

/**
 * The first constraint a point breaks; `undefined` when it breaks none. Rounding (1e-9 of the terms) is forgiven.
 * @param parameters - Those that exist; numbers where a constraint names them.
 */
export function brokenConstraint(
  space: SearchSpace,
  parameters: Readonly<Record<string, unknown>>,
): LinearConstraint | undefined {
  return constraintsOf(space).find(({ coefficients, atMost }) => {
    let sum = 0;
    let size = Math.abs(atMost);
    for (const [name, coefficient] of Object.entries(coefficients)) {
      const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
      if (typeof value !== 'number') return false;
      sum += coefficient * value;
      size += Math.abs(coefficient * value);
    }
    return sum - atMost > 1e-9 * size;
  });
}

/** As it is read: `1 · fast + -1 · slow ≤ 0`. */
export function describeConstraint({ coefficients, atMost }: LinearConstraint): string {
  const terms = Object.entries(coefficients).map(([name, coefficient]) => `${coefficient} · ${name}`);
  return `${terms.join(' + ')} ≤ ${atMost}`;
}

/**
 * @throws {@link InvalidInputError} for a constraint that is malformed or names no range of the space, and
 * `INVALID_RECORD` where the ranges leave nothing that satisfies them: each by itself, and those on parameters that
 * always exist together, as far as tightening one range by the others shows it.
 */
export function requireConstraints(space: SearchSpace, constraints: readonly LinearConstraint[]): void {
  for (const constraint of constraints) {
    requireNumbers(constraint);
    for (const name of Object.keys(constraint.coefficients)) {
      const type = Object.hasOwn(space, name) ? space[name]!.type : undefined;
      if (type !== 'float' && type !== 'int') {
        throw new InvalidInputError(
          'INVALID_RECORD',
          `the constraint ${describeConstraint(constraint)} must be on ranges of the space; got '${name}'`,
        );
      }
    }
    tighten(space, [constraint]);
  }
  const always = ({ coefficients }: LinearConstraint) =>
    Object.keys(coefficients).every((name) => space[name]!.when === undefined);
  tighten(space, constraints.filter(always));
}

/** More rounds than any chain of a sane space needs; what is still contradictory then is found when sampling. */
const MAX_ROUNDS = 1_000;

/** Narrows ranges by the constraints until nothing moves. @throws `INVALID_RECORD` when a range gets empty. */
function tighten(space: SearchSpace, constraints: readonly LinearConstraint[]): void {
  const ranges = new Map<string, { low: number; high: number }>();
  for (const { coefficients } of constraints) {
    for (const name of Object.keys(coefficients)) ranges.set(name, rangeOf(space[name]));
  }
  for (let round = 0, moved = true; moved && round < MAX_ROUNDS; round++) {
    moved = false;
    for (const constraint of constraints) {
      if (narrow(space, constraint, ranges)) moved = true;
    }
  }
}

function narrow(
  space: SearchSpace,
  constraint: LinearConstraint,
  ranges: ReadonlyMap<string, { low: number; high: number }>,
): boolean {
  const terms = Object.entries(constraint.coefficients).map(([name, coefficient]) => {
    const range = ranges.get(name)!;
    return { name, coefficient, range, least: coefficient * (coefficient > 0 ? range.low : range.high) };
  });
  const least = terms.reduce((sum, term) => sum + term.least, 0);
  const slack = 1e-9 * terms.reduce((sum, term) => sum + Math.abs(term.least), Math.abs(constraint.atMost));
  if (least - constraint.atMost > slack) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `the constraint ${describeConstraint(constraint)} must leave some point of the space; got a contradiction`,
    );
  }
  let moved = false;
  for (const { name, coefficient, range, least: own } of terms) {
    const limit = (constraint.atMost - (least - own) + slack) / coefficient;
    const whole = space[name]!.type === 'int';
    if (coefficient > 0) {
      const high = whole ? Math.floor(limit) : limit;
      if (high < range.high - Math.abs(range.high) * 1e-12) {
        range.high = Math.max(high, range.low);
        moved = true;
      }
    } else {
      const low = whole ? Math.ceil(limit) : limit;
      if (low > range.low + Math.abs(range.low) * 1e-12) {
        range.low = Math.min(low, range.high);
        moved = true;
      }
    }
  }
  return moved;
}

function rangeOf(dimension: Dimension | undefined): { low: number; high: number } {
  const { low, high } = dimension as FloatDimension | IntDimension;
  return { low, high };
}

function requireNumbers({ coefficients, atMost }: LinearConstraint): void {
  const entries = Object.entries(coefficients);
  if (entries.length === 0) {
    throw new InvalidInputError('EMPTY_INPUT', 'a constraint must name a parameter; got none');
  }
  for (const [name, value] of [...entries, ['atMost', atMost] as const]) {
    if (!Number.isFinite(value)) {
      throw new InvalidInputError('NOT_FINITE', `a constraint's ${name} must be finite; got ${value}`);
    }
  }
  for (const [name, coefficient] of entries) {
    if (coefficient === 0) {
      throw new InvalidInputError('OUT_OF_RANGE', `a constraint's coefficient of '${name}' must not be 0; got 0`);
    }
  }
}
