import { InvalidInputError, keyedRandom, type Matrix } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binColumnSteps, binColumns } from '../../../../packages/models/src/histogram/bin-columns.ts';
import { between, quantileThresholds } from '../../../../packages/models/src/histogram/quantile-thresholds.ts';

function column(values: readonly number[]): Matrix {
  return { values: Float64Array.from(values), rows: values.length, columns: 1 };
}

describe('binColumns', () => {
  it('gives each of few distinct values its own bin, with thresholds half-way', () => {
    const binned = binColumns(column([4, 1, 2, 1]));
    expect(binned.thresholds).toEqual([Float64Array.of(1.5, 3)]);
    expect([...binned.bins]).toEqual([2, 0, 1, 0]);
    expect([...binned.binCounts]).toEqual([3]);
    expect([...binned.exact]).toEqual([1]);
    expect([...binned.missingBin]).toEqual([-1]);
  });

  it('keeps columns apart, one run of rows after the other', () => {
    const binned = binColumns({ values: Float64Array.of(1, 30, 2, 20, 3, 10), rows: 3, columns: 2 });
    expect([...binned.bins]).toEqual([0, 1, 2, 2, 1, 0]);
  });

  it('fills bins equally when there are more values than bins', () => {
    const binned = binColumns(column(Array.from({ length: 1024 }, (_, i) => 1023 - i)));
    const counts = new Int32Array(256);
    for (const bin of binned.bins) counts[bin]!++;
    expect(new Set(counts)).toEqual(new Set([4]));
    expect([...binned.exact]).toEqual([0]);
  });

  it('gives a value that half of the rows have one bin, and the others all that are left', () => {
    const values = [...new Array<number>(1000).fill(0), ...Array.from({ length: 1000 }, (_, i) => i + 1)];
    const { thresholds, bins } = binColumns(column(values), { maxBins: 11 });
    expect(thresholds[0]).toHaveLength(10);
    const counts = new Int32Array(11);
    for (const bin of bins) counts[bin]!++;
    expect([...counts]).toEqual([1000, ...new Array(10).fill(100)]);
  });

  it('puts missing values into a last bin of their own, within the limit', () => {
    const values = [Number.NaN, 5, 6, Number.NaN, 7];
    const binned = binColumns(column(values), { maxBins: 3 });
    expect(binned.thresholds[0]).toHaveLength(1);
    expect([...binned.missingBin]).toEqual([2]);
    expect([...binned.binCounts]).toEqual([3]);
    expect(binned.bins[0]).toBe(2);
    expect(binned.bins[3]).toBe(2);
  });

  it('has one bin for a constant column, and a missing bin after it for a column of NaN', () => {
    expect(binColumns(column([3, 3, 3])).thresholds[0]).toHaveLength(0);
    const nothing = binColumns(column([Number.NaN, Number.NaN]));
    expect([...nothing.bins]).toEqual([1, 1]);
    expect([...nothing.binCounts]).toEqual([2]);
  });

  it('parts neighbouring doubles, huge ones and subnormal ones', () => {
    for (const [a, b] of [
      [1, 1 + Number.EPSILON],
      [-Number.MAX_VALUE, Number.MAX_VALUE],
      [0, Number.MIN_VALUE],
      [-Number.MIN_VALUE, 0],
    ] as const) {
      const { thresholds, bins } = binColumns(column([a, b]));
      expect(a <= thresholds[0]![0]! && b > thresholds[0]![0]!).toBe(true);
      expect([...bins]).toEqual([0, 1]);
    }
    expect([...binColumns(column([-0, 0])).bins]).toEqual([0, 0]);
  });

  it('says the same by bins and by raw values, for any column and any threshold', () => {
    const value = fc.oneof(fc.double({ noDefaultInfinity: true }), fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), fc.integer({ min: 2, max: 12 }), (values, most) => {
        const { bins, thresholds, binCounts, missingBin } = binColumns(column(values), { maxBins: most });
        const edges = thresholds[0]!;
        expect(binCounts[0]).toBeLessThanOrEqual(most);
        values.forEach((x, row) => {
          if (Number.isNaN(x)) expect(bins[row]).toBe(missingBin[0]);
          else expect(Array.from(edges, (edge) => x <= edge)).toEqual(Array.from(edges, (_, b) => bins[row]! <= b));
        });
      }),
    );
  });

  it.each([2, 20])('gives each of %d symbols interleaved bar by bar its share of the bins', (symbols) => {
    const random = keyedRandom('interleaved');
    const rows = 400_000;
    // Symbol s moves in [s, s + 1): bins taken from other symbols alone would all lie elsewhere.
    const values = Float64Array.from({ length: rows }, (_, row) => (row % symbols) + random.next());
    const features = { values, rows, columns: 1 };
    const { thresholds } = binColumns(features);
    for (let symbol = 0; symbol < symbols; symbol++) {
      const own = thresholds[0]!.filter((threshold) => threshold >= symbol && threshold < symbol + 1).length;
      expect(own).toBeGreaterThan((0.8 * 256) / symbols);
    }
    expect(binColumns(features).thresholds).toEqual(thresholds);
  });

  it('takes every value of a feature that is present on some rows only', () => {
    const rows = 400_001;
    const values = new Float64Array(rows).fill(Number.NaN);
    for (let i = 0; i < 100; i++) values[4_000 * i + 1] = i;
    const { thresholds, exact, binCounts } = binColumns({ values, rows, columns: 1 });
    expect([...thresholds[0]!]).toEqual(Array.from({ length: 99 }, (_, i) => i + 0.5));
    expect([...exact]).toEqual([1]);
    expect([...binCounts]).toEqual([101]);
  });

  it('draws the values of a long feature with gaps from all of its rows', () => {
    const random = keyedRandom('gaps');
    const rows = 500_000;
    const values = Float64Array.from({ length: rows }, (_, row) => (row % 2 === 0 ? random.next() + row : Number.NaN));
    const { bins, missingBin } = binColumns({ values, rows, columns: 1 });
    const counts = new Int32Array(256);
    for (const bin of bins) counts[bin]!++;
    expect(counts[missingBin[0]!]).toBe(rows / 2);
    expect(Math.max(...counts.subarray(0, 255))).toBeLessThan((1.2 * rows) / 2 / 255);
  });

  it('decides the thresholds of a very long column from rows drawn all along it', () => {
    const random = keyedRandom('bins');
    const rows = 250_000;
    const values = Float64Array.from({ length: rows }, () => random.next());
    let polls = 0;
    const { bins, exact } = binColumns({ values, rows, columns: 1 }, { poll: () => polls++ });
    const counts = new Int32Array(256);
    for (const bin of bins) counts[bin]!++;
    expect(Math.min(...counts)).toBeGreaterThan((0.8 * rows) / 256);
    expect(Math.max(...counts)).toBeLessThan((1.2 * rows) / 256);
    expect(exact[0]).toBe(0);
    expect(polls).toBeGreaterThanOrEqual(4);
  });

  it('ends when poll throws', () => {
    const stop = new Error('stop');
    expect(() =>
      binColumns(column([1, 2]), {
        poll: () => {
          throw stop;
        },
      }),
    ).toThrow(stop);
  });

  it.each([[1], [257], [2.5], [Number.NaN]])('refuses %s bins', (maxBins) => {
    expect(() => binColumns(column([1, 2]), { maxBins })).toThrow(InvalidInputError);
  });
});

describe('quantileThresholds', () => {
  it('never parts equal values', () => {
    expect(quantileThresholds(Float64Array.of(1, 1, 1, 2, 3, 3), 2).thresholds).toEqual(Float64Array.of(1.5));
  });

  it('takes the lower neighbour when the middle rounds to the upper', () => {
    const above = 1 + 2 * Number.EPSILON;
    const below = 1 + Number.EPSILON;
    expect(between(below, above)).toBe(below);
  });
});

describe('binColumnSteps', () => {
  it('rests after every column and ends with what binColumns gives', () => {
    const features = { values: Float64Array.of(1, 30, 2, 20, 3, 10), rows: 3, columns: 2 };
    const steps = binColumnSteps(features);
    expect(steps.next().done).toBe(false);
    expect(steps.next().done).toBe(false);
    expect(steps.next()).toEqual({ done: true, value: binColumns(features) });
  });
});
