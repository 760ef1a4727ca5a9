import { MlperfError } from '../../errors.ts';
import type { RollupQuery } from '../../ports/rollup-store.ts';
import type { StorageStores } from '../../ports/storage.ts';
import type { OutcomeRollup } from '../../types/rollup.ts';

const HOUR_MS = 3_600_000;

/** Roll-ups of any range: one that is too large for a single answer is read in halves. Same order as one answer. */
export async function readRollups(
  stores: Pick<StorageStores, 'rollups'>,
  query: RollupQuery,
): Promise<readonly OutcomeRollup[]> {
  try {
    return await stores.rollups.range(query);
  } catch (error) {
    const hours = Math.ceil((query.to - query.from) / HOUR_MS);
    if (!MlperfError.is(error) || error.code !== 'TOO_LARGE' || hours < 2) throw error;
    const middle = (Math.floor(query.from / HOUR_MS) + Math.ceil(hours / 2)) * HOUR_MS;
    const older = await readRollups(stores, { ...query, to: middle });
    return [...older, ...(await readRollups(stores, { ...query, from: middle }))];
  }
}
