import type { PredictionFilter } from '@mlperf/core';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it } from 'vitest';
import { RecordingHandle } from './recording-handle.ts';
import { sampleOutcome, samplePrediction } from './sample-predictions.ts';

type Storage = Awaited<ReturnType<typeof openSqliteStorage>>;

const version = { modelVersionId: 'v1', role: 'live', limit: 50 } as const;
const rollups = { role: 'live', from: 0, to: 2e12 } as const;
const hash = 'a'.repeat(64);

/** `predictions.list` with every combination of its filters, on its first page and on a later one. */
function listQueries(): Record<string, (storage: Storage) => Promise<unknown>> {
  const choices: readonly (readonly PredictionFilter[])[] = [
    [{}, { modelVersionId: 'v1' }],
    [{}, { modelName: 'm' }],
    [{}, { symbol: 'BTC-USD' }],
    [{}, { role: 'live' }, { role: 'shadow' }],
    [{}, { resolved: true }, { resolved: false }],
    [{}, { predictedFrom: 5, predictedTo: 2e12 }],
  ];
  const filters = choices.reduce<readonly PredictionFilter[]>(
    (made, options) => made.flatMap((filter) => options.map((option) => ({ ...filter, ...option }))),
    [{}],
  );
  return Object.fromEntries(
    filters.map((filter) => [
      `predictions.list ${JSON.stringify(filter)}`,
      async ({ predictions }: Storage) => {
        await predictions.append([
          samplePrediction('a', { modelName: 'm' }),
          samplePrediction('b', { modelName: 'm', role: filter.role ?? 'member' }),
        ]);
        if (filter.resolved === true) await predictions.resolve([sampleOutcome('a'), sampleOutcome('b')]);
        const { nextCursor } = await predictions.list(filter, { limit: 1 });
        if (nextCursor !== undefined) await predictions.list(filter, { limit: 1, cursor: nextCursor });
      },
    ]),
  );
}

/** Every query of the port that a table of millions, or a loop, could make slow. */
const queries: Readonly<Record<string, (storage: Storage) => Promise<unknown>>> = {
  'predictions.append': ({ predictions }) =>
    predictions.append([samplePrediction('a'), samplePrediction('b', { symbol: 'ETH-USD' })]),
  'predictions.resolve': ({ predictions }) => predictions.resolve([sampleOutcome('p1')]),
  'predictions.get': ({ predictions }) => predictions.get(['a', 'b', 'c']),
  'predictions.findByDecision': ({ predictions }) => predictions.findByDecision('d'),
  'predictions.recentOutcomes': ({ predictions }) => predictions.recentOutcomes(version),
  'predictions.recentOutcomes by symbol': ({ predictions }) =>
    predictions.recentOutcomes({ ...version, symbol: 'BTC-USD' }),
  'predictions.outcomesAfter': ({ predictions }) => predictions.outcomesAfter({ ...version, afterSequence: 7 }),
  ...listQueries(),
  'rollups.range by version': ({ rollups: { range } }) => range({ ...rollups, modelVersionId: 'v1' }),
  'rollups.range by name': ({ rollups: { range } }) => range({ ...rollups, modelName: 'm' }),
  'rollups.range by segment': ({ rollups: { range } }) =>
    range({ ...rollups, modelVersionId: 'v1', segment: 'BTC-USD' }),
  'rollups.totals by version': ({ rollups: { totals } }) => totals({ ...rollups, modelVersionId: 'v1' }),
  'rollups.totals by name': ({ rollups: { totals } }) => totals({ ...rollups, modelName: 'm' }),
  'rollups.totals by version and name': ({ rollups: { totals } }) =>
    totals({ ...rollups, modelVersionId: 'v1', modelName: 'm' }),
  'rollups.totals by segment': ({ rollups: { totals } }) => totals({ ...rollups, modelName: 'm', segment: 'BTC-USD' }),
  'windows.recent': ({ windows }) => windows.recent({ modelVersionId: 'v1', limit: 5 }),
  'windows.recent by size': ({ windows }) => windows.recent({ modelVersionId: 'v1', windowSize: 50, limit: 5 }),
  'trials.best': ({ trials }) => trials.best({ metric: 'meanCvScore', direction: 'maximize', limit: 5 }),
  'trials.best by type': ({ trials }) =>
    trials.best({ metric: 'accuracy', modelType: 'lstm', direction: 'minimize', limit: 5 }),
  'trials.best of a study': ({ trials }) =>
    trials.best({ metric: 'accuracy', studyId: 's', direction: 'maximize', limit: 5 }),
  'trials.list of a study': ({ trials }) => trials.list({ studyId: 's' }),
  'studies.list by type': ({ studies }) => studies.list({ modelType: 'lstm' }),
  'models.list by name': ({ models }) => models.list({ modelName: 'm' }),
  'models.list by type': ({ models }) => models.list({ modelType: 'lstm' }),
  'models.find': ({ models }) => models.find('m', 3),
  'models.barred': ({ models }) => models.barred('m'),
  'promotions.list': ({ promotions }) => promotions.list('m'),
  'promotions.activeAt': ({ promotions }) => promotions.activeAt('m', 5),
  'retrainings.unfinished': ({ retrainings }) => retrainings.unfinished('m'),
  'retrainings.history': ({ retrainings }) => retrainings.history({ modelName: 'm' }),
  'artifacts.list': ({ artifacts }) => artifacts.list(),
  'artifacts.remove': ({ artifacts }) => artifacts.remove(hash),
  'outbox.read': ({ outbox }) => outbox.read({ consumer: 'c', limit: 5 }),
  'leases.get': ({ leases }) => leases.get('l'),
};

/** Steps that read a whole table, or sort all that a query found instead of reading it in order. */
function slowSteps(plan: readonly string[]): readonly string[] {
  return plan.filter(
    (step) =>
      (step.startsWith('SCAN') && !/USING|VALUES CLAUSE|CONSTANT ROW/.test(step)) ||
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
  for (const [name, query] of Object.entries(queries)) {
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
