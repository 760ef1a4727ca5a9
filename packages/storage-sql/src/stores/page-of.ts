import { encodeCursor, type JsonValue, type Page } from '@mlperf/core';

/**
 * The page that `limit + 1` rows make: the surplus row only tells that there is a next one.
 * @param positionOf - Sort key of an item, in the order the listing sorts by.
 */
export function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  listing: JsonValue,
  toItem: (row: R) => T,
  positionOf: (row: R) => readonly (string | number)[],
): Page<T> {
  const items = rows.slice(0, limit).map(toItem);
  const last = rows[limit - 1];
  return rows.length > limit && last !== undefined
    ? { items, nextCursor: encodeCursor(listing, positionOf(last)) }
    : { items };
}
