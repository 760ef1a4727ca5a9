import assert from 'node:assert/strict';
import type { RecordedPrediction } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { HOUR, MINUTE, NAME, START, samplePrediction, samplePredictions, sampleResolution } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const full: RecordedPrediction = samplePrediction('full', {
  decisionId: 'd1',
  role: 'member',
  dueAt: START + HOUR,
  direction: 'down',
  confidence: 0.7,
  probabilities: { up: 0.1, down: 0.7, flat: 0.2 },
  referencePrice: 42_000.5,
  predictedPrice: 41_900.25,
  features: { rsi: 31.5, atr: 0.0125 },
});

export const predictionChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'a prediction comes back as it was stored, with every optional field and with none',
    async run({ storage: { predictions } }) {
      const { modelName: _absent, ...bare } = samplePrediction('bare');
      assert.deepEqual(await predictions.append([full, bare]), [true, true]);
      assert.deepEqual(await predictions.get(['full', 'bare']), [full, bare]);
      const [, stored] = await predictions.get(['full', 'bare']);
      assert.ok(!Object.hasOwn(stored!, 'modelName') && !Object.hasOwn(stored!, 'outcome'), 'absent stays absent');
    },
  },
  {
    name: 'a prediction stored again, recorded at another time, is left alone',
    async run({ storage: { predictions } }) {
      await predictions.append([full]);
      assert.deepEqual(await predictions.append([{ ...full, recordedAt: full.recordedAt + 99 }]), [false]);
      assert.deepEqual(await predictions.get(['full']), [full]);
    },
  },
  {
    name: 'one batch may hold a prediction twice: the second is not new',
    async run({ storage: { predictions } }) {
      assert.deepEqual(await predictions.append([full, samplePrediction('other'), full]), [true, true, false]);
      assert.equal((await predictions.list({})).items.length, 2);
    },
  },
  {
    name: 'a known prediction id with other content is CONFLICT naming the id, and nothing of the batch is stored',
    async run({ storage: { predictions, rollups } }) {
      await predictions.append([full]);
      const changed: readonly Partial<RecordedPrediction>[] = [
        { confidence: 0.7000004 },
        { direction: 'up', confidence: 0.1 },
        { symbol: 'ETH/USDT' },
        { decisionId: 'd2' },
        { features: { rsi: 31.5 } },
      ];
      for (const change of changed) {
        const batch = [samplePrediction('before'), { ...full, ...change }, samplePrediction('after')];
        const error = await expectRefusal(predictions.append(batch), 'CONFLICT');
        assert.match(error.message, /full/);
      }
      const { probabilities: _dropped, ...without } = full;
      await expectRefusal(predictions.append([without]), 'CONFLICT');
      assert.deepEqual(await predictions.get(['before', 'full', 'after']), [undefined, full, undefined]);
      const [rollup, ...more] = await rollups.range({ modelName: NAME, role: 'live', from: START, to: START + HOUR });
      assert.deepEqual([rollup, more], [undefined, []], 'a refused batch leaves no roll-up');
    },
  },
  {
    name: 'two contents under one id in one batch are CONFLICT, and neither is stored',
    async run({ storage: { predictions } }) {
      await expectRefusal(predictions.append([full, { ...full, symbol: 'ETH/USDT' }]), 'CONFLICT');
      assert.deepEqual(await predictions.get(['full']), [undefined]);
    },
  },
  {
    name: 'of many concurrent appends of one id with different contents exactly one is stored',
    async run({ storage: { predictions } }) {
      const contents = Array.from({ length: 8 }, (_, i) => samplePrediction('p', { confidence: (i + 1) / 10 }));
      const results = await Promise.allSettled(contents.map((content) => predictions.append([content])));
      const won = contents.filter((_, i) => results[i]!.status === 'fulfilled');
      assert.equal(won.length, 1);
      assert.deepEqual(await predictions.get(['p']), won);
    },
  },
  {
    name: 'an empty batch does nothing',
    async run({ storage: { predictions } }) {
      assert.deepEqual(await predictions.append([]), []);
      assert.deepEqual(await predictions.resolve([]), []);
      assert.deepEqual(await predictions.get([]), []);
    },
  },
  {
    name: 'get answers in the order of the ids, repeats and absences included',
    async run({ storage: { predictions } }) {
      const [a, b] = samplePredictions(2);
      await predictions.append([a!, b!]);
      assert.deepEqual(await predictions.get([b!.id, 'none', a!.id, b!.id]), [b, undefined, a, b]);
    },
  },
  {
    name: 'a batch of 2,000 predictions is stored and read whole',
    async run({ storage: { predictions } }) {
      const batch = samplePredictions(2_000);
      const isNew = await predictions.append(batch);
      assert.equal(isNew.length, 2_000);
      assert.ok(isNew.every(Boolean));
      assert.deepEqual(await predictions.get(batch.map(({ id }) => id)), batch);
    },
  },
  {
    name: 'more than 10,000 predictions, outcomes or ids in one call are TOO_LARGE',
    async run({ storage: { predictions } }) {
      const batch = samplePredictions(10_001);
      await expectRefusal(predictions.append(batch), 'TOO_LARGE');
      await expectRefusal(predictions.resolve(batch.map((prediction) => sampleResolution(prediction))), 'TOO_LARGE');
      await expectRefusal(predictions.get(batch.map(({ id }) => id)), 'TOO_LARGE');
      assert.deepEqual((await predictions.list({})).items, []);
    },
  },
  {
    name: 'findByDecision finds every prediction of a decision, ordered by id, with its outcome',
    async run({ storage: { predictions } }) {
      const shadow = samplePrediction('z-shadow', { decisionId: 'd', role: 'shadow', modelVersionId: 'v2' });
      const member = samplePrediction('a-member', { decisionId: 'd', role: 'member' });
      // A decision named after one of its own predictions, as the default has it.
      const live = samplePrediction('d');
      await predictions.append([shadow, live, member, samplePrediction('elsewhere')]);
      const [{ outcome } = assert.fail()] = await predictions.resolve([sampleResolution(live)]);
      assert.deepEqual(await predictions.findByDecision('d'), [member, { ...live, outcome }, shadow]);
      assert.deepEqual(await predictions.findByDecision('none'), []);
      // An id is no decision: this prediction belongs to d.
      assert.deepEqual(await predictions.findByDecision('a-member'), []);
    },
  },
  {
    name: 'predictions are listed by predictedAt, then by id',
    async run({ storage: { predictions } }) {
      const made = [
        samplePrediction('b', { predictedAt: START + MINUTE }),
        samplePrediction('c', { predictedAt: START }),
        samplePrediction('a', { predictedAt: START + MINUTE }),
        samplePrediction('d', { predictedAt: START + 2 * MINUTE }),
      ];
      await predictions.append(made);
      const { items } = await predictions.list({});
      assert.deepEqual(
        items.map(({ id }) => id),
        ['c', 'a', 'b', 'd'],
      );
    },
  },
  {
    name: 'a prediction filter selects by each of its fields and by all together',
    async run({ storage: { predictions } }) {
      const wanted = samplePrediction('wanted', { predictedAt: START + MINUTE });
      const others = [
        samplePrediction('version', { ...sameTime, modelVersionId: 'v2' }),
        samplePrediction('name', { ...sameTime, modelName: 'other' }),
        samplePrediction('symbol', { ...sameTime, symbol: 'ETH/USDT' }),
        samplePrediction('role', { ...sameTime, role: 'shadow' }),
        samplePrediction('early', { predictedAt: START }),
        samplePrediction('late', { predictedAt: START + 2 * MINUTE }),
        samplePrediction('open', sameTime),
      ];
      await predictions.append([wanted, ...others]);
      await predictions.resolve([wanted, ...others].filter(({ id }) => id !== 'open').map((p) => sampleResolution(p)));
      const all = ['early', 'name', 'open', 'role', 'symbol', 'version', 'wanted', 'late'];
      const ids = async (filter: Parameters<typeof predictions.list>[0]) =>
        (await predictions.list(filter)).items.map(({ id }) => id);
      const without = (...dropped: string[]) => all.filter((id) => !dropped.includes(id));
      assert.deepEqual(await ids({}), all);
      assert.deepEqual(await ids({ modelVersionId: 'v1' }), without('version'));
      assert.deepEqual(await ids({ modelName: NAME }), without('name'));
      assert.deepEqual(await ids({ symbol: 'BTC/USDT' }), without('symbol'));
      assert.deepEqual(await ids({ role: 'live' }), without('role'));
      assert.deepEqual(await ids({ predictedFrom: START + 1 }), without('early'));
      assert.deepEqual(await ids({ predictedFrom: START, predictedTo: START + 2 * MINUTE }), without('late'));
      assert.deepEqual(await ids({ resolved: true }), without('open'));
      assert.deepEqual(await ids({ resolved: false }), ['open']);
      const everything = {
        modelVersionId: 'v1',
        modelName: NAME,
        symbol: 'BTC/USDT',
        role: 'live',
        predictedFrom: START + MINUTE,
        predictedTo: START + MINUTE + 1,
        resolved: true,
      } as const;
      assert.deepEqual(await ids(everything), ['wanted']);
    },
  },
];

const sameTime = { predictedAt: START + MINUTE };
