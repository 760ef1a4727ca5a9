import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { sampleWindow } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const V1 = { modelVersionId: 'v1' };

export const windowChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'a window comes back as it was saved, with undefined metrics absent',
    async run({ storage: { windows } }) {
      const {
        accuracy: _a,
        confidenceAvg: _c,
        ...empty
      } = sampleWindow({
        predictionsCount: 0,
        correctPredictions: 0,
        metrics: {},
        lastSequence: 1,
      });
      const whole = sampleWindow();
      await windows.save(empty);
      await windows.save(whole);
      assert.deepEqual(await windows.recent({ ...V1, limit: 5 }), [whole, empty]);
    },
  },
  {
    name: 'a window saved again is left alone; with other content it is CONFLICT and the first stays',
    async run({ storage: { windows } }) {
      await windows.save(sampleWindow());
      await windows.save(sampleWindow());
      await expectRefusal(windows.save(sampleWindow({ correctPredictions: 31 })), 'CONFLICT');
      assert.deepEqual(await windows.recent({ ...V1, limit: 5 }), [sampleWindow()]);
    },
  },
  {
    name: 'windows are apart by version, segment, size and last sequence',
    async run({ storage: { windows } }) {
      const saved = [
        sampleWindow(),
        sampleWindow({ lastSequence: 51, correctPredictions: 31 }),
        sampleWindow({ windowSize: 100, lastSequence: 52 }),
        sampleWindow({ segment: 'BTC/USDT', correctPredictions: 29 }),
        sampleWindow({ modelVersionId: 'v2', correctPredictions: 28 }),
      ];
      for (const window of saved) await windows.save(window);
      const [first, second, larger, segment, other] = saved;
      assert.deepEqual(await windows.recent({ ...V1, limit: 9 }), [larger, second, first]);
      assert.deepEqual(await windows.recent({ ...V1, limit: 2 }), [larger, second]);
      assert.deepEqual(await windows.recent({ ...V1, windowSize: 50, limit: 9 }), [second, first]);
      assert.deepEqual(await windows.recent({ ...V1, segment: 'BTC/USDT', limit: 9 }), [segment]);
      assert.deepEqual(await windows.recent({ modelVersionId: 'v2', limit: 9 }), [other]);
      assert.deepEqual(await windows.recent({ ...V1, segment: 'none', limit: 9 }), []);
    },
  },
  {
    name: 'windows come newest first by last sequence, whatever the order they were saved in',
    async run({ storage: { windows } }) {
      for (const lastSequence of [100, 60, 9, 80]) await windows.save(sampleWindow({ lastSequence }));
      const recent = await windows.recent({ ...V1, limit: 9 });
      assert.deepEqual(
        recent.map(({ lastSequence }) => lastSequence),
        [100, 80, 60, 9],
      );
    },
  },
  {
    name: 'a window query takes a limit from 1 to 1,000 and no unknown key',
    async run({ storage: { windows } }) {
      for (const query of [
        { limit: 0 },
        { limit: 1_001 },
        { limit: 1.5 },
        {},
        { limit: 5, symbol: 'x' },
        { limit: 5, windowSize: 0 },
      ]) {
        await expectRefusal(windows.recent({ ...V1, ...query } as never), 'INVALID_QUERY');
      }
    },
  },
];
