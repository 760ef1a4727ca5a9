import {
  type JsonObject,
  type JsonValue,
  MlperfError,
  type StorageStores,
  type StudyRecord,
  type TrainingExperiment,
} from '@mlperf/core';
import { loadScoredRows } from '../results/out-of-sample-store.ts';
import type { ScoredRows } from '../results/scored-rows.ts';
import { storedTrials } from '../study/stored-trials.ts';

/** From the first row to the last end of a label, epoch milliseconds. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** Of the rows that the trials of a study are scored on. */
export function scoredSpan({ timestamp, labelEndsAt }: Pick<ScoredRows, 'timestamp' | 'labelEndsAt'>): TimeSpan {
  return {
    from: timestamp.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY),
    to: labelEndsAt.reduce((most, at) => Math.max(most, at), Number.NEGATIVE_INFINITY),
  };
}

/**
 * How many trials were tried on data that overlaps in time, in the studies learned from and in those that these learned
 * from: what was lucky there was handed on. Each study counts once; one whose rows are gone is taken to overlap, one that
 * is not stored any more cannot be counted.
 *
 * @param studies - Ids of the studies learned from. @param scored - Of the study that learns.
 * @remarks O(trials) of all of them.
 */
export async function trialsBefore(
  stores: Pick<StorageStores, 'studies' | 'trials' | 'artifacts'>,
  studies: readonly string[],
  scored: TimeSpan,
): Promise<number> {
  const seen = new Set(studies);
  let tried = 0;
  // A set gives what is added while it is gone through.
  for (const studyId of seen) {
    const study = await stores.studies.get(studyId);
    if (study === undefined) continue;
    const trials = [...(await storedTrials(stores, studyId)).values()];
    const rows = await rowsScored(stores, trials);
    if (rows === undefined || overlaps(scoredSpan(rows), scored)) tried += trials.length;
    for (const earlier of studiesBefore(study)) seen.add(earlier);
  }
  return tried;
}

/** The rows the trials are scored on; `undefined` when there are none, or they are gone. */
export async function rowsScored(
  stores: Pick<StorageStores, 'artifacts'>,
  trials: readonly TrainingExperiment[],
): Promise<ScoredRows | undefined> {
  const refs = trials.find(({ outOfSample }) => outOfSample !== undefined)?.outOfSample;
  if (refs === undefined) return undefined;
  try {
    return await loadScoredRows(stores.artifacts, refs);
  } catch (error) {
    // Its rows are gone: nothing says what its scores are worth here.
    if (MlperfError.is(error) && error.code === 'ARTIFACT_CORRUPT') return undefined;
    throw error;
  }
}

function overlaps(a: TimeSpan, b: TimeSpan): boolean {
  return a.from <= b.to && b.from <= a.to;
}

function studiesBefore({ settings }: StudyRecord): readonly string[] {
  const studies = fieldOf(settings?.warmStart, 'studies');
  return Array.isArray(studies) ? studies.filter((id) => typeof id === 'string') : [];
}

/** What a study's record says of the luck that it was handed; 0 for one that learned from none. */
export function triedBefore({ settings }: Pick<StudyRecord, 'settings'>): number {
  const tried = fieldOf(settings?.warmStart, 'tried');
  return typeof tried === 'number' ? tried : 0;
}

function fieldOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isObject(value) ? value[name] : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
