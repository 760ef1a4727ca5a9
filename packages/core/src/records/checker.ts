import { type ErrorCode, InvalidInputError } from '../errors.ts';
import { canonicalRecord } from './canonical.ts';

/** The part of a record that breaks its contract. */
export interface Problem {
  /** From the record inwards: `probabilities.up`, `cvScores[2]`; empty for the record itself. */
  readonly path: string;
  /** What should have been there, to follow `must be`. */
  readonly expectation: string;
  readonly value: unknown;
}

/** Judges one value; `undefined` when nothing is wrong with it. */
export type Checker = (value: unknown) => Problem | undefined;

/** One checker for each property of `T`, optional ones included. */
export type FieldCheckers<T> = { readonly [K in keyof T]-?: Checker };

export function problem(expectation: string, value: unknown): Problem {
  return { path: '', expectation, value };
}

/** The same problem, seen from the value that holds the part. */
export function within(part: string, inner: Problem): Problem {
  const path = inner.path === '' || inner.path.startsWith('[') ? `${part}${inner.path}` : `${part}.${inner.path}`;
  return { path, expectation: inner.expectation, value: inner.value };
}

/** A value that satisfies `test`. */
export function satisfying(expectation: string, test: (value: unknown) => boolean): Checker {
  return (value) => (test(value) ? undefined : problem(expectation, value));
}

export function optional(checker: Checker): Checker {
  return (value) => (value === undefined ? undefined : checker(value));
}

export function nullable(checker: Checker): Checker {
  return (value) => (value === null ? undefined : checker(value));
}

export function oneOf(values: readonly string[]): Checker {
  const expectation = `one of ${values.join(', ')}`;
  return (value) => (values.includes(value as string) ? undefined : problem(expectation, value));
}

export const aBoolean: Checker = satisfying('true or false', (value) => typeof value === 'boolean');

/** An object with these fields and no other. A property whose value is `undefined` counts as absent. */
export function shape<T>(fields: FieldCheckers<T>): Checker {
  const checkers = Object.entries<Checker>(fields);
  return (value) => {
    if (!isObject(value)) return problem('an object', value);
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(fields, key) && value[key] !== undefined) return within(key, problem(ABSENT, value[key]));
    }
    for (const [key, checker] of checkers) {
      const found = checker(Object.hasOwn(value, key) ? value[key] : undefined);
      if (found !== undefined) return within(key, found);
    }
    return undefined;
  };
}

/** An object with any non-empty keys, at most `max` of them, whose values all pass. */
export function mapOf(checker: Checker, max: number): Checker {
  return (value) => {
    if (!isObject(value)) return problem('an object', value);
    const keys = Object.keys(value);
    if (keys.length > max) return problem(`an object with at most ${max} keys`, value);
    for (const key of keys) {
      const found = key === '' ? problem(ABSENT, value[key]) : checker(value[key]);
      if (found !== undefined) return within(key === '' ? '(empty key)' : key, found);
    }
    return undefined;
  };
}

/** An array of at most `max` values that all pass. */
export function listOf(checker: Checker, max: number): Checker {
  return (value) => {
    if (!Array.isArray(value)) return problem('an array', value);
    if (value.length > max) return problem(`an array of at most ${max} values`, value);
    for (let i = 0; i < value.length; i++) {
      const found = checker(value[i]);
      if (found !== undefined) return within(`[${i}]`, found);
    }
    return undefined;
  };
}

/** Every checker in turn; the first problem counts. */
export function allOf(...checkers: readonly Checker[]): Checker {
  return (value) => {
    for (const checker of checkers) {
      const found = checker(value);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/**
 * The canonical copy of a record that passes.
 * @param subject - Names the record in messages, such as `prediction 'p1'`.
 * @throws {@link InvalidInputError} `INVALID_RECORD` with subject, path, expectation and what came.
 */
export function requireRecord<T>(record: T, subject: string, checker: Checker): T {
  const copy = canonicalRecord(record, subject);
  refuseProblem(checker(copy), subject, 'INVALID_RECORD');
  return copy;
}

/**
 * A copy of a query or filter that passes.
 * @throws {@link InvalidInputError} `INVALID_QUERY` with subject, path, expectation and what came.
 */
export function requireQuery<T extends object>(query: T, subject: string, checker: Checker): T {
  refuseProblem(checker(query), subject, 'INVALID_QUERY');
  return { ...query };
}

/** @throws {@link InvalidInputError} with `code` when there is a problem. */
export function refuseProblem(found: Problem | undefined, subject: string, code: ErrorCode): void {
  if (found === undefined) return;
  const place = found.path === '' ? subject : `${subject}: ${found.path}`;
  throw new InvalidInputError(code, `${place} must be ${found.expectation}; got ${describeValue(found.value)}`);
}

/** Names a record by its id where it has a usable one: `prediction 'p1'`. */
export function subjectOf(kind: string, record: unknown, idField: string): string {
  const id = isObject(record) ? record[idField] : undefined;
  return typeof id === 'string' && id !== '' && id.length <= 80 ? `${kind} '${id}'` : kind;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const ABSENT = 'absent, it is no known field';

/** A value as messages show it: short, and safe for whatever came. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') {
    return value.length > 60
      ? `${JSON.stringify(value.slice(0, 60))}… (${value.length} characters)`
      : JSON.stringify(value);
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'bigint' ? `${value}n` : String(value);
}
