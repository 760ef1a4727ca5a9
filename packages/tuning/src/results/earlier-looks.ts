import type { StorageStores, StudyRecord, TrainingExperiment } from '@mlperf/core';
import { loadCompanion } from './companion-records.ts';

const PAGE_LIMIT = 1_000;

/**
 * How many other answers were looked at on the same held out rows, by other studies of the model type: each is another
 * chance to pass by luck. Rows are the same when their artifact is; holdouts that merely overlap are not counted.
 *
 * @param look - What this study stored when it looked; looks after it do not change what was said of it.
 * @remarks One read per study of the model type that has a holdout.
 */
export async function earlierLooks(
  stores: Pick<StorageStores, 'studies' | 'trials'>,
  { studyId, modelType }: Pick<StudyRecord, 'studyId' | 'modelType'>,
  look: TrainingExperiment | undefined,
): Promise<number> {
  if (look?.outOfSample === undefined) return 0;
  const { rows, predictions } = look.outOfSample;
  const answers = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await stores.studies.list(
      { modelType },
      { limit: PAGE_LIMIT, ...(cursor === undefined ? {} : { cursor }) },
    );
    for (const study of page.items) {
      if (study.studyId === studyId || study.settings?.holdout === undefined) continue;
      const other = await loadCompanion(stores, study.studyId, 'holdout');
      if (other?.outOfSample?.rows !== rows || other.createdAt > look.createdAt) continue;
      answers.add(other.outOfSample.predictions);
    }
    if (page.nextCursor === undefined) break;
    cursor = page.nextCursor;
  }
  // The same answers again are no new chance.
  answers.delete(predictions);
  return answers.size;
}
