import assert from 'node:assert/strict';
import type { Page, PageRequest } from '@mlperf/core';

/** Every item of a listing, page by page; `between` runs after each page. */
export async function readAllPages<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  limit: number,
  between: (pagesRead: number) => Promise<void> = async () => {},
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let pages = 1; ; pages++) {
    assert.ok(pages <= 1_000, 'a listing must come to an end');
    const page: Page<T> = await list(cursor === undefined ? { limit } : { limit, cursor });
    assert.ok(page.items.length <= limit, `a page must hold at most ${limit} items; got ${page.items.length}`);
    items.push(...page.items);
    if (page.nextCursor === undefined) return items;
    assert.equal(page.items.length, limit, 'only the last page may be short');
    cursor = page.nextCursor;
    await between(pages);
  }
}
