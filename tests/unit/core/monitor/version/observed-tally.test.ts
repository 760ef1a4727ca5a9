import { openMemoryStorage } from '@mlperf/storage-memory';
import { expect, it } from 'vitest';
import { noSkillAccuracyOfTally, tallyFrom } from '../../../../../packages/core/src/monitor/version/observed-tally.ts';
import { openMonitor, outcomeOf, predictionOf } from '../monitor-fixture.ts';

it('the most frequent direction makes the no-skill accuracy, and nothing counted makes none', () => {
  expect(noSkillAccuracyOfTally({ up: 3, down: 5, flat: 2 })).toBe(0.5);
  expect(noSkillAccuracyOfTally({ up: 0, down: 0, flat: 0 })).toBeUndefined();
});

it('a stored tally is taken up only if it counts every outcome', () => {
  expect(tallyFrom({ up: 3, down: 5, flat: 2 }, 10)).toEqual({ up: 3, down: 5, flat: 2 });
  for (const stored of [undefined, null, 10, [3, 5, 2], { up: 3, down: 5 }, { up: 3, down: 5, flat: 1 }]) {
    expect(tallyFrom(stored, 10)).toBeUndefined();
  }
  expect(tallyFrom(undefined, 0)).toEqual({ up: 0, down: 0, flat: 0 });
});

it('the baseline of all outcomes is the same after a restart, and starts again with a reset', async () => {
  const storage = openMemoryStorage();
  const first = await openMonitor({ storage });
  // 4 rises, 6 falls: an all-`up` model has 0.4, and always `down` would have scored 0.6.
  for (let i = 0; i < 10; i++) await first.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i < 4));
  expect(first.detectDegradation().overall).toMatchObject({ accuracy: 0.4, noSkillAccuracy: 0.6 });
  await first.close();
  const second = await openMonitor({ storage });
  expect(second.detectDegradation().overall).toMatchObject({ accuracy: 0.4, noSkillAccuracy: 0.6 });
  await second.resetMetrics();
  for (let i = 10; i < 13; i++) await second.trackPredictionOutcome(predictionOf(i), outcomeOf(i, true));
  expect(second.detectDegradation().overall).toMatchObject({ outcomes: 3, noSkillAccuracy: 1 });
  await second.close();
});
