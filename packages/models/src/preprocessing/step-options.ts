import { InvalidInputError } from '@mlperf/core';

/**
 * Checks that a step was given an object with keys it has, and feature names as its columns.
 *
 * @param known - The keys beside `columns`.
 * @throws {@link InvalidInputError} `INVALID_TYPE`; `INVALID_RECORD` for an unknown key, as misspelt ones are.
 */
export function requireStepOptions(options: unknown, step: string, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidInputError('INVALID_TYPE', `the options of ${step} must be an object; got ${described(options)}`);
  }
  const unknown = Object.keys(options).find((key) => key !== 'columns' && !known.includes(key));
  if (unknown !== undefined) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `the options of ${step} are ${['columns', ...known].join(', ')}; got '${unknown}'`,
    );
  }
  const columns: unknown = 'columns' in options ? options.columns : undefined;
  if (columns === undefined) return;
  if (Array.isArray(columns) && columns.every((name) => typeof name === 'string')) return;
  throw new InvalidInputError('INVALID_TYPE', `columns must be a list of feature names; got ${described(columns)}`);
}

/**
 * The two ends of a range.
 * @throws {@link InvalidInputError} `INVALID_TYPE` unless it is a list of two numbers.
 */
export function requirePair(value: unknown): readonly [low: number, high: number] {
  if (Array.isArray(value) && value.length === 2) {
    const [low, high]: unknown[] = value;
    if (typeof low === 'number' && typeof high === 'number') return [low, high];
  }
  throw new InvalidInputError('INVALID_TYPE', `range must be a list of two numbers; got ${described(value)}`);
}

/** @throws {@link InvalidInputError} `INVALID_TYPE`. */
export function requireFlag(value: unknown, name: string): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new InvalidInputError('INVALID_TYPE', `${name} must be true or false; got ${described(value)}`);
}

function described(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'another list' : typeof value;
}
