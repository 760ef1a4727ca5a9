import assert from 'node:assert/strict';
import {
  isFinishedStage,
  RETRAINING_STEPS,
  type RetrainingLogEntry,
  type RetrainingStage,
  type StorageStores,
} from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { NAME, START, sampleRetraining } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const STAGES = Object.keys(RETRAINING_STEPS) as RetrainingStage[];
const PATH: readonly RetrainingStage[] = ['requested', 'gathering', 'training', 'evaluating'];

export const retrainingChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'a retraining goes from request to verdict, and every stage is there to read',
    async run({ storage: { retrainings } }) {
      await retrainings.create(sampleRetraining('r'));
      assert.deepEqual(await retrainings.get('r'), sampleRetraining('r'));
      let before: RetrainingStage = 'requested';
      for (const stage of ['gathering', 'training', 'evaluating', 'promoted'] as const) {
        const entry = atStage('r', stage, { oldVersionId: 'v1', newVersionId: 'v2', evidence: { gain: 0.06 } });
        await retrainings.advance(entry, before);
        assert.deepEqual(await retrainings.get('r'), entry);
        assert.deepEqual(await retrainings.unfinished(NAME), stage === 'promoted' ? undefined : entry);
        before = stage;
      }
      assert.equal(await retrainings.get('none'), undefined);
    },
  },
  {
    name: 'only the steps of the state machine are taken, from every stage to every other',
    async run({ storage: { retrainings } }) {
      for (const from of STAGES) {
        for (const to of STAGES) {
          const id = `${from}>${to}`;
          const changes = { modelName: id };
          await bringTo({ retrainings }, id, from, changes);
          const step = retrainings.advance(atStage(id, to, changes), from);
          if (RETRAINING_STEPS[from].includes(to)) await step;
          else await expectRefusal(step, 'CONFLICT');
          assert.equal((await retrainings.get(id))?.stage, RETRAINING_STEPS[from].includes(to) ? to : from);
        }
      }
    },
  },
  {
    name: 'a step from a stage the entry is no longer in is CONFLICT; two who take one step at once: one wins',
    async run({ storage: { retrainings } }) {
      await bringTo({ retrainings }, 'r', 'gathering');
      await expectRefusal(retrainings.advance(atStage('r', 'gathering'), 'requested'), 'CONFLICT');
      // Steps that the stored stage would allow: what the caller believes counts.
      await expectRefusal(retrainings.advance(atStage('r', 'training'), 'requested'), 'CONFLICT');
      await expectRefusal(retrainings.advance(atStage('r', 'failed'), 'training'), 'CONFLICT');
      assert.equal((await retrainings.get('r'))?.stage, 'gathering');
      const results = await Promise.allSettled([
        retrainings.advance(atStage('r', 'training', { evidence: { by: 1 } }), 'gathering'),
        retrainings.advance(atStage('r', 'training', { evidence: { by: 2 } }), 'gathering'),
        retrainings.advance(atStage('r', 'failed'), 'gathering'),
      ]);
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    },
  },
  {
    name: 'a step keeps name, trigger and time of the request',
    async run({ storage: { retrainings } }) {
      await retrainings.create(sampleRetraining('r'));
      const { trigger } = sampleRetraining('r');
      for (const change of [
        { modelName: 'other' },
        { requestedAt: START + 1 },
        { trigger: { ...trigger, reason: 'x' } },
      ]) {
        await expectRefusal(retrainings.advance(atStage('r', 'gathering', change), 'requested'), 'CONFLICT');
      }
      assert.deepEqual(await retrainings.get('r'), sampleRetraining('r'));
      await expectRefusal(retrainings.advance(atStage('none', 'gathering'), 'requested'), 'NOT_FOUND');
    },
  },
  {
    name: 'a model name has one unfinished retraining at a time, also when two ask at once',
    async run({ storage: { retrainings } }) {
      const results = await Promise.allSettled(['a', 'b', 'c'].map((id) => retrainings.create(sampleRetraining(id))));
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      const { retrainingId } = (await retrainings.unfinished(NAME)) ?? assert.fail('one must be unfinished');
      await retrainings.create(sampleRetraining('elsewhere', { modelName: 'other' }));
      await expectRefusal(retrainings.create(sampleRetraining('late')), 'CONFLICT');
      await retrainings.advance(atStage(retrainingId, 'failed'), 'requested');
      assert.equal(await retrainings.unfinished(NAME), undefined);
      await retrainings.create(sampleRetraining('late'));
      assert.equal((await retrainings.unfinished(NAME))?.retrainingId, 'late');
    },
  },
  {
    name: 'a creation repeated is left alone, also later on; with other content it is CONFLICT',
    async run({ storage: { retrainings } }) {
      await retrainings.create(sampleRetraining('r'));
      await retrainings.create(sampleRetraining('r'));
      await retrainings.advance(atStage('r', 'gathering'), 'requested');
      await retrainings.create(sampleRetraining('r'));
      assert.equal((await retrainings.get('r'))?.stage, 'gathering');
      await expectRefusal(retrainings.create(sampleRetraining('r', { updatedAt: START + 1 })), 'CONFLICT');
      await expectRefusal(retrainings.create(sampleRetraining('r', { modelName: 'other' })), 'CONFLICT');
      assert.equal(await retrainings.unfinished('other'), undefined);
    },
  },
  {
    name: 'a new entry starts in stage requested, and verdict and stage agree',
    async run({ storage: { retrainings } }) {
      await expectRefusal(retrainings.create(atStage('r', 'training')), 'INVALID_RECORD');
      await expectRefusal(retrainings.create(sampleRetraining('r', { success: true })), 'INVALID_RECORD');
      await bringTo({ retrainings }, 'r', 'evaluating');
      const contradictions: readonly Partial<RetrainingLogEntry>[] = [
        { ...verdict('promoted'), success: false },
        { ...verdict('failed'), success: true },
        { ...verdict('promoted'), failedStage: 'training' },
        { stage: 'rejected', success: true },
      ];
      for (const change of contradictions) {
        await expectRefusal(retrainings.advance(sampleRetraining('r', change), 'evaluating'), 'INVALID_RECORD');
      }
      assert.equal((await retrainings.get('r'))?.stage, 'evaluating');
    },
  },
  {
    name: 'history is newest first by request, ties by id, and found by name and from a time on',
    async run({ storage: { retrainings } }) {
      for (const [id, at] of [
        ['b', 1],
        ['a', 1],
        ['c', 0],
        ['d', 2],
      ] as const) {
        await retrainings.create(sampleRetraining(id, { modelName: `name-${id}`, requestedAt: START + at }));
      }
      const ids = async (filter: object) =>
        (await retrainings.history(filter)).items.map((entry) => entry.retrainingId);
      assert.deepEqual(await ids({}), ['d', 'a', 'b', 'c']);
      assert.deepEqual(await ids({ requestedFrom: START + 1 }), ['d', 'a', 'b']);
      assert.deepEqual(await ids({ requestedFrom: -1e15 }), ['d', 'a', 'b', 'c']);
      assert.deepEqual(await ids({ modelName: 'name-c' }), ['c']);
      assert.deepEqual(await ids({ modelName: 'name-c', requestedFrom: START + 1 }), []);
    },
  },
];

function verdict(stage: RetrainingStage): Partial<RetrainingLogEntry> {
  if (!isFinishedStage(stage)) return { stage };
  return { stage, success: stage !== 'failed', finishedAt: START + 9_000, seconds: 9 };
}

function atStage(
  retrainingId: string,
  stage: RetrainingStage,
  changes: Partial<RetrainingLogEntry> = {},
): RetrainingLogEntry {
  return sampleRetraining(retrainingId, { ...verdict(stage), updatedAt: START + 100, ...changes });
}

async function bringTo(
  { retrainings }: Pick<StorageStores, 'retrainings'>,
  retrainingId: string,
  stage: RetrainingStage,
  changes: Partial<RetrainingLogEntry> = {},
): Promise<void> {
  await retrainings.create(sampleRetraining(retrainingId, changes));
  const stages = isFinishedStage(stage) ? [...PATH, stage] : PATH.slice(0, PATH.indexOf(stage) + 1);
  for (let i = 1; i < stages.length; i++) {
    await retrainings.advance(atStage(retrainingId, stages[i]!, changes), stages[i - 1]!);
  }
}
