import {
  ConflictError,
  canonicalJson,
  canonicalRecord,
  type JsonObject,
  type StorageStores,
  type TrainingExperiment,
} from '@mlperf/core';

const PAGE_LIMIT = 1_000;

/** The finished trials of a study by number, read page by page. */
export async function storedTrials(
  stores: Pick<StorageStores, 'trials'>,
  studyId: string,
): Promise<ReadonlyMap<number, TrainingExperiment>> {
  const byNumber = new Map<number, TrainingExperiment>();
  for (let cursor: string | undefined; ; ) {
    const page = await stores.trials.list(
      { studyId },
      { limit: PAGE_LIMIT, ...(cursor === undefined ? {} : { cursor }) },
    );
    for (const trial of page.items) {
      if (trial.trialNumber !== undefined && trial.state !== 'running') byNumber.set(trial.trialNumber, trial);
    }
    if (page.nextCursor === undefined) return byNumber;
    cursor = page.nextCursor;
  }
}

/**
 * @throws {@link ConflictError} `CONFLICT` when a stored trial has other hyperparameters than the study gives it: its
 * score would be counted for a point it does not belong to.
 */
export function requireSameTrial(stored: TrainingExperiment, hyperparameters: JsonObject): void {
  const wanted = canonicalJson(canonicalRecord(hyperparameters, 'hyperparameters'));
  const found = canonicalJson(stored.hyperparameters);
  if (found !== wanted) {
    throw new ConflictError(
      `trial ${stored.trialNumber} of study '${stored.studyId}' must have hyperparameters ${wanted}; stored are ${found}`,
    );
  }
}
