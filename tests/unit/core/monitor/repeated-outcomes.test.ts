import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { openMonitor, outcomeOf, predictionOf } from './monitor-fixture.ts';

/** A return of 1 % is inside this band: the same price then means another direction. */
const WIDE_BAND = { flatBand: 0.02 };

describe('an outcome repeated under another flat band', () => {
  it('is the same outcome: price and time are compared, the direction is not derived again', async () => {
    const storage = openMemoryStorage();
    const before = await openMonitor({ storage });
    await before.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
    await before.close();

    const after = await openMonitor({ storage, config: WIDE_BAND });
    await after.recordOutcome('p1', outcomeOf(1, true));
    await after.recordOutcome('p1', outcomeOf(1, true), { correct: true });
    // Memory takes this one for new: only the store knows it.
    await after.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
    expect(after.detectDegradation()).toMatchObject({ outcomesSeen: 1, accuracy: 1 });
    await after.close();
    const [stored] = await storage.predictions.get(['p1']);
    expect(stored?.outcome).toMatchObject({ direction: 'up', sequence: 1 });
    expect(stored?.outcome).not.toHaveProperty('correctedAt');
  });

  it('is another outcome when price, time or a direction of its own differs', async () => {
    const storage = openMemoryStorage();
    const before = await openMonitor({ storage });
    await before.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
    await before.close();

    const after = await openMonitor({ storage, config: WIDE_BAND });
    const outcome = outcomeOf(1, true);
    for (const other of [
      { ...outcome, price: 101.5 },
      { ...outcome, observedAt: outcome.observedAt + 1 },
      { ...outcome, direction: 'flat' as const },
    ]) {
      await expect(after.recordOutcome('p1', other)).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    await after.close();
  });
});
