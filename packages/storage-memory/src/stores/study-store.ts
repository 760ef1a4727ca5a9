import {
  ConflictError,
  requireKey,
  requireStudy,
  requireStudyFilter,
  type StudyRecord,
  type StudyStore,
  sameContent,
} from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import { matches } from '../matches.ts';
import { sortedPage } from '../sorted-page.ts';
import type { StoreRunner } from '../store-runner.ts';
import type { Tables } from '../tables.ts';

export function createStudyStore(tables: Tables, run: StoreRunner): StudyStore {
  return {
    async create(study) {
      const record = requireStudy(study);
      return run(() => {
        const known = tables.studies.get(record.studyId);
        if (known === undefined) tables.studies.set(record.studyId, deepFreeze(record));
        else if (!sameContent(known, record)) {
          throw new ConflictError(`study '${record.studyId}' exists with other content`);
        }
      });
    },

    async get(studyId) {
      requireKey(studyId, 'studyId');
      return run(() => tables.studies.get(studyId));
    },

    async list(filter, page) {
      const wanted = requireStudyFilter(filter);
      const read = sortedPage<StudyRecord>(
        ['studies', wanted],
        [
          { of: (row) => row.createdAt, type: 'number', descending: true },
          { of: (row) => row.studyId, type: 'string' },
        ],
        page,
      );
      return run(() => read(Array.from(tables.studies.values()).filter((row) => matches(row, wanted))));
    },
  };
}
