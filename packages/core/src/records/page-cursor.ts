import { InvalidInputError } from '../errors.ts';
import type { JsonValue } from '../types/json.ts';
import { canonicalJson } from './canonical.ts';
import { describeValue } from './checker.ts';

export const DEFAULT_PAGE_LIMIT = 100;
export const MAX_PAGE_LIMIT = 1_000;

/**
 * @param limit - What the caller asked for.
 * @returns the limit to use. @throws {@link InvalidInputError} `INVALID_QUERY` unless a whole number in [1, max].
 */
export function requireLimit(limit: number | undefined, max = MAX_PAGE_LIMIT, fallback = DEFAULT_PAGE_LIMIT): number {
  const value = limit === undefined ? fallback : limit;
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new InvalidInputError(
      'INVALID_QUERY',
      `limit must be a whole number from 1 to ${max}; got ${describeValue(value)}`,
    );
  }
  return value;
}

/**
 * An opaque cursor: the sort key of the last row read, bound to the query that made it.
 * @param query - Name and filter of the listing; a cursor is refused by any other.
 * @param position - Sort key of the last row of the page.
 */
export function encodeCursor(query: JsonValue, position: readonly (string | number)[]): string {
  const body = JSON.stringify([fingerprint(canonicalJson(query)), position]);
  return Buffer.from(`${fingerprint(body)}${body}`, 'utf8').toString('base64url');
}

/** @throws {@link InvalidInputError} `INVALID_QUERY` for a cursor that is not one of this query's. */
export function decodeCursor(
  query: JsonValue,
  cursor: string | undefined,
  shape: readonly ('string' | 'number')[],
): readonly (string | number)[] | undefined {
  if (cursor === undefined) return undefined;
  const text = typeof cursor === 'string' ? Buffer.from(cursor, 'base64url').toString('utf8') : '';
  const body = text.slice(8);
  if (text.slice(0, 8) === fingerprint(body)) {
    const parsed = parseJson(body);
    if (Array.isArray(parsed) && parsed[0] === fingerprint(canonicalJson(query)) && Array.isArray(parsed[1])) {
      const position: readonly unknown[] = parsed[1];
      if (position.length === shape.length && position.every((part, i) => typeof part === shape[i])) {
        return position as readonly (string | number)[];
      }
    }
  }
  throw new InvalidInputError('INVALID_QUERY', 'cursor is not one that this listing returned for the same filter');
}

/** `undefined` for what is no JSON: anybody can put the right fingerprint before it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** FNV-1a, 32 bits: catches accidents and mixed-up queries; a cursor grants nothing, so no secret is needed. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
