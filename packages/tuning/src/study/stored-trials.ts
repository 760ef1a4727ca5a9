import {
  ConflictError,
  canonicalJson,
  canonicalRecord,
  type JsonObject,
  type SearchSpace,
  type StorageStores,
  type TrainingExperiment,
  validateParameters,
} from '@mlperf/core';
import type { SampledPoint } from '../samplers/sampler.ts';

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
 * @param hyperparameters - What the study gives the trial.
 * @param point - What the trial says of the space.
 * @throws {@link ConflictError} `CONFLICT` when a stored trial has other hyperparameters, or its point is none of the
 * space: its score would be counted for a point it does not belong to.
 */
export function requireStoredPoint(
  stored: TrainingExperiment,
  hyperparameters: JsonObject,
  space: SearchSpace,
  point: SampledPoint,
): void {
  const wanted = canonicalJson(canonicalRecord(hyperparameters, 'hyperparameters'));
  const found = canonicalJson(stored.hyperparameters);
  const subject = `trial ${stored.trialNumber} of study '${stored.studyId}' must have hyperparameters`;
  if (found !== wanted) throw new ConflictError(`${subject} ${wanted}; stored are ${found}`);
  try {
    validateParameters(space, point);
  } catch (cause) {
    throw new ConflictError(`${subject} of its space; stored are ${found}`, { cause });
  }
}
