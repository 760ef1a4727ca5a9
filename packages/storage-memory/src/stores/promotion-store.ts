import { type PromotionRecord, type PromotionStore, requireKey, requireTimeBound } from '@mlperf/core';
import { sortedPage } from '../sorted-page.ts';
import type { StoreRunner } from '../store-runner.ts';
import type { Tables } from '../tables.ts';

export function createPromotionStore(tables: Tables, run: StoreRunner): PromotionStore {
  return {
    async list(modelName, page) {
      requireKey(modelName, 'modelName');
      const read = sortedPage<PromotionRecord>(
        ['promotions', modelName],
        [{ of: (row) => row.sequence, type: 'number', descending: true }],
        page,
      );
      return run(() => read(tables.promotions.get(modelName)));
    },

    async activeAt(modelName, at) {
      requireKey(modelName, 'modelName');
      requireTimeBound(at, 'at');
      return run(() => {
        let last: PromotionRecord | undefined;
        for (const promotion of tables.promotions.get(modelName)) {
          if (promotion.at <= at && (last === undefined || promotion.at >= last.at)) last = promotion;
        }
        return last;
      });
    },
  };
}
