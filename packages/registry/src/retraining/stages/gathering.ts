import { type Dataset, MlperfError, type StoredModelVersion } from '@mlperf/core';
import type { RunProgress } from '../run-progress.ts';

const DAY_MS = 86_400_000;

/**
 * The host's data up to now; `undefined` while there is not enough.
 *
 * After a drop in accuracy whose change is dated, data with fewer than `config.minRowsSinceChange` rows from after it is not
 * enough while older rows are among it: a challenger that learns or is judged on them would be lost.
 *
 * @throws {@link MlperfError} `TRAINING_FAILED` once it has waited `maxGatherDays`, so that nothing waits behind it for ever.
 */
export async function gatherData(
  run: RunProgress,
  champion: StoredModelVersion | undefined,
): Promise<Dataset | undefined> {
  const { trigger } = run.entry;
  const { gather, config, changedAt } = run.context;
  const dataset = await run.within('gathering', (signal) => gather({ signal, trigger, champion }));
  const since = trigger.triggerType === 'accuracy_drop' ? changedAt(champion?.versionId) : undefined;
  if (dataset === undefined) return requireInTime(run);
  if (since === undefined) return dataset;
  const rows = dataset.labelEndsAt.reduce((count, end) => count + Number(end >= since), 0);
  return rows < config.minRowsSinceChange && rows < dataset.labelEndsAt.length ? requireInTime(run) : dataset;
}

function requireInTime({ entry, context }: RunProgress): undefined {
  const { maxGatherDays } = context.config;
  if (context.clock.now() - entry.updatedAt < maxGatherDays * DAY_MS) return undefined;
  throw new MlperfError('TRAINING_FAILED', `enough data must be there within ${maxGatherDays} days; it was not`);
}
