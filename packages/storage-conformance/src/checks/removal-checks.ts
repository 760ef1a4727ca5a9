import assert from 'node:assert/strict';
import type { PerformanceStorage } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { HOUR, NAME, numbered, START, samplePrediction, sampleResolution } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const DAY = 24 * HOUR;
const WIDE = { role: 'live', from: START - 100 * DAY, to: START + 200 * DAY } as const;

async function idsOf({ predictions }: PerformanceStorage): Promise<readonly string[]> {
  return (await predictions.list({}, { limit: 1_000 })).items.map(({ id }) => id);
}

/** Ten predictions a day apart, each with an outcome an hour later. */
async function tenDays({ predictions }: PerformanceStorage): Promise<void> {
  const made = Array.from({ length: 10 }, (_, i) =>
    samplePrediction(numbered('p', i), {
      predictedAt: START + i * DAY,
      role: i % 4 === 1 ? 'shadow' : 'live',
      modelVersionId: i % 4 === 1 ? 'v2' : 'v1',
    }),
  );
  await predictions.append(made);
  await predictions.resolve(made.map((prediction) => sampleResolution(prediction)));
}

export const removalChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'predictions made before a time are removed with their outcomes, and their roll-ups stay',
    async run({ storage }) {
      await tenDays(storage);
      const { predictions, rollups } = storage;
      const before = await rollups.range({ modelName: NAME, ...WIDE });
      const totals = await rollups.totals({ modelName: NAME, ...WIDE });
      const at = START + 4 * DAY;
      let removed = 0;
      for (let rounds = 0, complete = false; !complete; rounds++) {
        const receipt = await predictions.removeBefore({ predictedBefore: at, openDueBefore: at, limit: 10 });
        removed += receipt.removed;
        complete = receipt.complete;
        assert.ok(rounds < 10, 'a removal must end');
      }
      assert.equal(removed, 4);
      assert.deepEqual(
        await idsOf(storage),
        [4, 5, 6, 7, 8, 9].map((i) => numbered('p', i)),
      );
      assert.deepEqual(await predictions.get(['p-000', 'p-004']).then((found) => found.map((p) => p?.id)), [
        undefined,
        'p-004',
      ]);
      assert.deepEqual(await predictions.findByDecision('p-001'), []);
      const outcomes = await predictions.outcomesAfter({ modelVersionId: 'v1', role: 'live', limit: 100 });
      assert.deepEqual(
        outcomes.map(({ id }) => id),
        [4, 6, 7, 8].map((i) => numbered('p', i)),
      );
      assert.deepEqual(await rollups.range({ modelName: NAME, ...WIDE }), before);
      assert.deepEqual(await rollups.totals({ modelName: NAME, ...WIDE }), totals);
    },
  },
  {
    name: 'whole months go, and the numbering of outcomes goes on after them',
    async run({ storage }) {
      const { predictions } = storage;
      const made = Array.from({ length: 60 }, (_, i) =>
        samplePrediction(numbered('p', i), { predictedAt: START + i * 2 * DAY }),
      );
      await predictions.append(made);
      await predictions.resolve(made.map((prediction) => sampleResolution(prediction)));
      const at = START + 75 * DAY;
      let removed = 0;
      for (let complete = false; !complete; ) {
        const receipt = await predictions.removeBefore({ predictedBefore: at, openDueBefore: at, limit: 7 });
        removed += receipt.removed;
        complete = receipt.complete;
      }
      assert.equal(removed, 38);
      assert.equal((await idsOf(storage)).length, 22);
      const next = samplePrediction('next', { predictedAt: at });
      await predictions.append([next]);
      const [result] = await predictions.resolve([sampleResolution(next)]);
      assert.equal(result?.outcome.sequence, 61);
    },
  },
  {
    name: 'at most `limit` of the oldest go at a time, unless a month goes whole',
    async run({ storage }) {
      const { predictions } = storage;
      await tenDays(storage);
      const at = START + 9 * DAY;
      const first = await predictions.removeBefore({ predictedBefore: at, openDueBefore: at, limit: 3 });
      assert.deepEqual(first, { removed: 3, complete: false });
      assert.equal((await idsOf(storage)).length, 7);
      const rest = await predictions.removeBefore({ predictedBefore: at, openDueBefore: at, limit: 10 });
      assert.deepEqual(rest, { removed: 6, complete: true });
      assert.deepEqual(await idsOf(storage), ['p-009']);
    },
  },
  {
    name: 'one without outcome stays until it was due long enough ago, and one whose outcome is new stays',
    async run({ storage }) {
      const { predictions } = storage;
      const late = samplePrediction('late');
      await predictions.append([
        samplePrediction('open'),
        samplePrediction('due later', { dueAt: START + 5 * DAY }),
        late,
        samplePrediction('new', { predictedAt: START + 20 * DAY }),
      ]);
      await predictions.resolve([{ ...sampleResolution(late), recordedAt: START + 10 * DAY }]);
      const remove = (predictedBefore: number, openDueBefore: number) =>
        predictions.removeBefore({ predictedBefore, openDueBefore, limit: 10 });
      assert.deepEqual(await remove(START + 10 * DAY, START), { removed: 0, complete: true });
      assert.deepEqual(await remove(START + 10 * DAY, START + DAY), { removed: 1, complete: true });
      assert.deepEqual(new Set(await idsOf(storage)), new Set(['due later', 'late', 'new']));
      const again = await remove(START + 11 * DAY, START + 6 * DAY);
      assert.equal(again.removed, 2);
      assert.deepEqual(await idsOf(storage), ['new']);
    },
  },
  {
    name: 'nobody knows a removed id: an outcome of it is NOT_FOUND, and it is not taken for a new prediction',
    async run({ storage }) {
      const { predictions, rollups } = storage;
      await tenDays(storage);
      const at = START + 5 * DAY;
      for (let complete = false; !complete; ) {
        ({ complete } = await predictions.removeBefore({ predictedBefore: at, openDueBefore: at, limit: 10 }));
      }
      const before = await rollups.range({ modelName: NAME, ...WIDE });
      const removed = samplePrediction('p-000');
      await expectRefusal(predictions.resolve([sampleResolution(removed)]), 'NOT_FOUND');
      await expectRefusal(predictions.append([removed]), 'INVALID_RECORD');
      const fresh = samplePrediction('fresh', { predictedAt: at });
      await expectRefusal(predictions.append([fresh, removed]), 'INVALID_RECORD');
      assert.deepEqual(await predictions.get(['fresh']), [undefined]);
      assert.deepEqual(await rollups.range({ modelName: NAME, ...WIDE }), before);
      // One that is still there is known, however old.
      await predictions.removeBefore({ predictedBefore: START + 6 * DAY, openDueBefore: START, limit: 1 });
      const kept = samplePrediction('p-007', { predictedAt: START + 7 * DAY });
      assert.deepEqual(await predictions.append([kept]), [false]);
      // An earlier time does not let them in again.
      await predictions.removeBefore({ predictedBefore: START, openDueBefore: START, limit: 1 });
      await expectRefusal(predictions.append([removed]), 'INVALID_RECORD');
    },
  },
  {
    name: 'a removal of everything, even up to a time far ahead, lets in what is made after it',
    async run({ storage }) {
      await tenDays(storage);
      const { predictions } = storage;
      const at = START + 10_000 * DAY;
      for (let complete = false; !complete; ) {
        ({ complete } = await predictions.removeBefore({ predictedBefore: at, openDueBefore: at, limit: 10 }));
      }
      assert.deepEqual(await idsOf(storage), []);
      const removed = samplePrediction('p-009', { predictedAt: START + 9 * DAY, role: 'shadow', modelVersionId: 'v2' });
      await expectRefusal(predictions.append([removed]), 'INVALID_RECORD');
      assert.deepEqual(await predictions.append([samplePrediction('new', { predictedAt: START + 9 * DAY + 1 })]), [
        true,
      ]);
    },
  },
  {
    name: 'a removal that is rolled back leaves everything, and lets everything in, as before',
    async run({ storage }) {
      await tenDays(storage);
      const before = await idsOf(storage);
      const at = START + 40 * DAY;
      await assert.rejects(
        storage.transaction(async (tx) => {
          await tx.predictions.removeBefore({ predictedBefore: at, openDueBefore: at, limit: 10 });
          throw new Error('changed my mind');
        }),
        /changed my mind/,
      );
      assert.deepEqual(await idsOf(storage), before);
      const outcomes = await storage.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'live', limit: 100 });
      assert.equal(outcomes.length, 7);
      assert.deepEqual(await storage.predictions.append([samplePrediction('more')]), [true]);
    },
  },
  {
    name: 'a removal names whole times and a limit from 1 to 10,000',
    async run({ storage: { predictions } }) {
      const good = { predictedBefore: START, openDueBefore: START, limit: 10 };
      const bad: readonly object[] = [
        {},
        { ...good, limit: 0 },
        { ...good, limit: 10_001 },
        { ...good, limit: 1.5 },
        { ...good, predictedBefore: -1 },
        { ...good, predictedBefore: Number.NaN },
        { ...good, openDueBefore: undefined },
        { ...good, symbol: 'BTC' },
      ];
      for (const request of bad) await expectRefusal(predictions.removeBefore(request as never), 'INVALID_QUERY');
      assert.deepEqual(await predictions.removeBefore(good), { removed: 0, complete: true });
    },
  },
];
