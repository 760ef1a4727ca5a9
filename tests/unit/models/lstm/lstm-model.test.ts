import type { Matrix, TrainedModel } from '@mlperf/core';
import { lstmFamily, lstmRegressionFamily } from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { fitContext, quick, signOfSum, valueOfSum } from './toy-sequences.ts';

const train = signOfSum(120, 'train');
const fresh = signOfSum(600, 'fresh');
const parameters = { ...quick, epochs: 2, units: 6 };
const model = await lstmFamily.fit(train, parameters, fitContext());

function rowsOf({ values, columns }: Matrix, from: number, to: number): Matrix {
  return { values: values.slice(from * columns, to * columns), rows: to - from, columns };
}

const failureOf = (of: TrainedModel, features: Matrix, out?: Float64Array) => () => {
  void of.predict(features, out);
};

describe('a trained LSTM', () => {
  it('answers rows − lookBack rows, each as if it came alone', async () => {
    const together = await model.predict(fresh.features);
    expect(together).toHaveLength(2 * (600 - 3));
    for (const row of [3, 4, 257, 258, 259, 260, 599]) {
      const alone = await model.predict(rowsOf(fresh.features, row - 3, row + 1));
      expect(alone).toHaveLength(2);
      expect(alone[1]).toBeCloseTo(together[2 * (row - 3) + 1]!, 6);
    }
  });

  it('gives probabilities that sum to 1', async () => {
    const probabilities = await model.predict(fresh.features);
    for (let i = 0; i < probabilities.length; i += 2) {
      expect(probabilities[i]! + probabilities[i + 1]!).toBeCloseTo(1, 12);
      expect(probabilities[i]).toBeGreaterThanOrEqual(0);
      expect(probabilities[i + 1]).toBeGreaterThanOrEqual(0);
    }
  });

  it('writes to the array it is given', async () => {
    const out = new Float64Array(2);
    expect(await model.predict(rowsOf(fresh.features, 0, 4), out)).toBe(out);
    expect([...out]).toEqual([...(await model.predict(rowsOf(fresh.features, 0, 4)))]);
    const many = new Float64Array(2 * 597);
    expect(await model.predict(fresh.features, many)).toBe(many);
  });

  it('answers at once, without a promise to wait for', () => {
    expect(model.predict(rowsOf(fresh.features, 0, 4))).toBeInstanceOf(Float64Array);
  });

  it('answers values in the unit of the target', async () => {
    const regression = await lstmRegressionFamily.fit(valueOfSum(200, 'train'), { ...quick, epochs: 5 }, fitContext());
    const answers = await regression.predict(fresh.features);
    expect(answers).toHaveLength(597);
    for (const answer of answers) expect(Math.abs(answer - 5)).toBeLessThan(0.1);
    const [alone] = await regression.predict(rowsOf(fresh.features, 10, 14));
    expect(alone).toBeCloseTo(answers[10]!, 6);
  });

  it.each<[string, Matrix, Float64Array | undefined, string, RegExp]>([
    [
      'fewer rows than a window',
      rowsOf(fresh.features, 0, 3),
      undefined,
      'INSUFFICIENT_DATA',
      /at least 4 rows .* looks back on 3; got 3/,
    ],
    [
      'other columns',
      { values: new Float64Array(12), rows: 4, columns: 3 },
      undefined,
      'LENGTH_MISMATCH',
      /the 2 columns trained on; got 3/,
    ],
    [
      'values that do not fill the shape',
      { values: new Float64Array(7), rows: 4, columns: 2 },
      undefined,
      'LENGTH_MISMATCH',
      /hold 8 values; got 7/,
    ],
    [
      'an output of another length',
      rowsOf(fresh.features, 0, 4),
      new Float64Array(1),
      'LENGTH_MISMATCH',
      /out must have 2 values; got 1/,
    ],
    [
      'a missing value',
      { values: Float64Array.of(1, 2, 3, Number.NaN, 5, 6, 7, 8), rows: 4, columns: 2 },
      undefined,
      'NOT_FINITE',
      /got NaN in row 1, column 1/,
    ],
    [
      'an infinite value',
      { values: Float64Array.of(1, 2, 3, 4, 5, 6, -Infinity, 8), rows: 4, columns: 2 },
      undefined,
      'NOT_FINITE',
      /got -Infinity in row 3, column 0/,
    ],
    [
      'a value no float32 can hold once it is standardised',
      { values: Float64Array.of(1, 2, 3, 4, 5, 1e200, 7, 8), rows: 4, columns: 2 },
      undefined,
      'OUT_OF_RANGE',
      /got 1e\+200 in row 2, column 1/,
    ],
  ])('refuses %s', (_, features, out, code, message) => {
    expect(failureOf(model, features, out)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  it('is done when it is disposed of, however often, but can still be stored', async () => {
    const short = await lstmFamily.load(model.serialize());
    short.dispose();
    short.dispose();
    expect(failureOf(short, rowsOf(fresh.features, 0, 4))).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    expect(short.serialize()).toEqual(model.serialize());
  });
});
