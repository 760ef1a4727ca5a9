import { accuracyInterval, effectiveSampleSize, wilsonInterval, wilsonIntervalOfShare } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const bars = (n: number, horizon: number) => Array.from({ length: n }, (_, i) => ({ from: i, to: i + horizon }));

describe('effectiveSampleSize', () => {
  it('is worked out by hand', () => {
    expect(
      effectiveSampleSize([
        { from: 0, to: 2 },
        { from: 1, to: 3 },
      ]),
    ).toBe((1 / 2) * (1 + 1 / 2) + (1 / 2) * (1 / 2 + 1));
  });

  it('is n where nothing overlaps, 1 for the same span again and again, 0 for none', () => {
    expect(effectiveSampleSize(bars(100, 1))).toBe(100);
    expect(effectiveSampleSize(Array.from({ length: 7 }, () => ({ from: 5, to: 9 })))).toBeCloseTo(1, 14);
    expect(effectiveSampleSize([])).toBe(0);
    expect(effectiveSampleSize([{ from: 3, to: 3 }])).toBe(1);
  });

  it('of labels over h bars is about n / h', () => {
    for (const horizon of [2, 5, 20]) {
      const size = effectiveSampleSize(bars(2_000, horizon));
      expect(size).toBeGreaterThan(2_000 / horizon);
      expect(size).toBeLessThan(2_000 / horizon + 5);
    }
  });

  it('equals a sum over every millisecond, in any order of the spans', () => {
    const spans = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 12 })), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(spans, (list) => {
        const rows = list.map(([from, length]) => ({ from, to: from + length }));
        let expected = 0;
        for (const { from, to } of rows) {
          for (let at = from; at < to; at++) {
            const alive = rows.filter((row) => row.from <= at && at < row.to).length;
            expected += 1 / alive / (to - from);
          }
        }
        expect(effectiveSampleSize(rows)).toBeCloseTo(expected, 10);
        expect(effectiveSampleSize(rows.reverse())).toBeCloseTo(expected, 10);
        expect(effectiveSampleSize(rows)).toBeLessThanOrEqual(rows.length);
      }),
      { seed: 76 },
    );
  });

  it('refuses spans that end before they start or never', () => {
    expect(() => effectiveSampleSize([{ from: 2, to: 1 }])).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => effectiveSampleSize([{ from: 0, to: Number.NaN }])).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE' }),
    );
  });
});

describe('accuracyInterval', () => {
  const confidenceLevel = 0.95;

  it("is Wilson's for independent outcomes", () => {
    expect(accuracyInterval(60, 100, { confidenceLevel })).toEqual(wilsonInterval(60, 100, 0.95));
    expect(wilsonIntervalOfShare(0.6, 100, 0.95)).toEqual({
      lower: expect.closeTo(0.5020025867910618, 14),
      upper: expect.closeTo(0.6905987135675411, 14),
    });
  });

  it('widens to that of the effective sample size', () => {
    expect(accuracyInterval(60, 100, { confidenceLevel, effectiveSampleSize: 20 })).toEqual({
      lower: expect.closeTo(wilsonInterval(12, 20, 0.95).lower, 14),
      upper: expect.closeTo(wilsonInterval(12, 20, 0.95).upper, 14),
    });
    expect(accuracyInterval(100, 100, { confidenceLevel, effectiveSampleSize: 7.5 }).upper).toBe(1);
    expect(accuracyInterval(0, 100, { confidenceLevel, effectiveSampleSize: 7.5 }).lower).toBe(0);
  });

  it('covers the rate of overlapping hits about as often as it says, where the plain one does not', () => {
    // A run of h equal outcomes is what fully overlapping labels make.
    const horizon = 5;
    let plain = 0;
    let aware = 0;
    const runs = 2_000;
    let state = 1;
    const next = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    for (let run = 0; run < runs; run++) {
      let correct = 0;
      for (let block = 0; block < 60; block++) if (next() < 0.55) correct += horizon;
      const inside = ({ lower, upper }: { readonly lower: number; readonly upper: number }) =>
        lower <= 0.55 && 0.55 <= upper;
      if (inside(accuracyInterval(correct, 300, { confidenceLevel }))) plain++;
      if (inside(accuracyInterval(correct, 300, { confidenceLevel, effectiveSampleSize: 60 }))) aware++;
    }
    expect(aware / runs).toBeGreaterThan(0.93);
    expect(plain / runs).toBeLessThan(0.75);
  });

  it('refuses sizes and counts that do not fit', () => {
    const refusal = expect.objectContaining({ code: 'OUT_OF_RANGE' });
    for (const effective of [0, -1, 101, Number.NaN]) {
      expect(() => accuracyInterval(60, 100, { confidenceLevel, effectiveSampleSize: effective })).toThrow(refusal);
    }
    expect(() => accuracyInterval(101, 100, { confidenceLevel, effectiveSampleSize: 20 })).toThrow(refusal);
    expect(() => accuracyInterval(0, 0, { confidenceLevel })).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
    expect(() => wilsonIntervalOfShare(1.5, 10, 0.95)).toThrow(refusal);
    expect(() => wilsonIntervalOfShare(0.5, 0, 0.95)).toThrow(refusal);
    expect(() => wilsonIntervalOfShare(0.5, 10, 1)).toThrow(refusal);
  });
});
