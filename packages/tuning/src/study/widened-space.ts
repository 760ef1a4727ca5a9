import {
  ConflictError,
  canonicalJson,
  canonicalRecord,
  InvalidInputError,
  type JsonObject,
  MlperfError,
  type PerformanceStorage,
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

const WIDENED_ID = /\/space-\d+$/;

/**
 * That an id is none of those under which wider spaces are stored.
 * @throws {@link InvalidInputError} `INVALID_RECORD`.
 */
export function requireOwnStudyId(studyId: string): void {
  if (!WIDENED_ID.test(studyId)) return;
  throw new InvalidInputError(
    'INVALID_RECORD',
    `studyId must not end like the record of a wider space, '/space-<number>'; got '${studyId}'`,
  );
}

/** The space that a study had after it was widened so many times; `undefined` when it was not. */
export async function readWidening(
  { studies }: Pick<Stores, 'studies'>,
  studyId: string,
  times: number,
): Promise<CurrentSpace | undefined> {
  const record = await studies.get(widenedId(studyId, times));
  if (record?.settings?.widens !== studyId) return undefined;
  const { fromTrial } = record.settings;
  const isCount = typeof fromTrial === 'number' && Number.isSafeInteger(fromTrial) && fromTrial >= 0;
  return isCount ? { searchSpace: record.searchSpace, fromTrial } : undefined;
}

/** The space as it was widened last, and how often it was. */
async function currentSpace(stores: Pick<Stores, 'studies'>, study: StudyRecord): Promise<[CurrentSpace, number]> {
  let current: CurrentSpace = { searchSpace: study.searchSpace, fromTrial: 0 };
  for (let times = 1; ; times++) {
    const widened = await readWidening(stores, study.studyId, times);
    if (widened === undefined) return [current, times - 1];
    current = widened;
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
  const widened = (fromTrial: number) =>
    canonicalRecord<StudyRecord>(
      {
        ...study,
        studyId: widenedId(studyId, times + 1),
        searchSpace: wanted,
        settings: { widens: studyId, fromTrial, changes: changes.map((change) => ({ ...change })) },
        createdAt: now,
      },
      `study '${studyId}'`,
    );
  const fromTrial = await endedTrials(stores, studyId);
  if (!hasTransactions(stores)) {
    throw new InvalidInputError(
      'INVALID_CONFIG',
      `storage must have transactions to widen the space of study '${studyId}'; it has none`,
    );
  }
  try {
    return await stores.transaction(async (tx) => {
      // No trial can begin between the last look and the record.
      const ended = await endedTrials(tx, studyId, fromTrial);
      await tx.studies.create(widened(ended));
      return { searchSpace: wanted, fromTrial: ended };
    });
  } catch (error) {
    // Another process may have widened it in between: to the same, or to something that this is to be compared with.
    if ((await readWidening(stores, studyId, times + 1)) === undefined) throw error;
    return widenSpace(stores, study, wanted, now, requireComparable);
  }
}

function hasTransactions(stores: Stores): stores is Stores & Pick<PerformanceStorage, 'transaction'> {
  return 'transaction' in stores && typeof stores.transaction === 'function';
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

/**
 * How many trials there are: all have ended, so that each has one space.
 * @param known - So many are known to have ended.
 */
async function endedTrials(stores: Stores, studyId: string, known = 0): Promise<number> {
  const open = await stores.trials.claims(studyId);
  let count = known;
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
