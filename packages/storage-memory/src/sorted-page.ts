import {
  compareText,
  decodeCursor,
  encodeCursor,
  type JsonValue,
  type Page,
  type PageRequest,
  requirePage,
} from '@mlperf/core';

/** One part of a sort key: its value in a row, and its direction. */
export interface SortPart<T> {
  readonly of: (row: T) => string | number;
  readonly type: 'string' | 'number';
  readonly descending?: boolean;
}

/**
 * Prepares a page of rows in the order of a sort key that no two rows share.
 * @param query - Name and filter of the listing; its cursors fit no other.
 * @returns the reading of the page, for when the rows may be read; the request is judged at once.
 */
export function sortedPage<T>(
  query: JsonValue,
  key: readonly SortPart<T>[],
  request: PageRequest | undefined,
): (rows: Iterable<T>) => Page<T> {
  const { limit, cursor } = requirePage(request);
  const after = decodeCursor(
    query,
    cursor,
    key.map((part) => part.type),
  );
  const position = (row: T) => key.map((part) => part.of(row));
  const compare = (a: readonly (string | number)[], b: readonly (string | number)[]): number => {
    for (let i = 0; i < key.length; i++) {
      const order = compareParts(a[i]!, b[i]!);
      if (order !== 0) return key[i]!.descending === true ? -order : order;
    }
    return 0;
  };
  return (rows) => {
    const sorted = Array.from(rows, (row) => ({ row, at: position(row) }))
      .filter(({ at }) => after === undefined || compare(at, after) > 0)
      .sort((a, b) => compare(a.at, b.at));
    const items = sorted.slice(0, limit).map(({ row }) => row);
    const last = sorted[limit - 1];
    if (last === undefined || sorted.length <= limit) return { items };
    return { items, nextCursor: encodeCursor(query, last.at) };
  };
}

function compareParts(a: string | number, b: string | number): number {
  return typeof a === 'string' && typeof b === 'string' ? compareText(a, b) : Number(a) - Number(b);
}
