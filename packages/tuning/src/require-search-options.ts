import { InvalidInputError } from '@mlperf/core';
import { MAX_GRID_POINTS } from './samplers/grid-sampler.ts';
import type { DuplicatePolicy } from './study/point-proposer.ts';
import { requireStopConditions } from './study/stop-conditions.ts';
import type { SearchOptions } from './tuner-options.ts';

/** What a timer of the platform can hold, almost 25 days. */
const MAX_DEADLINE_MS = 2 ** 31 - 1;

/** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
export function requireDeadline(deadlineMs: number | undefined, name: string): void {
  if (deadlineMs === undefined) return;
  if (typeof deadlineMs !== 'number' || !(deadlineMs > 0 && deadlineMs <= MAX_DEADLINE_MS)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `${name} must be above 0 and at most ${MAX_DEADLINE_MS}; got ${deadlineMs}`,
    );
  }
}

/** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
export function requireTrialCount(nTrials: number): number {
  if (!Number.isInteger(nTrials) || nTrials < 1 || nTrials > MAX_GRID_POINTS) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `nTrials must be a whole number from 1 to ${MAX_GRID_POINTS}; got ${nTrials}`,
    );
  }
  return nTrials;
}

const DUPLICATES: readonly unknown[] = ['reuse', 'replicate', 'skip'];

/** What every search takes. @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
export function requireSearchOptions(options: SearchOptions): void {
  requireStopConditions(options);
  if (options.duplicates !== undefined) requireDuplicates(options.duplicates);
}

/** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
export function requireDuplicates(duplicates: DuplicatePolicy): DuplicatePolicy {
  if (DUPLICATES.includes(duplicates)) return duplicates;
  throw new InvalidInputError(
    'OUT_OF_RANGE',
    `duplicates must be 'reuse', 'replicate' or 'skip'; got ${String(duplicates)}`,
  );
}
