import type { Page, PageRequest, PerformanceStorage } from '@mlperf/core';
import { LANES, MODEL_NAME } from './lanes.ts';

/**
 * All that the lanes have written, without the numbers that depend on which lane came first. Equal for two stores that
 * have taken the same writes, each once.
 */
export async function everythingStored(storage: PerformanceStorage) {
  const predictions = await everyPage((page) => storage.predictions.list({}, page));
  const events = await storage.outbox.read({ consumer: 'everything', after: 0, limit: 1_000 });
  const promotions = await everyPage((page) => storage.promotions.list(MODEL_NAME, page));
  return {
    predictions: predictions.map(({ outcome, ...prediction }) =>
      outcome === undefined ? prediction : { ...prediction, outcome: { ...outcome, sequence: 0 } },
    ),
    windows: await storage.windows.recent({ modelVersionId: 'windows', limit: 1_000 }),
    state: await storage.monitorStates.get('windows'),
    reference: await storage.references.get('windows', 'features'),
    artifacts: await everyPage((page) => storage.artifacts.list(page)),
    models: await everyPage((page) => storage.models.list({}, page)),
    slots: await everyPage((page) => storage.slots.list(page)),
    promotions: promotions.map(({ sequence: _, ...promotion }) => promotion),
    events: events.map(({ sequence: _, ...event }) => event),
    trials: await everyPage((page) => storage.trials.list({}, page)),
  };
}

/** Makes the first `counts` writes of each lane. */
export async function writeLanes(storage: PerformanceStorage, counts: Readonly<Record<string, number>>): Promise<void> {
  for (const lane of LANES) {
    for (let n = 0; n < counts[lane.name]!; n++) await lane.write(storage, n);
  }
}

async function everyPage<T>(list: (page: PageRequest) => Promise<Page<T>>): Promise<readonly T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return all;
}
