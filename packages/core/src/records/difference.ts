import { ConflictError } from '../errors.ts';
import { sameContent } from './canonical.ts';
import { describeValue, isObject } from './checker.ts';

/**
 * The first place where two canonical records differ, with both values: `confidence is 0.6; got 0.7`.
 * @returns `undefined` for the same content.
 */
export function describeDifference(stored: object, given: object): string | undefined {
  return differenceAt('', stored, given);
}

/** The refusal of a record whose id is stored with other content, saying where the two differ. */
export function contentConflict(subject: string, stored: object, given: object): ConflictError {
  const difference = describeDifference(stored, given);
  return new ConflictError(
    `${subject} is stored with other content${difference === undefined ? '' : `: ${difference}`}`,
  );
}

function differenceAt(path: string, stored: unknown, given: unknown): string | undefined {
  if (sameContent(stored, given)) return undefined;
  if (isObject(stored) && isObject(given)) {
    for (const key of new Set([...Object.keys(stored), ...Object.keys(given)])) {
      const found = differenceAt(path === '' ? key : `${path}.${key}`, stored[key], given[key]);
      if (found !== undefined) return found;
    }
  }
  if (Array.isArray(stored) && Array.isArray(given) && stored.length === given.length) {
    for (let i = 0; i < stored.length; i++) {
      const found = differenceAt(`${path}[${i}]`, stored[i], given[i]);
      if (found !== undefined) return found;
    }
  }
  return `${path} is ${stored === undefined ? 'absent' : describeValue(stored)}; got ${describeValue(given)}`;
}
