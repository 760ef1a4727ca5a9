import type { ModelSearch } from '@mlperf/registry';
import { beforeEach, describe, expect, it } from 'vitest';
import { aRegistry, aRequest, NAME } from '../a-registry.ts';

describe('searching versions', () => {
  let world: Awaited<ReturnType<typeof aRegistry>>;
  let ids: Record<'a' | 'b' | 'c', string>;

  beforeEach(async () => {
    world = await aRegistry();
    const { registry, clock } = world;
    const add = async (certainty: number, change = {}) => {
      clock.advance(1_000);
      return (await registry.registerModel(aRequest(certainty, change))).versionId;
    };
    const a = await add(0.6, { lineage: { codeVersion: 'c0ffee', studyId: 's1' } });
    const b = await add(0.7, { lineage: { parentVersionId: a, studyId: 's2' }, dataVersion: 'e'.repeat(64) });
    const c = await add(0.8, { modelName: 'other', trainingMetrics: { accuracy: 0.8, sharpe_ratio: 1.5 } });
    ids = { a, b, c };
    await registry.annotate(a, { tags: { desk: 'fx', reviewed: 'yes' } });
    await registry.annotate(b, { tags: { desk: 'rates' } });
  });

  const found = async (search: ModelSearch, limit?: number) =>
    (await world.registry.searchModels(search, limit)).map(({ versionId }) => versionId);

  it('finds by what a version is, newest trained first', async () => {
    const { a, b, c } = ids;
    expect(await found({})).toEqual([c, b, a]);
    expect(await found({ modelName: NAME })).toEqual([b, a]);
    expect(await found({ modelType: 'lstm' })).toEqual([]);
    expect(await found({ trainedFrom: 3_000, trainedTo: 4_000 })).toEqual([b]);
    expect(await found({ dataVersion: 'e'.repeat(64) })).toEqual([b]);
    expect(await found({}, 2)).toEqual([c, b]);
  });

  it('finds by tags, metrics, hyperparameters and lineage, all of which must fit', async () => {
    const { a, b, c } = ids;
    expect(await found({ tags: { desk: 'fx' } })).toEqual([a]);
    expect(await found({ tags: { desk: 'fx', reviewed: 'no' } })).toEqual([]);
    expect(await found({ tags: { toString: 'x' } as Record<string, string> })).toEqual([]);
    expect(await found({ trainingMetrics: { accuracy: { atLeast: 0.7 } } })).toEqual([c, b]);
    expect(await found({ trainingMetrics: { accuracy: { atLeast: 0.65, atMost: 0.7 } } })).toEqual([b]);
    expect(await found({ trainingMetrics: { sharpe_ratio: {} } })).toEqual([c]);
    expect(await found({ hyperparameters: { certainty: 0.6 } })).toEqual([a]);
    expect(await found({ lineage: { studyId: 's2' } })).toEqual([b]);
    expect(await found({ lineage: { codeVersion: 'c0ffee' }, tags: { desk: 'rates' } })).toEqual([]);
  });

  it('looks beyond the first page for the few that match', async () => {
    for (let i = 0; i < 150; i++) {
      world.clock.advance(1_000);
      await world.registry.registerModel(aRequest(0.5 + i / 1_000));
    }
    expect(await found({ tags: { desk: 'fx' } })).toEqual([ids.a]);
  });

  it('refuses a search it does not know', async () => {
    const { registry } = world;
    const bad = [
      { name: NAME },
      { tags: 'fx' },
      { status: 'retired' },
      { trainingMetrics: { a: { atLeast: Number.NaN } } },
      { trainingMetrics: { accuracy: null } },
      { trainingMetrics: { accuracy: 0.9 } },
      { trainingMetrics: { accuracy: { min: 0.9 } } },
      { trainingMetrics: { accuracy: { atLeast: 0.9, atMost: 0.1 } } },
      { dataVersion: 5 },
      { modelName: 5 },
      { modelType: null },
      { trainedFrom: '2026' },
      { tags: { desk: 5 } },
      { hyperparameters: { depth: () => 3 } },
      { lineage: { study: 's1' } },
      { lineage: { studyId: 7 } },
      null,
      'EUR/USD',
      [],
    ];
    for (const search of bad) {
      await expect(registry.searchModels(search as ModelSearch)).rejects.toMatchObject({ code: 'INVALID_QUERY' });
    }
    for (const limit of [0, 1.5, 1_001, '5' as never, null as never]) {
      await expect(registry.searchModels({}, limit)).rejects.toMatchObject({ code: 'INVALID_QUERY' });
    }
  });
});

describe('the lineage of a version', () => {
  it('is the line of versions it was trained to replace, as far as they are stored', async () => {
    const { registry, storage } = await aRegistry();
    const line: string[] = [];
    for (const certainty of [0.6, 0.7, 0.8]) {
      const lineage = line.length === 0 ? {} : { lineage: { parentVersionId: line.at(-1)! } };
      line.push((await registry.registerModel(aRequest(certainty, lineage))).versionId);
    }
    const idsOf = async (versionId: string) => (await registry.getLineage(versionId)).map((v) => v.versionId);
    expect(await idsOf(line[2]!)).toEqual(line.toReversed());
    await storage.models.remove(line[1]!);
    expect(await idsOf(line[2]!)).toEqual([line[2]]);
    await expect(registry.getLineage('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is refused when it names what is no part of it', async () => {
    const { registry } = await aRegistry();
    for (const lineage of [{ parent: 'a' }, { studyId: '' }, { codeVersion: 7 }]) {
      await expect(registry.registerModel(aRequest(0.6, { lineage: lineage as object }))).rejects.toMatchObject({
        code: 'INVALID_RECORD',
      });
    }
  });
});
