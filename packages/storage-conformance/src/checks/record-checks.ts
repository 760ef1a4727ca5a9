import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { HOUR, NAME, START, samplePrediction, samplePredictions, sampleResolution } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const HOUR_OF_START = { modelName: NAME, role: 'live', from: START, to: START + HOUR } as const;

export const recordChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'predictions and outcomes recorded together are what append and resolve make of them, roll-ups included',
    async run({ storage: { predictions, rollups } }) {
      const [open, now, before] = samplePredictions(3);
      await predictions.append([before!]);
      const resolutions = [sampleResolution(before!), sampleResolution(now!, 'down')];
      const { added, resolved } = await predictions.record({ predictions: [open!, now!], resolutions });
      assert.deepEqual(added, [true, true]);
      assert.deepEqual(
        resolved.map(({ status }) => status),
        ['resolved', 'resolved'],
      );
      assert.ok(resolved[0]!.sequence < resolved[1]!.sequence, 'numbered in the order given');
      const outcomes = resolutions.map(({ outcome, recordedAt }, i) => ({
        ...outcome,
        recordedAt,
        sequence: resolved[i]!.sequence,
      }));
      assert.deepEqual(await predictions.get([open!.id, now!.id, before!.id]), [
        open,
        { ...now, outcome: outcomes[1] },
        { ...before, outcome: outcomes[0] },
      ]);
      const [rollup] = await rollups.range(HOUR_OF_START);
      assert.equal(rollup?.predictionsCount, 3);
      assert.equal(rollup?.outcomes.count, 2);
    },
  },
  {
    name: 'what was recorded together changes nothing when it comes again',
    async run({ storage: { predictions, rollups } }) {
      const [a, b] = samplePredictions(2);
      const request = { predictions: [a!, b!], resolutions: [sampleResolution(a!), sampleResolution(b!)] };
      const first = await predictions.record(request);
      const sums = await rollups.range(HOUR_OF_START);
      const { added, resolved } = await predictions.record(request);
      assert.deepEqual(added, [false, false]);
      assert.deepEqual(
        resolved,
        first.resolved.map(({ sequence }) => ({ status: 'unchanged', sequence })),
      );
      assert.deepEqual(await rollups.range(HOUR_OF_START), sums);
    },
  },
  {
    name: 'one request may correct an outcome it has just brought: the number stays and the roll-up holds the last',
    async run({ storage: { predictions, rollups } }) {
      const prediction = samplePrediction('p');
      const corrected = { ...sampleResolution(prediction, 'down'), correction: true };
      const { resolved } = await predictions.record({
        predictions: [prediction],
        resolutions: [sampleResolution(prediction), corrected],
      });
      assert.deepEqual(
        resolved.map(({ status }) => status),
        ['resolved', 'corrected'],
      );
      assert.equal(resolved[0]!.sequence, resolved[1]!.sequence);
      const [stored] = await predictions.get(['p']);
      assert.equal(stored?.outcome?.direction, 'down');
      const [rollup] = await rollups.range(HOUR_OF_START);
      assert.equal(rollup?.outcomes.count, 1);
      assert.equal(rollup?.outcomes.correct, 0);
    },
  },
  {
    name: 'a request with one unknown prediction, conflict or bad record is refused whole',
    async run({ storage: { predictions, rollups } }) {
      const [known, fresh] = samplePredictions(2);
      await predictions.record({ predictions: [known!], resolutions: [sampleResolution(known!)] });
      const before = [await predictions.get([known!.id]), await rollups.range(HOUR_OF_START)];
      const unknown = { ...sampleResolution(known!), predictionId: 'nobody' };
      const record = predictions.record.bind(predictions);
      await expectRefusal(
        record({ predictions: [fresh!], resolutions: [sampleResolution(fresh!), unknown] }),
        'NOT_FOUND',
      );
      await expectRefusal(
        record({ predictions: [fresh!], resolutions: [sampleResolution(known!, 'down')] }),
        'CONFLICT',
      );
      await expectRefusal(
        record({ predictions: [fresh!, { ...known!, symbol: 'ETH/USDT' }], resolutions: [] }),
        'CONFLICT',
      );
      await expectRefusal(
        record({ predictions: [{ ...fresh!, confidence: Number.NaN }], resolutions: [] }),
        'INVALID_RECORD',
      );
      assert.deepEqual(await predictions.get([fresh!.id]), [undefined]);
      assert.deepEqual([await predictions.get([known!.id]), await rollups.range(HOUR_OF_START)], before);
      assert.deepEqual(await record({ predictions: [], resolutions: [] }), { added: [], resolved: [] });
    },
  },
];
