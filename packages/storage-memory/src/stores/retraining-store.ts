import {
  ConflictError,
  isFinishedStage,
  NotFoundError,
  type RetrainingLogEntry,
  type RetrainingStore,
  requireKey,
  requireNewRetrainingEntry,
  requireRetrainingEntry,
  requireRetrainingFilter,
  requireRetrainingStep,
  sameContent,
} from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import { matches } from '../matches.ts';
import { sortedPage } from '../sorted-page.ts';
import type { StoreRunner } from '../store-runner.ts';
import type { Tables } from '../tables.ts';

export function createRetrainingStore(tables: Tables, run: StoreRunner): RetrainingStore {
  return {
    async create(entry) {
      const record = requireNewRetrainingEntry(entry);
      return run(() => createOne(tables, record));
    },

    async advance(entry, from) {
      const record = requireRetrainingEntry(entry);
      return run(() => {
        const row = tables.retrainings.get(record.retrainingId);
        if (row === undefined)
          throw new NotFoundError(`retraining '${record.retrainingId}' must be stored; there is none`);
        requireRetrainingStep(row.entry, record, from);
        tables.retrainings.set(record.retrainingId, { created: row.created, entry: deepFreeze(record) });
        if (isFinishedStage(record.stage)) tables.unfinishedRetrainings.delete(record.modelName);
      });
    },

    async get(retrainingId) {
      requireKey(retrainingId, 'retrainingId');
      return run(() => tables.retrainings.get(retrainingId)?.entry);
    },

    async unfinished(modelName) {
      requireKey(modelName, 'modelName');
      return run(() => {
        const id = tables.unfinishedRetrainings.get(modelName);
        return id === undefined ? undefined : tables.retrainings.get(id)?.entry;
      });
    },

    async history(filter, page) {
      const wanted = requireRetrainingFilter(filter);
      const { requestedFrom = -Infinity, ...equal } = wanted;
      const read = sortedPage<RetrainingLogEntry>(
        ['retrainings', wanted],
        [
          { of: (row) => row.requestedAt, type: 'number', descending: true },
          { of: (row) => row.retrainingId, type: 'string' },
        ],
        page,
      );
      return run(() => {
        const entries = Array.from(tables.retrainings.values(), (row) => row.entry);
        return read(entries.filter((entry) => entry.requestedAt >= requestedFrom && matches(entry, equal)));
      });
    },
  };
}

function createOne(tables: Tables, entry: RetrainingLogEntry): void {
  const { retrainingId, modelName } = entry;
  const known = tables.retrainings.get(retrainingId);
  if (known !== undefined) {
    if (sameContent(known.created, entry)) return;
    throw new ConflictError(`retraining '${retrainingId}' exists with other content`);
  }
  const other = tables.unfinishedRetrainings.get(modelName);
  if (other !== undefined) {
    throw new ConflictError(`'${modelName}' must have no unfinished retraining; it has '${other}'`);
  }
  const created = deepFreeze(entry);
  tables.retrainings.set(retrainingId, { created, entry: created });
  tables.unfinishedRetrainings.set(modelName, retrainingId);
}
