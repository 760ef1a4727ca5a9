import type { ModelSlot, Page, StorageStores } from '@mlperf/core';

/** Every slot, page by page. */
export async function* readSlots(stores: Pick<StorageStores, 'slots'>): AsyncGenerator<ModelSlot> {
  let cursor: string | undefined;
  do {
    const page: Page<ModelSlot> = await stores.slots.list({
      limit: 1_000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}
