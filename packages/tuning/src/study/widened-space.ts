import {
  ConflictError,
  canonicalJson,
  canonicalRecord,
  type JsonObject,
  MlperfError,
  parseSpace,
  type SearchSpace,
  type StorageStores,
  type StudyRecord,
  spaceChanges,
} from '@mlperf/core';

/** The space a study searches now. */
export interface CurrentSpace {
  readonly searchSpace: JsonObject;
  /** The first trial that has it; 0 for the space the study was begun with. */
  readonly fromTrial: number;
}

type Stores = Pick<StorageStores, 'studies' | 'trials'>;

/** Stored studies are never changed: each wider space is a record of its own beside them. */
function widenedId(studyId: string, times: number): string {
  return `${studyId}/space-${times}`;
}

/** The space as it was widened last, and how often it was. */
async function currentSpace(stores: Pick<Stores, 'studies'>, study: StudyRecord): Promise<[CurrentSpace, number]> {
  let current: CurrentSpace = { searchSpace: study.searchSpace, fromTrial: 0 };
  for (let times = 1; ; times++) {
    const widened = await stores.studies.get(widenedId(study.studyId, times));
    if (widened === undefined) return [current, times - 1];
    current = { searchSpace: widened.searchSpace, fromTrial: Number(widened.settings?.fromTrial) };
  }
}

/**
 * Goes on with a study in the space that is wanted: the one it has, or a wider one, which is recorded with what changed
 * (`changes`) and the first trial that has it (`fromTrial`).
 *
 * @param requireComparable - Throws when scores in the space before cannot be compared with those in the wider one.
 * @throws {@link ConflictError} `CONFLICT` for any other difference, naming it, and for a wider space while a trial of
 * the study has begun and not ended.
 */
export async function widenSpace(
  stores: Stores,
  study: StudyRecord,
  wanted: JsonObject,
  now: number,
  requireComparable: (before: SearchSpace) => void = () => undefined,
): Promise<CurrentSpace> {
  const [current, times] = await currentSpace(stores, study);
  if (canonicalJson(current.searchSpace) === canonicalJson(wanted)) return current;
  const { studyId } = study;
  const changes = changesOf(studyId, current.searchSpace, wanted);
  requireComparable(parseSpace(current.searchSpace));
  const fromTrial = await endedTrials(stores, studyId);
  const widened = canonicalRecord<StudyRecord>(
    {
      ...study,
      studyId: widenedId(studyId, times + 1),
      searchSpace: wanted,
      settings: { widens: studyId, fromTrial, changes: changes.map((change) => ({ ...change })) },
      createdAt: now,
    },
    `study '${studyId}'`,
  );
  try {
    await stores.studies.create(widened);
    return { searchSpace: wanted, fromTrial };
  } catch (error) {
    // Another process may have widened it in between: to the same, or to something that this is to be compared with.
    const created = await stores.studies.get(widened.studyId);
    if (created === undefined) throw error;
    return widenSpace(stores, study, wanted, now, requireComparable);
  }
}

function changesOf(studyId: string, before: JsonObject, after: JsonObject): ReturnType<typeof spaceChanges> {
  try {
    return spaceChanges(parseSpace(before), parseSpace(after));
  } catch (cause) {
    if (!MlperfError.is(cause) || cause.code !== 'CONFLICT') throw cause;
    throw new ConflictError(
      `study '${studyId}' must be the same search to go on; it differs in searchSpace: ${cause.message}`,
      { cause },
    );
  }
}

/** How many trials there are: all have ended, so that each has one space. */
async function endedTrials(stores: Stores, studyId: string): Promise<number> {
  const open = await stores.trials.claims(studyId);
  let count = 0;
  for (let full = true; full; ) {
    const page = await stores.trials.finished({ studyId, from: count, limit: 1_000 });
    for (const { trialNumber } of page) {
      if (trialNumber !== count) throw stillOpen(studyId, count);
      count++;
    }
    full = page.length === 1_000;
  }
  if (open.length > 0) throw stillOpen(studyId, open[0]!.trialNumber);
  return count;
}

function stillOpen(studyId: string, trialNumber: number): ConflictError {
  return new ConflictError(
    `study '${studyId}' must have ended its trials before its space is widened; trial ${trialNumber} has begun and not ended`,
  );
}
