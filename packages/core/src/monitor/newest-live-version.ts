import type { StorageStores } from '../ports/storage.ts';
import { readRollups } from './report/read-rollups.ts';

const DAY_MS = 86_400_000;
/** Looked through from now backwards, so that an active name is found in the first. */
const LOOK_BACK_DAYS = [2, 60, 800, 36_525];
const PAGE = 1_000;

/** The version that made the newest live prediction of a name, by `predictedAt`; for a name that has no champion. */
export async function newestLiveVersion(
  stores: Pick<StorageStores, 'rollups' | 'predictions'>,
  modelName: string,
  now: number,
): Promise<string | undefined> {
  const to = now + DAY_MS;
  for (const days of LOOK_BACK_DAYS) {
    const from = Math.max(0, now - days * DAY_MS);
    const day = (await stores.rollups.totals({ modelName, role: 'live', from, to })).days.at(-1)?.dayStartAt;
    if (day === undefined) continue;
    const hours = { modelName, role: 'live', from: Math.max(from, day), to: Math.min(to, day + DAY_MS) } as const;
    const hour = (await readRollups(stores, hours)).at(-1)!.hourStartAt;
    let newest: string | undefined;
    let cursor: string | undefined;
    do {
      const page = await stores.predictions.list(
        { modelName, role: 'live', predictedFrom: hour },
        { limit: PAGE, ...(cursor !== undefined && { cursor }) },
      );
      newest = page.items.at(-1)?.modelVersionId ?? newest;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return newest;
  }
  return undefined;
}
