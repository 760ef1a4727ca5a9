import assert from 'node:assert/strict';
import type { ResolvedPrediction } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { MINUTE, START, samplePrediction, samplePredictions, sampleResolution } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const LIVE = { modelVersionId: 'v1', role: 'live' } as const;

export const outcomeChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'an outcome comes back with its prediction, stamped and numbered',
    async run({ storage: { predictions } }) {
      const prediction = samplePrediction('p', { referencePrice: 100 });
      await predictions.append([prediction]);
      const request = sampleResolution(prediction, 'down', { price: 99, marketReturn: -0.01, netReturn: -0.011 });
      const [result] = await predictions.resolve([request]);
      const { sequence } = result!.outcome;
      assert.ok(Number.isInteger(sequence) && sequence > 0, `sequence must be a whole number > 0; got ${sequence}`);
      const outcome = { ...request.outcome, sequence, recordedAt: request.recordedAt };
      assert.deepEqual(result, { predictionId: 'p', status: 'resolved', outcome });
      assert.deepEqual(await predictions.get(['p']), [{ ...prediction, outcome }]);
      assert.deepEqual((await predictions.list({ resolved: true })).items, [{ ...prediction, outcome }]);
    },
  },
  {
    name: 'sequences rise strictly within a model version, in the order given, across roles and symbols',
    async run({ storage: { predictions } }) {
      const made = samplePredictions(6).map((p, i) => ({
        ...p,
        role: i % 2 === 0 ? ('live' as const) : ('shadow' as const),
        symbol: i % 3 === 0 ? 'ETH/USDT' : 'BTC/USDT',
      }));
      await predictions.append(made);
      const arrival = [4, 1, 5, 0, 3, 2].map((i) => made[i]!);
      const first = await predictions.resolve(arrival.slice(0, 3).map((p) => sampleResolution(p)));
      const second = await predictions.resolve(arrival.slice(3).map((p) => sampleResolution(p)));
      const sequences = [...first, ...second].map(({ outcome }) => outcome.sequence);
      for (let i = 1; i < sequences.length; i++) assert.ok(sequences[i]! > sequences[i - 1]!, `${sequences}`);
    },
  },
  {
    name: 'outcomes that arrive at once get different sequences, and none is lost',
    async run({ storage: { predictions } }) {
      const made = samplePredictions(20);
      await predictions.append(made);
      const results = await Promise.all(made.map((p) => predictions.resolve([sampleResolution(p)])));
      assert.equal(new Set(results.map(([result]) => result!.outcome.sequence)).size, 20);
      assert.equal((await predictions.recentOutcomes({ ...LIVE, limit: 100 })).length, 20);
    },
  },
  {
    name: 'the same outcome again is unchanged, whatever else it was judged to be, and keeps its number',
    async run({ storage: { predictions } }) {
      const prediction = samplePrediction('p');
      await predictions.append([prediction]);
      const request = sampleResolution(prediction, 'up', { price: 101, netReturn: 0.01 });
      const [first] = await predictions.resolve([request]);
      const again = {
        ...request,
        recordedAt: request.recordedAt + 500,
        outcome: { ...request.outcome, netReturn: 0.02 },
      };
      for (const repeat of [request, again, { ...again, correction: true }]) {
        const [second] = await predictions.resolve([repeat]);
        assert.deepEqual(second, { predictionId: 'p', status: 'unchanged', outcome: first!.outcome });
      }
      assert.deepEqual(await predictions.get(['p']), [{ ...prediction, outcome: first!.outcome }]);
    },
  },
  {
    name: 'another outcome is CONFLICT without correction: the first stays, and nothing of the batch is stored',
    async run({ storage: { predictions, rollups } }) {
      const [p, q] = samplePredictions(2);
      await predictions.append([p!, q!]);
      const request = sampleResolution(p!, 'up', { price: 101 });
      const [first] = await predictions.resolve([request]);
      const everything = { ...LIVE, from: START, to: START + MINUTE };
      const before = await rollups.range(everything);
      const others = [
        sampleResolution(p!, 'down', { price: 101 }),
        sampleResolution(p!, 'up', { price: 101.5 }),
        sampleResolution(p!, 'up'),
        { ...request, outcome: { ...request.outcome, observedAt: request.outcome.observedAt + 1 } },
      ];
      for (const other of others) {
        const error = await expectRefusal(predictions.resolve([sampleResolution(q!), other]), 'CONFLICT');
        assert.match(error.message, new RegExp(p!.id));
      }
      assert.deepEqual(await predictions.get([p!.id, q!.id]), [{ ...p, outcome: first!.outcome }, q]);
      assert.deepEqual(await rollups.range(everything), before);
    },
  },
  {
    name: 'a correction replaces the outcome, keeps its sequence and first time, and says what it replaced',
    async run({ storage: { predictions } }) {
      const [p, q] = samplePredictions(2);
      await predictions.append([p!, q!]);
      const [first] = await predictions.resolve([sampleResolution(p!, 'up', { price: 101 }), sampleResolution(q!)]);
      const request = {
        ...sampleResolution(p!, 'down', { netReturn: -0.02 }),
        recordedAt: START + 99,
        correction: true,
      };
      const [corrected] = await predictions.resolve([request]);
      const outcome = {
        ...request.outcome,
        sequence: first!.outcome.sequence,
        recordedAt: first!.outcome.recordedAt,
        correctedAt: START + 99,
      };
      assert.deepEqual(corrected, { predictionId: p!.id, status: 'corrected', outcome, replaced: first!.outcome });
      assert.deepEqual(await predictions.get([p!.id]), [{ ...p, outcome }]);
      const recent = await predictions.recentOutcomes({ ...LIVE, limit: 10 });
      assert.deepEqual(idsOf(recent), [p!.id, q!.id], 'a correction does not move in arrival order');
    },
  },
  {
    name: 'a first outcome marked as a correction is a plain outcome',
    async run({ storage: { predictions } }) {
      const prediction = samplePrediction('p');
      await predictions.append([prediction]);
      const [result] = await predictions.resolve([{ ...sampleResolution(prediction), correction: true }]);
      assert.equal(result!.status, 'resolved');
      assert.ok(!Object.hasOwn(result!.outcome, 'correctedAt'));
    },
  },
  {
    name: 'one batch may resolve, repeat and correct one prediction, in order',
    async run({ storage: { predictions } }) {
      const prediction = samplePrediction('p');
      await predictions.append([prediction]);
      const up = sampleResolution(prediction, 'up');
      const down = { ...sampleResolution(prediction, 'down'), correction: true };
      const results = await predictions.resolve([up, up, down]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['resolved', 'unchanged', 'corrected'],
      );
      assert.equal((await predictions.get(['p']))[0]!.outcome!.direction, 'down');
      await expectRefusal(predictions.resolve([sampleResolution(prediction, 'up')]), 'CONFLICT');
    },
  },
  {
    name: 'an outcome of an unknown prediction is NOT_FOUND naming the id, and nothing of the batch is stored',
    async run({ storage: { predictions } }) {
      const prediction = samplePrediction('p');
      await predictions.append([prediction]);
      const batch = [sampleResolution(prediction), sampleResolution(samplePrediction('unheard-of'))];
      const error = await expectRefusal(predictions.resolve(batch), 'NOT_FOUND');
      assert.match(error.message, /unheard-of/);
      assert.deepEqual(await predictions.get(['p']), [prediction]);
    },
  },
  {
    name: 'an outcome whose `correct` contradicts the directions is INVALID_RECORD',
    async run({ storage: { predictions } }) {
      const prediction = samplePrediction('p');
      await predictions.append([prediction]);
      await expectRefusal(
        predictions.resolve([sampleResolution(prediction, 'down', { correct: true })]),
        'INVALID_RECORD',
      );
      await expectRefusal(
        predictions.resolve([sampleResolution(prediction, 'up', { correct: false })]),
        'INVALID_RECORD',
      );
      assert.deepEqual(await predictions.get(['p']), [prediction]);
    },
  },
  {
    name: 'recentOutcomes gives the newest by arrival, oldest first; outcomesAfter the first ones',
    async run({ storage: { predictions } }) {
      const made = samplePredictions(10);
      await predictions.append(made);
      // Arrival order is not the order of prediction.
      const arrival = [7, 2, 9, 0, 5, 1, 8, 3, 6, 4].map((i) => made[i]!);
      const results = await predictions.resolve(arrival.map((p) => sampleResolution(p)));
      const ids = arrival.map(({ id }) => id);
      const sequences = results.map(({ outcome }) => outcome.sequence);
      assert.deepEqual(idsOf(await predictions.recentOutcomes({ ...LIVE, limit: 3 })), ids.slice(-3));
      assert.deepEqual(idsOf(await predictions.recentOutcomes({ ...LIVE, limit: 100 })), ids);
      assert.deepEqual(
        idsOf(await predictions.recentOutcomes({ ...LIVE, afterSequence: sequences[7]!, limit: 100 })),
        ids.slice(8),
      );
      assert.deepEqual(idsOf(await predictions.outcomesAfter({ ...LIVE, limit: 3 })), ids.slice(0, 3));
      assert.deepEqual(
        idsOf(await predictions.outcomesAfter({ ...LIVE, afterSequence: sequences[3]!, limit: 4 })),
        ids.slice(4, 8),
      );
      assert.deepEqual(await predictions.outcomesAfter({ ...LIVE, afterSequence: sequences[9]!, limit: 4 }), []);
    },
  },
  {
    name: 'outcome queries keep versions, roles and symbols apart',
    async run({ storage: { predictions } }) {
      const made = [
        samplePrediction('a'),
        samplePrediction('b', { role: 'shadow' }),
        samplePrediction('c', { modelVersionId: 'v2' }),
        samplePrediction('d', { symbol: 'ETH/USDT' }),
        samplePrediction('e'),
      ];
      await predictions.append(made);
      await predictions.resolve(made.map((p) => sampleResolution(p)));
      const ask = async (query: object) => idsOf(await predictions.recentOutcomes({ ...LIVE, limit: 9, ...query }));
      assert.deepEqual(await ask({}), ['a', 'd', 'e']);
      assert.deepEqual(await ask({ role: 'shadow' }), ['b']);
      assert.deepEqual(await ask({ modelVersionId: 'v2' }), ['c']);
      assert.deepEqual(await ask({ symbol: 'ETH/USDT' }), ['d']);
      assert.deepEqual(await ask({ symbol: 'BTC/USDT', limit: 1 }), ['e']);
      assert.deepEqual(await ask({ modelVersionId: 'v3' }), []);
    },
  },
  {
    name: 'an outcome query takes a limit from 1 to 100,000 and no unknown key',
    async run({ storage: { predictions } }) {
      const bad = [{ limit: 0 }, { limit: 100_001 }, { limit: 1.5 }, { limit: Number.NaN }, { limit: undefined }];
      const others = [
        { limit: 5, afterSequence: -1 },
        { limit: 5, role: 'boss' },
        { limit: 5, sort: 'up' },
      ];
      for (const query of [...bad, ...others]) {
        await expectRefusal(predictions.recentOutcomes({ ...LIVE, ...query } as never), 'INVALID_QUERY');
        await expectRefusal(predictions.outcomesAfter({ ...LIVE, ...query } as never), 'INVALID_QUERY');
      }
      assert.deepEqual(await predictions.recentOutcomes({ ...LIVE, limit: 100_000 }), []);
    },
  },
];

function idsOf(rows: readonly ResolvedPrediction[]): string[] {
  return rows.map(({ id }) => id);
}
