import { MlperfError } from '@mlperf/core';
import { type RawObject, rawArray, rawNumber, rawObject, rawWhole, refusedModel } from '../random-forest/raw-value.ts';

import type { FittedStep } from './preprocessing-step.ts';

const MAX_COLUMNS = 10_000;
const MAX_NAME = 1_000;
const HUGE = Number.MAX_VALUE;

/** A stored step whose shape is known. */
export interface StoredStep {
  readonly inputNames: readonly string[];
  readonly columns: readonly number[];
  /** Values of the further keys, not known yet. */
  readonly rest: RawObject;
}

/**
 * @param keys - The further keys the kind has.
 * @throws `MODEL_FORMAT` saying where.
 */
export function storedStep(value: unknown, at: string, keys: readonly string[]): StoredStep {
  const rest = rawObject(value, at, ['kind', 'formatVersion', 'featureNames', 'columns', ...keys]);
  rawWhole(rest.formatVersion, `${at}.formatVersion`, 1, 1);
  const inputNames = rawArray(rest.featureNames, `${at}.featureNames`, 1, MAX_COLUMNS).map((name, i) => {
    if (typeof name === 'string' && name.length > 0 && name.length <= MAX_NAME) return name;
    throw refusedModel(`${at}.featureNames[${i}]`, 'must be a name');
  });
  if (new Set(inputNames).size < inputNames.length) throw refusedModel(`${at}.featureNames`, 'must be unique');
  const columns = rawArray(rest.columns, `${at}.columns`, 0, inputNames.length).map((column, i, all) => {
    const least = i === 0 ? 0 : Number(all[i - 1]) + 1;
    return rawWhole(column, `${at}.columns[${i}]`, least, inputNames.length - 1);
  });
  return { inputNames, columns, rest };
}

/**
 * A step made of what a file says, whose names may still contradict each other.
 * @throws `MODEL_FORMAT` in place of `INVALID_RECORD`.
 */
export function asStored(at: string, make: () => FittedStep): FittedStep {
  try {
    return make();
  } catch (error) {
    if (MlperfError.is(error)) throw refusedModel(at, error.message);
    throw error;
  }
}

/** One finite number per column. */
export function storedNumbers(value: unknown, at: string, count: number, least = -HUGE): readonly number[] {
  return rawArray(value, at, count, count).map((number, i) => rawNumber(number, `${at}[${i}]`, least, HUGE));
}

/** Ascending finite numbers. */
export function storedAscending(value: unknown, at: string, fewest: number, most: number): readonly number[] {
  return rawArray(value, at, fewest, most).map((number, i, all) =>
    rawNumber(number, `${at}[${i}]`, i === 0 ? -HUGE : Number(all[i - 1]), HUGE),
  );
}
