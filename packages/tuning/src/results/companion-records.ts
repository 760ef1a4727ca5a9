import { MlperfError, type StorageStores, type TrainingExperiment } from '@mlperf/core';

/** What is stored of a study beside its trials; not counted among them. */
export type Companion = 'incumbent' | 'holdout' | 'holdout-ref';

/** Its name is short: a study's id leaves room for twelve characters. */
export function companionId(studyId: string, companion: Companion): string {
  return `${studyId}/${companion}`;
}

export function loadCompanion(
  stores: Pick<StorageStores, 'trials'>,
  studyId: string,
  companion: Companion,
): Promise<TrainingExperiment | undefined> {
  return stores.trials.get(companionId(studyId, companion));
}

/**
 * Stores a companion, or takes what another process stored first: it is looked at once.
 * @returns what is stored.
 */
export async function saveCompanion(
  stores: Pick<StorageStores, 'trials'>,
  record: TrainingExperiment,
): Promise<TrainingExperiment> {
  try {
    await stores.trials.save(record);
    return record;
  } catch (error) {
    if (!MlperfError.is(error) || error.code !== 'CONFLICT') throw error;
    return (await stores.trials.get(record.experimentId)) ?? record;
  }
}
