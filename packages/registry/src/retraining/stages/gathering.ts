import type { Dataset, StoredModelVersion } from '@mlperf/core';
import type { RunProgress } from '../run-progress.ts';

/**
 * The host's data up to now; `undefined` while there is not enough.
 *
 * After a drop in accuracy whose change is dated, data with fewer than `config.minRowsSinceChange` rows from after it is not
 * enough while older rows are among it: a challenger that learns or is judged on them would be lost.
 */
export async function gatherData(
  run: RunProgress,
  champion: StoredModelVersion | undefined,
): Promise<Dataset | undefined> {
  const { trigger } = run.entry;
  const { gather, config, changedAt } = run.context;
  const dataset = await run.within('gathering', (signal) => gather({ signal, trigger, champion }));
  const since = trigger.triggerType === 'accuracy_drop' ? changedAt(champion?.versionId) : undefined;
  if (dataset === undefined || since === undefined) return dataset;
  const rows = dataset.labelEndsAt.reduce((count, end) => count + Number(end >= since), 0);
  return rows < config.minRowsSinceChange && rows < dataset.labelEndsAt.length ? undefined : dataset;
}
