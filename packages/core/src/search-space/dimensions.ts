import { InvalidInputError } from '../errors.ts';
import type {
  BooleanDimension,
  CategoricalDimension,
  CategoryValue,
  FloatDimension,
  IntDimension,
} from './search-space.ts';
import { stepCount } from './steps.ts';

/** How a range is searched: its logarithm, or only low + k · step. Not both. */
export interface RangeOptions {
  readonly log?: boolean;
  readonly step?: number;
}

/**
 * A real parameter in [low, high].
 * @param options.log - Search the logarithm; needs low > 0.
 * @param options.step - Only low + k · step ≤ high; > 0 and at most high − low.
 * @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE`.
 * @example float(1e-4, 1e-1, { log: true });
 */
export function float(low: number, high: number, options: RangeOptions = {}): FloatDimension {
  const dimension: FloatDimension = { type: 'float', low, high, ...given(options) };
  requireRange(dimension, 'float');
  return dimension;
}

/**
 * A whole parameter in [low, high].
 * @param options.log - Search the logarithm; needs low ≥ 1.
 * @param options.step - Only low + k · step ≤ high; whole, at least 1 (the default) and at most high − low.
 * @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE` | `INVALID_TYPE` for a bound that is not whole.
 * @example int(8, 128, { log: true });
 */
export function int(low: number, high: number, options: RangeOptions = {}): IntDimension {
  const dimension: IntDimension = { type: 'int', low, high, ...given(options) };
  requireRange(dimension, 'int');
  return dimension;
}

/**
 * One of a few values without an order.
 * @param choices - At least one, no value twice; text, finite numbers or booleans.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `INVALID_TYPE` | `INVALID_RECORD` for a value given twice.
 * @example categorical(['gini', 'entropy']);
 */
export function categorical<const V extends CategoryValue>(choices: readonly V[]): CategoricalDimension<V> {
  const dimension: CategoricalDimension<V> = { type: 'categorical', choices: [...choices] };
  requireChoices(dimension.choices, 'categorical');
  return dimension;
}

/** True or false. */
export function boolean(): BooleanDimension {
  return { type: 'boolean' };
}

/** @param subject - Names the parameter in messages. */
export function requireRange(dimension: FloatDimension | IntDimension, subject: string): void {
  const { type, low, high, log, step } = dimension;
  for (const [name, bound] of [
    ['low', low],
    ['high', high],
  ] as const) {
    if (!Number.isFinite(bound)) {
      throw new InvalidInputError('NOT_FINITE', `${subject}: ${name} must be finite; got ${bound}`);
    }
    if (type === 'int' && !Number.isSafeInteger(bound)) {
      throw new InvalidInputError('INVALID_TYPE', `${subject}: ${name} must be a whole number; got ${bound}`);
    }
  }
  if (low > high || !Number.isFinite(high - low)) {
    throw new InvalidInputError('OUT_OF_RANGE', `${subject}: low must be at most high; got ${low} and ${high}`);
  }
  if (log === true && !(low > 0)) {
    throw new InvalidInputError('OUT_OF_RANGE', `${subject}: a logarithmic range needs low > 0; got ${low}`);
  }
  if (step === undefined) return;
  if (log === true) {
    throw new InvalidInputError('OUT_OF_RANGE', `${subject}: log and step exclude each other; got both`);
  }
  if (type === 'int' && !Number.isSafeInteger(step)) {
    throw new InvalidInputError('INVALID_TYPE', `${subject}: step must be a whole number; got ${step}`);
  }
  const resolved = low + step > low && high - step < high;
  if (!(step > 0 && resolved && stepCount(dimension, step) >= 2)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `${subject}: step must be above 0 and at most high − low = ${high - low}; got ${step}`,
    );
  }
}

/** @param subject - Names the parameter in messages. */
export function requireChoices(choices: readonly unknown[], subject: string): void {
  if (choices.length === 0) {
    throw new InvalidInputError('EMPTY_INPUT', `${subject}: choices must have at least one value; got none`);
  }
  for (const choice of choices) {
    const plain = typeof choice === 'string' || typeof choice === 'boolean' || Number.isFinite(choice);
    if (!plain) {
      throw new InvalidInputError(
        'INVALID_TYPE',
        `${subject}: choices must be text, finite numbers or booleans; got ${String(choice)}`,
      );
    }
  }
  const seen = new Set<unknown>();
  for (const choice of choices) {
    if (seen.has(choice)) {
      throw new InvalidInputError('INVALID_RECORD', `${subject}: choices must be unique; got ${String(choice)} twice`);
    }
    seen.add(choice);
  }
}

function given(options: RangeOptions): RangeOptions {
  return {
    ...(options.log === undefined ? {} : { log: options.log }),
    ...(options.step === undefined ? {} : { step: options.step }),
  };
}
