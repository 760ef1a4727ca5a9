import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it } from 'vitest';
import { storageQueries } from '../../fixtures/storage-queries.ts';
import { RecordingHandle } from './recording-handle.ts';
import { samplePrediction } from './sample-predictions.ts';

/** What a claim puts together before it takes a trial: a row each, or as many as there are numbers to pass over. */
const CLAIM_PARTS = /^SCAN (ask|lost|fresh|lowest|given|place|candidate)$/;

/** Steps that read a whole table, or sort all that a query found instead of reading it in order. */
function slowSteps(plan: readonly string[]): readonly string[] {
  return plan.filter(
    (step) =>
      (step.startsWith('SCAN') && !/USING|VALUES CLAUSE|CONSTANT ROW/.test(step) && !CLAIM_PARTS.test(step)) ||
      step === 'USE TEMP B-TREE FOR ORDER BY',
  );
}

function planOf(handle: RecordingHandle, sql: string): readonly string[] {
  return handle.database
    .prepare(`explain query plan ${sql}`)
    .all()
    .map((step) => String(step.detail));
}

describe('query plans', () => {
  for (const [name, query] of Object.entries(storageQueries)) {
    it(`${name} reads by an index and in its order`, async () => {
      const handle = new RecordingHandle();
      const storage = await openSqliteStorage(handle);
      handle.prepared.length = 0;
      await storage.predictions.append([samplePrediction('p1')]);
      const setUp = handle.prepared.length;
      await query(storage);
      // A decision's few predictions are the one thing sorted after it was read.
      const sorted = name === 'predictions.findByDecision' ? ['USE TEMP B-TREE FOR ORDER BY'] : [];
      expect(handle.prepared.flatMap((sql) => slowSteps(planOf(handle, sql)))).toEqual(sorted);
      expect(handle.prepared.length).toBeGreaterThan(setUp);
    });
  }

  it('a scan of a whole table would be noticed', async () => {
    const handle = new RecordingHandle();
    await openSqliteStorage(handle);
    expect(slowSteps(planOf(handle, "select id from predictions where direction = 'up'"))).not.toEqual([]);
    expect(slowSteps(planOf(handle, "select id from predictions where id > '' order by confidence"))).not.toEqual([]);
  });
});
