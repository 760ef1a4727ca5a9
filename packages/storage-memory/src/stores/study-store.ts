import {
  ConflictError,
  canonicalJson,
  type JsonObject,
  type QueuedPoint,
  requireKey,
  requireQueuedPointsQuery,
  requireQueuePoints,
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
import { keyOf, type Tables } from '../tables.ts';
import { freeNumber, requireStoredStudy } from './trial-claims.ts';

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

    async enqueue(studyId, points) {
      requireKey(studyId, 'studyId');
      const wanted = requireQueuePoints(points);
      return run(() => {
        requireStoredStudy(tables, studyId);
        return wanted.map((parameters) => queuePoint(tables, studyId, parameters));
      });
    },

    async queued(query) {
      const { studyId, from = 0, limit } = requireQueuedPointsQuery(query);
      return run(() =>
        tables.queuedPoints
          .get(studyId)
          .filter(({ trialNumber }) => trialNumber >= from)
          .slice(0, limit),
      );
    },
  };
}

/** A point that is queued already keeps its number. */
function queuePoint(tables: Tables, studyId: string, parameters: JsonObject): QueuedPoint {
  const key = keyOf(studyId, canonicalJson(parameters));
  const known = tables.queuedByContent.get(key);
  if (known !== undefined) return known;
  const last = tables.queuedPoints.get(studyId).at(-1)?.trialNumber ?? -1;
  const trialNumber = freeNumber(tables, studyId, last + 1);
  const point: QueuedPoint = deepFreeze({ studyId, trialNumber, parameters });
  tables.queuedPoints.push(studyId, point);
  tables.queuedByContent.set(key, point);
  return point;
}
