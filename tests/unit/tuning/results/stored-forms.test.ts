import { describe, expect, it } from 'vitest';
import { RowsByTime } from '../../../../packages/tuning/src/overfitting/rows-by-time.ts';
import { decodeColumns, encodeColumns } from '../../../../packages/tuning/src/results/column-file.ts';
import { noSkillPredictions } from '../../../../packages/tuning/src/results/no-skill.ts';
import { rowScoringOf } from '../../../../packages/tuning/src/results/row-scoring.ts';
import { decodeAnswers, encodeAnswers } from '../../../../packages/tuning/src/results/trial-answers.ts';

describe('a file of columns', () => {
  const file = {
    header: { format: 'test/1', classes: ['d\u00f6wn', 'up'], nested: { share: 0.25 } },
    columns: {
      exact: Float64Array.of(0, -1.5, 1e300, Number.MIN_VALUE),
      rounded: Float32Array.of(0.1, -3),
      whole: Uint32Array.of(0, 4_294_967_295),
      none: new Float64Array(0),
    },
  };

  it('comes back as it was, from anywhere in memory', () => {
    const bytes = encodeColumns(file);
    expect(decodeColumns(bytes)).toEqual(file);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeColumns(shifted.subarray(3))).toEqual(file);
  });

  it('is the same bytes for the same table, little-endian', () => {
    const { header, columns } = file;
    const turned = { header: { nested: header.nested, classes: header.classes, format: header.format }, columns };
    expect(encodeColumns(turned)).toEqual(encodeColumns(file));
    expect([...encodeColumns({ header: {}, columns: { n: Uint32Array.of(1) } }).slice(-4)]).toEqual([1, 0, 0, 0]);
  });

  it('that is cut, lengthened or none of ours is refused', () => {
    const bytes = encodeColumns(file);
    const corrupt = expect.objectContaining({ code: 'ARTIFACT_CORRUPT' }) as Error;
    const others = [
      new Uint8Array(0),
      bytes.slice(0, 20),
      bytes.slice(0, -1),
      Uint8Array.of(...bytes, 0),
      new Uint8Array(100),
    ];
    for (const other of others) expect(() => decodeColumns(other)).toThrow(corrupt);
    expect(() => decodeAnswers(bytes)).toThrow(corrupt);
  });

  it('of answers is off by at most a share 2⁻²⁴', () => {
    const predictions = Float64Array.from({ length: 1_000 }, (_, i) => Math.exp(-i / 20));
    const answers = { predictions: Float32Array.from(predictions), scores: Float32Array.of(1) };
    const back = decodeAnswers(encodeAnswers(answers)).predictions;
    predictions.forEach((p, i) => {
      expect(Math.abs(back[i]! - p)).toBeLessThanOrEqual(p * 2 ** -24);
    });
    expect(encodeAnswers(answers).length).toBeLessThan(4 * 1_001 + 250);
  });
});

describe('rows gathered by time', () => {
  const rows = new RowsByTime([20, 10, 20, 40]);

  it('give one mean difference per time, in order of time', () => {
    expect([...rows.times]).toEqual([10, 20, 40]);
    expect([...rows.meanDifferences([3, 1, 6, 0], [1, 1, 2, 5])]).toEqual([0, (2 + 4) / 2, -5]);
  });

  it('count the later times before a label ends, at most', () => {
    expect(rows.overlap([20, 20, 20, 40])).toBe(0);
    expect(rows.overlap([20, 21, 20, 40])).toBe(1);
    expect(rows.overlap([41, 10, 20, 99])).toBe(1);
    expect(rows.overlap([20, 1_000, 20, 40])).toBe(2);
  });
});

describe('the best answer without features', () => {
  const accuracy = rowScoringOf({ name: 'accuracy' }, 'classification');
  const absolute = rowScoringOf(
    {
      name: 'absolute',
      rowScores: (yTrue, predicted) => yTrue.map((value, row) => -Math.abs(value - predicted[row]!)),
    },
    'regression',
  );
  const squared = rowScoringOf({ name: 'none of rows' }, 'regression');

  it('is the class shares of the rows', () => {
    expect([...noSkillPredictions(Float64Array.of(1, 1, 0, 1), ['down', 'up'], accuracy)]).toEqual([
      0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 0.25, 0.75,
    ]);
  });

  it('is the mean or the median of values, as the rows are scored', () => {
    const yTrue = Float64Array.of(0, 1, 20);
    expect([...noSkillPredictions(yTrue, [], absolute)]).toEqual([1, 1, 1]);
    expect([...noSkillPredictions(yTrue, [], squared)]).toEqual([7, 7, 7]);
  });

  it('has a balanced accuracy of one half, however uneven the classes', () => {
    const yTrue = Float64Array.from({ length: 100 }, (_, row) => (row < 90 ? 0 : 1));
    const scores = accuracy.score(yTrue, noSkillPredictions(yTrue, ['down', 'up'], accuracy), ['down', 'up']);
    expect(scores.reduce((sum, score) => sum + score, 0) / 100).toBeCloseTo(0.5, 12);
  });
});
