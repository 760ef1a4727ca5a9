import { type Direction, metricsOf, OutcomeAggregate, OutcomeWindow, type WindowEntry } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

const direction = fc.constantFrom<Direction>('up', 'down', 'flat');
const entry: fc.Arbitrary<WindowEntry> = fc
  .record({
    predicted: direction,
    observed: direction,
    confidence: fc.integer({ min: 1, max: 1_000 }).map((n) => n / 1_000),
    netReturn: fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: undefined }),
    observedAt: fc.nat(1_000_000),
  })
  .map(({ predicted, observed, confidence, netReturn, observedAt }) => ({
    predictionId: '',
    segment: 's',
    observedAt,
    observation: { predicted, observed, confidence, ...(netReturn !== undefined && { netReturn }) },
  }));

function fresh(entries: readonly WindowEntry[]): OutcomeAggregate {
  const aggregate = new OutcomeAggregate();
  for (const { observation } of entries) aggregate.add(observation);
  return aggregate;
}

function expectSameSums(actual: OutcomeAggregate, expected: OutcomeAggregate): void {
  const [a, e] = [actual.toJSON(), expected.toJSON()];
  expect([a.count, a.correct, a.confusion, a.binCounts, a.binCorrect, a.returnCount]).toEqual([
    e.count,
    e.correct,
    e.confusion,
    e.binCounts,
    e.binCorrect,
    e.returnCount,
  ]);
  expect(Math.abs(actual.confidenceSum - expected.confidenceSum)).toBeLessThan(1e-12);
  // Relative to what passed through the window, not to what is left: returns of 1e6 squared.
  expect(Math.abs(actual.returnSum - expected.returnSum)).toBeLessThan(1e-12 * 1e6);
  expect(Math.abs(actual.returnSquareSum - expected.returnSquareSum)).toBeLessThan(1e-12 * 1e12);
}

describe('OutcomeWindow', () => {
  it('agrees with fresh sums over the last outcomes, at every size it is asked for', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 120 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 50 }),
        (entries, size, extra, asked) => {
          const window = new OutcomeWindow(size, size + extra);
          for (const one of entries) window.push(one);
          expectSameSums(window.aggregate, fresh(entries.slice(-size)));
          const other = Math.min(asked, size + extra);
          const sums = window.sums(other);
          const last = entries.slice(-other);
          expectSameSums(sums.aggregate, fresh(last));
          expect(sums.startTime).toBe(last.length === 0 ? undefined : Math.min(...last.map((one) => one.observedAt)));
          expect(sums.endTime).toBe(last.length === 0 ? undefined : Math.max(...last.map((one) => one.observedAt)));
          expect(window.entries()).toEqual(entries.slice(-(size + extra)));
        },
      ),
      { seed: 3 },
    );
  });

  it('puts a correction in its place, in the window and behind it', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 60 }),
        fc.nat(59),
        entry,
        fc.integer({ min: 1, max: 10 }),
        (given, at, correction, size) => {
          const entries = given.map((one, i) => ({ ...one, predictionId: `p${i}` }));
          const window = new OutcomeWindow(size, size + 10);
          for (const one of entries) window.push(one);
          const index = at % entries.length;
          const corrected = { ...correction, predictionId: `p${index}` };
          expect(window.replace(corrected)).toBe(index >= entries.length - (size + 10));
          entries[index] = corrected;
          expectSameSums(window.aggregate, fresh(entries.slice(-size)));
          expectSameSums(window.sums(size + 10).aggregate, fresh(entries.slice(-(size + 10))));
        },
      ),
      { seed: 5 },
    );
  });

  it('keeps the metrics of a long stream of hostile returns exact enough to report', () => {
    const window = new OutcomeWindow(3);
    const row = (netReturn: number): WindowEntry => ({
      predictionId: '',
      segment: 's',
      observedAt: 0,
      observation: { predicted: 'up', observed: 'up', confidence: 0.7, netReturn },
    });
    for (let i = 0; i < 10_000; i++) window.push(row(i % 2 === 0 ? 1e6 : -1e6));
    const last = [0.01, -0.02, 0.03].map(row);
    for (const one of last) window.push(one);
    const options = { periodsPerYear: 252 };
    const [actual, expected] = [metricsOf(window.aggregate, options), metricsOf(fresh(last), options)];
    expect(actual.sharpe_ratio! / expected.sharpe_ratio!).toBeCloseTo(1, 6);
  });

  it('refuses a size it cannot hold and one it was not built for', () => {
    for (const [size, capacity] of [
      [0, 1],
      [2.5, 3],
      [5, 4],
    ] as const) {
      expect(() => new OutcomeWindow(size, capacity)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    }
    const window = new OutcomeWindow(2, 5);
    for (const size of [0, 6, 1.5, Number.NaN]) {
      expect(() => window.sums(size)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    }
  });

  describe('after bad ticks have left', () => {
    const calm = (i: number) => 0.01 * Math.sin(i);
    const returnOf = (netReturn: number): WindowEntry => ({
      predictionId: '',
      segment: 's',
      observedAt: 0,
      observation: { predicted: 'up', observed: 'up', confidence: 0.7, netReturn },
    });
    const pricesOf = (price: number, predictedPrice: number): WindowEntry => ({
      ...returnOf(0),
      observation: { ...returnOf(0).observation, price, predictedPrice },
    });

    it.each([
      ['three', [1e16, 1e14, 1e12]],
      ['of alternating sign', [1e20, -1e18, 1e16, -1e14]],
      ['the largest a sum takes', [1e100, 1e100, -1e100]],
      ['a staircase too gentle to see in one step', Array.from({ length: 60 }, (_, i) => 10 ** (30 - i / 2))],
      ['in every size', Array.from({ length: 100 }, (_, i) => 10 ** (100 - 2 * i))],
    ])('has the returns of fresh sums: %s', (_, ticks) => {
      const window = new OutcomeWindow(20, 30);
      const rows = [...ticks, ...Array.from({ length: 60 }, (_, i) => calm(i))].map(returnOf);
      const options = { periodsPerYear: 252 };
      rows.forEach((row, i) => {
        window.push(row);
        const expected = fresh(rows.slice(Math.max(0, i - 19), i + 1));
        expect(window.aggregate.returnSquareSum / expected.returnSquareSum).toBeCloseTo(1, 10);
        if (i < ticks.length + 20) return;
        expect(window.aggregate.returnVariance! / expected.returnVariance!).toBeCloseTo(1, 10);
        const [actual, batch] = [metricsOf(window.aggregate, options), metricsOf(expected, options)];
        expect(actual.sharpe_ratio! / batch.sharpe_ratio!).toBeCloseTo(1, 10);
      });
    });

    it('has the price errors of fresh sums', () => {
      const window = new OutcomeWindow(5);
      const rows = [
        pricesOf(1, 1e60),
        pricesOf(1e100, 1),
        pricesOf(1e-60, 1e20),
        ...Array.from({ length: 10 }, (_, i) => pricesOf(100, 101 + i)),
      ];
      for (const row of rows) window.push(row);
      const expected = fresh(rows.slice(-5));
      for (const sum of ['absoluteErrorSum', 'squaredErrorSum', 'percentageErrorSum'] as const) {
        expect(window.aggregate[sum] / expected[sum]).toBeCloseTo(1, 12);
      }
    });

    it('has the returns of fresh sums once a correction took the tick away', () => {
      const window = new OutcomeWindow(20);
      const rows = Array.from({ length: 20 }, (_, i) => ({ ...returnOf(calm(i)), predictionId: `p${i}` }));
      for (const row of rows) window.push(row);
      window.replace({ ...returnOf(1e50), predictionId: 'p7' });
      window.replace(rows[7]!);
      expect(window.aggregate.returnVariance! / fresh(rows).returnVariance!).toBeCloseTo(1, 10);
    });

    it('sums again seldom: the cost of a push stays the same on average, whatever comes', () => {
      const add = vi.spyOn(OutcomeAggregate.prototype, 'add');
      const pushes = 20_000;
      const addsOf = (tick: (i: number) => number) => {
        const window = new OutcomeWindow(1_000);
        add.mockClear();
        for (let i = 0; i < pushes; i++) window.push(returnOf(tick(i)));
        return add.mock.calls.length;
      };
      expect(addsOf(calm)).toBe(pushes);
      expect(addsOf((i) => (i % 1_500 === 0 ? 1e9 : calm(i)))).toBeLessThanOrEqual(2 * pushes);
      // From the largest to the smallest a sum tells from 0, over and over: as bad as it can be made.
      expect(addsOf((i) => 10 ** (100 - (i % 1_500) / 5))).toBeLessThanOrEqual(100 * pushes);
      add.mockRestore();
    });
  });

  it('refuses an outcome it cannot sum before anything changes', () => {
    const row = (number: number, netReturn: number): WindowEntry => ({
      predictionId: `p${number}`,
      segment: 's',
      observedAt: number,
      observation: { predicted: 'up', observed: 'up', confidence: 0.7, netReturn },
    });
    const window = new OutcomeWindow(2, 4);
    for (let i = 0; i < 6; i++) window.push(row(i, 0.01 * i));
    const before = [window.entries(), window.aggregate.toJSON()];
    const unknown = { ...row(9, 0), observation: { ...row(9, 0).observation, observed: 'sideways' as Direction } };
    for (const bad of [row(9, 1e101), row(9, Number.NaN), unknown]) {
      expect(() => window.push(bad)).toThrow();
      expect(() => window.replace({ ...bad, predictionId: 'p5' })).toThrow();
      expect(() => window.replace({ ...bad, predictionId: 'p2' })).toThrow();
      expect([window.entries(), window.aggregate.toJSON()]).toEqual(before);
    }
    window.push(row(6, 0.06));
    expectSameSums(window.aggregate, fresh([row(5, 0.05), row(6, 0.06)]));
  });

  it('is empty again after clear', () => {
    const window = new OutcomeWindow(2, 3);
    const row = {
      predictionId: 'p',
      segment: 's',
      observedAt: 1,
      observation: { predicted: 'up', observed: 'up', confidence: 1 },
    } as const;
    for (let i = 0; i < 5; i++) window.push(row);
    window.clear();
    expect(window.length).toBe(0);
    window.push(row);
    expect(window.sums(3)).toMatchObject({ startTime: 1, endTime: 1 });
    expect(window.aggregate.count).toBe(1);
  });
});
