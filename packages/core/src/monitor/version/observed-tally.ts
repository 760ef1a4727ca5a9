import type { JsonValue } from '../../types/json.ts';
import type { Direction } from '../../types/prediction.ts';

/** How often each direction was observed. */
export type ObservedTally = Record<Direction, number>;

export function emptyTally(): ObservedTally {
  return { up: 0, down: 0, flat: 0 };
}

/** What always naming the most frequent direction would have scored; `undefined` while nothing is counted. */
export function noSkillAccuracyOfTally({ up, down, flat }: ObservedTally): number | undefined {
  const outcomes = up + down + flat;
  return outcomes === 0 ? undefined : Math.max(up, down, flat) / outcomes;
}

/** @returns `undefined` unless all of `outcomes` are counted: states of an earlier release have no tally. */
export function tallyFrom(value: JsonValue | undefined, outcomes: number): ObservedTally | undefined {
  if (outcomes === 0) return emptyTally();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const counts = value as { readonly [direction: string]: JsonValue };
  const tally = { up: Number(counts.up), down: Number(counts.down), flat: Number(counts.flat) };
  return tally.up + tally.down + tally.flat === outcomes ? tally : undefined;
}
