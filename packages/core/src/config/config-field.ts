import { define, type Struct } from 'superstruct';

/** One field of the configuration: what it accepts, in words and as a check, and what it is when left out. */
export interface ConfigField<T> {
  /** Completes "must be …", such as `a whole number from 1 to 100`. */
  readonly expectation: string;
  readonly struct: Struct<T, null>;
  /** Absent: the field stays absent when left out. */
  readonly fallback?: T;
}

/** The fields of a section, one for each property of its type; those with a default are required in the type. */
export type ConfigFields<Section extends object> = {
  readonly [Name in keyof Required<Section>]: ConfigField<Required<Section>[Name]> &
    (undefined extends Section[Name] ? object : { readonly fallback: Section[Name] });
};

/** One lower and one upper end. */
interface Bounds {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly below?: number;
}

export function wholeNumber(from: number, to: number): ConfigField<number> {
  return field(
    `a whole number from ${from} to ${to}`,
    (value): value is number => typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to,
  );
}

export function numberWithin(bounds: Bounds): ConfigField<number> {
  const { from = Number.NEGATIVE_INFINITY, above = Number.NEGATIVE_INFINITY } = bounds;
  const { to = Number.POSITIVE_INFINITY, below = Number.POSITIVE_INFINITY } = bounds;
  const lower = bounds.from === undefined ? `above ${above}` : `of at least ${from}`;
  const upper = bounds.to === undefined ? `below ${below}` : `at most ${to}`;
  return field(
    `a number ${lower} and ${upper}`,
    (value): value is number =>
      typeof value === 'number' &&
      Number.isFinite(value) &&
      value >= from &&
      value > above &&
      value <= to &&
      value < below,
  );
}

export function oneOf<const Choice extends string>(...choices: readonly [Choice, ...Choice[]]): ConfigField<Choice> {
  return field(choices.map((choice) => JSON.stringify(choice)).join(' or '), (value): value is Choice =>
    choices.some((choice) => choice === value),
  );
}

export function text(longest: number): ConfigField<string> {
  return field(
    `a text of 1 to ${longest} characters`,
    (value): value is string => typeof value === 'string' && value.length > 0 && value.length <= longest,
  );
}

export function trueOrFalse(): ConfigField<boolean> {
  return field('true or false', (value): value is boolean => typeof value === 'boolean');
}

/** The field, with what it is when left out. */
export function withDefault<T>(field: ConfigField<T>, fallback: T): ConfigField<T> & { readonly fallback: T } {
  return { ...field, fallback };
}

/** A refused value as a message shows it. */
export function showValue(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint' || value === undefined) return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  try {
    const shown = JSON.stringify(value) ?? String(value);
    return shown.length <= 80 ? shown : `${shown.slice(0, 77)}...`;
  } catch {
    return `a ${typeof value} that JSON cannot show`;
  }
}

function field<T>(expectation: string, accepts: (value: unknown) => value is T): ConfigField<T> {
  const struct = define<T>(
    expectation,
    (value) => accepts(value) || { message: `must be ${expectation}; got ${showValue(value)}` },
  );
  return { expectation, struct };
}
