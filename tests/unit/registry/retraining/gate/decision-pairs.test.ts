import { ManualClock, type ResolvedPrediction } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import {
  DecisionReader,
  gainOf,
  scoreOf,
} from '../../../../../packages/registry/src/retraining/gate/decision-pairs.ts';
import { decide } from '../decisions.ts';

describe('the decisions of two versions', () => {
  const open = (from = 0) => {
    const storage = openMemoryStorage({ clock: new ManualClock(0) });
    const ids = { liveVersionId: 'served', shadowVersionId: 'beside' };
    return { storage, reader: new DecisionReader({ predictions: storage.predictions, ...ids, from }) };
  };
  const both = { live: 'served', shadow: 'beside', liveRight: true, shadowRight: false };

  it('are read once each, in the order in which their outcomes came', async () => {
    const { storage, reader } = open();
    await decide(storage, [
      { ...both, at: 5 },
      { ...both, at: 3 },
    ]);
    expect((await reader.read()).map(({ live, shadow }) => [live.predictedAt, shadow?.decisionId])).toEqual([
      [5, '5/BTC/served'],
      [3, '3/BTC/served'],
    ]);
    expect(await reader.read()).toEqual([]);
    await decide(storage, [{ ...both, at: 9 }]);
    expect((await reader.read()).map(({ live }) => live.predictedAt)).toEqual([9]);
  });

  it('stand alone where nobody answered beside them, and leave out what others served or what came before', async () => {
    const { storage, reader } = open(10);
    await decide(storage, [
      { ...both, at: 9 },
      { live: 'served', liveRight: true, at: 10 },
      { ...both, live: 'another', at: 11 },
      { ...both, at: 12 },
    ]);
    const read = await reader.read();
    expect(read.map(({ live, shadow }) => [live.predictedAt, shadow !== undefined])).toEqual([
      [10, false],
      [12, true],
    ]);
  });

  it('are scored as the gate scores its rows', () => {
    const outcome = {
      observedAt: 7,
      direction: 'down',
      correct: false,
      marketReturn: -0.01,
      sequence: 1,
      recordedAt: 7,
    };
    const said = (direction: 'up' | 'down' | 'flat', changes: object = {}) =>
      ({
        direction,
        predictedAt: 3,
        outcome: { ...outcome, correct: direction === 'down', ...changes },
      }) as ResolvedPrediction;
    expect(scoreOf(said('down'), 'hit', 0.001)).toBe(1);
    expect(scoreOf(said('up'), 'hit', 0.001)).toBe(0);
    expect(scoreOf(said('up'), 'net-return', 0.001)).toBeCloseTo(-0.01 - 0.001, 12);
    expect(scoreOf(said('down'), 'net-return', 0.001)).toBeCloseTo(0.01 - 0.001, 12);
    expect(scoreOf(said('flat'), 'net-return', 0.001)).toBeCloseTo(0, 12);
    const { gain, ...times } = gainOf(said('down'), said('up', { observedAt: 8 }), 'net-return', 0.001)!;
    expect(gain).toBeCloseTo(0.02, 12);
    expect(times).toEqual({ predictedAt: 3, observedAt: 8 });
    expect(gainOf(said('down'), said('up', { marketReturn: undefined }), 'net-return', 0)).toBeUndefined();
  });
});
