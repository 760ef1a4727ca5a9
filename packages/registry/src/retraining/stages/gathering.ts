import type { Dataset, StoredModelVersion } from '@mlperf/core';
import type { RunProgress } from '../run-progress.ts';

/** The host's data up to now; `undefined` while there is not enough. */
export function gatherData(run: RunProgress, champion: StoredModelVersion | undefined): Promise<Dataset | undefined> {
  const { trigger } = run.entry;
  return run.within('gathering', (signal) => run.context.gather({ signal, trigger, champion }));
}
