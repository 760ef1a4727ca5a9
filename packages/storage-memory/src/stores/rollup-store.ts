import { compareText, InvalidInputError, type OutcomeRollup, type RollupStore, requireRollupQuery } from '@mlperf/core';
import { matches } from '../matches.ts';
import { hourOf, rollupListKey } from '../rollup-upkeep.ts';
import type { StoreRunner } from '../store-runner.ts';
import type { Tables } from '../tables.ts';

const MAX_ROLLUPS = 100_000;

export function createRollupStore(tables: Tables, run: StoreRunner): RollupStore {
  return {
    async range(query) {
      const { from, to, ...equal } = requireRollupQuery(query);
      const { modelVersionId, modelName } = equal;
      const firstHour = hourOf(from);
      return run(() => {
        const keys = tables.rollupKeys.get(
          modelVersionId === undefined ? rollupListKey('name', modelName!) : rollupListKey('version', modelVersionId),
        );
        const found = keys
          .map((key) => tables.rollups.get(key)!)
          .filter((rollup) => rollup.hourStartAt >= firstHour && rollup.hourStartAt < to && matches(rollup, equal));
        if (found.length > MAX_ROLLUPS) {
          throw new InvalidInputError(
            'TOO_LARGE',
            `roll-up query must cover at most ${MAX_ROLLUPS} roll-ups; got ${found.length}: ask for a shorter range`,
          );
        }
        return found.sort(byHourVersionSegment);
      });
    },
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
