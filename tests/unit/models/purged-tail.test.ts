import { purgeTrainingRows } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { purgedTail } from '../../../packages/models/src/purged-tail.ts';

const noLook = () => {};

const times = (timestamps: readonly number[], horizon: number) => ({
  timestamps: Float64Array.from(timestamps),
  labelEndsAt: Float64Array.from(timestamps, (at) => at + horizon),
});

describe('purgedTail', () => {
  it('keeps the newest rows back and drops those whose labels reach them', () => {
    // Of ten rows the newest two start at 8; the labels of 6 and 7 end at 8 and 9.
    const { trainRows, tailRows } = purgedTail(times([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 2), 0.2, noLook);
    expect([...tailRows]).toEqual([8, 9]);
    expect([...trainRows]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('goes by time, also where groups follow each other, and takes all rows of its first moment', () => {
    const { trainRows, tailRows } = purgedTail(times([0, 1, 2, 3, 0, 1, 2, 3], 0.5), 1 / 8, noLook);
    expect([...tailRows]).toEqual([3, 7]);
    expect([...trainRows]).toEqual([0, 1, 2, 4, 5, 6]);
  });

  it('finds the newest of many stretches, and looks at its signal in every stretch', () => {
    const rows = 300_000;
    // Three symbols one after the other, at times that are no whole numbers.
    const timestamps = Float64Array.from({ length: rows }, (_, row) => ((row * 7_919) % 100_003) / 3);
    let looks = 0;
    const { trainRows, tailRows } = purgedTail(
      { timestamps, labelEndsAt: timestamps.map((at) => at + 1) },
      0.1,
      () => looks++,
    );
    const start = timestamps.toSorted()[rows - 30_000]!;
    expect([...tailRows]).toEqual(Array.from(timestamps.keys()).filter((row) => timestamps[row]! >= start));
    expect([...trainRows]).toEqual(Array.from(timestamps.keys()).filter((row) => timestamps[row]! + 1 < start));
    expect(looks).toBe(10);
    const stop = () => {
      throw new Error('stopped');
    };
    expect(() => purgedTail({ timestamps, labelEndsAt: timestamps }, 0.1, stop)).toThrow('stopped');
  });

  it('refuses to leave nothing to train on', () => {
    expect(() => purgedTail(times([0, 1, 2, 3], 9), 0.25, noLook)).toThrow(
      expect.objectContaining({ code: 'INSUFFICIENT_DATA' }),
    );
    expect(() => purgedTail(times([5, 5, 5], 0), 0.4, noLook)).toThrow(
      expect.objectContaining({ code: 'INSUFFICIENT_DATA' }),
    );
  });

  it('never trains on a label known at or after the first row of the tail', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 9 })), {
          minLength: 8,
          maxLength: 60,
        }),
        fc.double({ min: 0.05, max: 0.5, noNaN: true }),
        (spans, share) => {
          const data = {
            timestamps: Float64Array.from(spans, ([at]) => at),
            labelEndsAt: Float64Array.from(spans, ([at, horizon]) => at + horizon),
          };
          fc.pre(Math.min(...data.labelEndsAt) < Math.max(...data.timestamps) - 40);
          const { trainRows, tailRows } = purgedTail(data, share, noLook);
          const start = Math.min(...Array.from(tailRows, (row) => data.timestamps[row]!));
          expect([...trainRows]).toEqual([...purgeTrainingRows(data, olderThan(start, data.timestamps), tailRows)]);
          expect(tailRows.length).toBeGreaterThanOrEqual(Math.max(1, Math.round(share * spans.length)));
          for (const row of trainRows) expect(data.labelEndsAt[row]).toBeLessThan(start);
          spans.forEach(([at, horizon], row) => {
            expect(tailRows.includes(row)).toBe(at >= start);
            expect(trainRows.includes(row)).toBe(at + horizon < start);
          });
        },
      ),
      { numRuns: 200, seed: 7 },
    );
  });
});

function olderThan(start: number, timestamps: Float64Array): number[] {
  return Array.from(timestamps.keys()).filter((row) => timestamps[row]! < start);
}
