import { InvalidInputError } from '../errors.ts';

/** Most records of one write, and most ids of one read. */
export const MAX_BATCH = 10_000;

/**
 * Each item of a batch, required.
 * @throws {@link InvalidInputError} `INVALID_RECORD` if it is no array, `TOO_LARGE` above {@link MAX_BATCH}, and
 * whatever `require` throws.
 */
export function requireBatch<T, R>(items: readonly T[], subject: string, require: (item: T) => R): R[] {
  if (!Array.isArray(items)) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `${subject} must be an array; got ${items === null ? 'null' : typeof items}`,
    );
  }
  if (items.length > MAX_BATCH) {
    throw new InvalidInputError('TOO_LARGE', `${subject} must be at most ${MAX_BATCH}; got ${items.length}`);
  }
  return Array.from(items as readonly T[], (item) => require(item));
}
