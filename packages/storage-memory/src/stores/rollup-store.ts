import {
  compareText,
  InvalidInputError,
  type OutcomeRollup,
  type RollupQuery,
  type RollupStore,
  RollupSums,
  type RollupTotals,
  requireRollupQuery,
} from '@mlperf/core';
import { matches } from '../matches.ts';
import { HOUR_MS, hourOf, rollupListKey } from '../rollup-upkeep.ts';
import type { StoreRunner } from '../store-runner.ts';
import type { Tables } from '../tables.ts';

const MAX_ROLLUPS = 100_000;
const DAY_MS = 24 * HOUR_MS;

export function createRollupStore(tables: Tables, run: StoreRunner): RollupStore {
  return {
    async range(query) {
      const wanted = requireRollupQuery(query);
      return run(() => {
        const found = select(tables, wanted);
        if (found.length > MAX_ROLLUPS) {
          throw new InvalidInputError(
            'TOO_LARGE',
            `roll-up query must cover at most ${MAX_ROLLUPS} roll-ups; got ${found.length}: ask for a shorter range`,
          );
        }
        return found.sort(byHourVersionSegment);
      });
    },

    async totals(query) {
      const wanted = requireRollupQuery(query);
      return run(() => totalsOf(select(tables, wanted)));
    },
  };
}

function select(tables: Tables, { from, to, ...equal }: RollupQuery): OutcomeRollup[] {
  const { modelVersionId, modelName } = equal;
  const firstHour = hourOf(from);
  return tables.rollupKeys
    .get(modelVersionId === undefined ? rollupListKey('name', modelName!) : rollupListKey('version', modelVersionId))
    .map((key) => tables.rollups.get(key)!)
    .filter((rollup) => rollup.hourStartAt >= firstHour && rollup.hourStartAt < to && matches(rollup, equal));
}

function totalsOf(rollups: readonly OutcomeRollup[]): RollupTotals {
  const versions = new RollupSums<string>();
  const segments = new RollupSums<string>();
  const days = new RollupSums<number>();
  for (const rollup of rollups) {
    versions.add(rollup.modelVersionId, rollup);
    segments.add(rollup.segment, rollup);
    days.add(Math.floor(rollup.hourStartAt / DAY_MS) * DAY_MS, rollup);
  }
  return {
    versions: versions.sorted(compareText).map(([modelVersionId, sum]) => ({ modelVersionId, ...sum })),
    segments: segments.sorted(compareText).map(([segment, sum]) => ({ segment, ...sum })),
    days: days.sorted((a, b) => a - b).map(([dayStartAt, sum]) => ({ dayStartAt, ...sum })),
  };
}

function byHourVersionSegment(a: OutcomeRollup, b: OutcomeRollup): number {
  return (
    a.hourStartAt - b.hourStartAt ||
    compareText(a.modelVersionId, b.modelVersionId) ||
    compareText(a.segment, b.segment) ||
    compareText(a.modelName ?? '', b.modelName ?? '')
  );
}
