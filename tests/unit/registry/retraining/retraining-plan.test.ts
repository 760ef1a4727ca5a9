import { createDataset, type Dataset } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import {
  evaluationRows,
  seenThrough,
  trainingRows,
} from '../../../../packages/registry/src/retraining/retraining-plan.ts';

const rules = { holdoutRows: 20, minTrainingRows: 1, embargoMs: 0, blockLength: 2 };

/** Two symbols, one after the other, each with rows at 0, 10, 20 … whose labels end `horizon` later. */
function twoSymbols(perSymbol: number, horizon: number): Dataset {
  const timestamps = Array.from({ length: 2 * perSymbol }, (_, i) => (i % perSymbol) * 10);
  return createDataset({
    features: timestamps.map((_, i) => [i]),
    featureNames: ['row'],
    targets: timestamps.map((_, i) => i % 2),
    classes: ['down', 'up'],
    timestamps,
    labelEndsAt: timestamps.map((at) => at + horizon),
    groups: timestamps.map((_, i) => Math.floor(i / perSymbol)),
    groupNames: ['A', 'B'],
  });
}

describe('the plan of a retraining', () => {
  it('holds out the newest rows by time, over all symbols', () => {
    const data = twoSymbols(50, 10);
    const held = Array.from(evaluationRows(data, Number.NEGATIVE_INFINITY, rules));
    expect(held).toEqual([...range(40, 50), ...range(90, 100)]);
  });

  it('trains on no row that shares time with a held-out row of any symbol', () => {
    const data = twoSymbols(50, 35);
    const { train, trainedThrough } = trainingRows(data, evaluationRows(data, -1, rules), rules);
    // The sample begins at 400; a label must end before it: 360 + 35 does, 370 + 35 does not.
    expect(Math.max(...train.timestamps)).toBe(360);
    expect(trainedThrough).toBe(395);
    expect(train.features.rows).toBe(2 * 37);
  });

  it('keeps the embargo', () => {
    const data = twoSymbols(50, 10);
    const { trainedThrough } = trainingRows(data, evaluationRows(data, -1, rules), { ...rules, embargoMs: 25 });
    // Labels end at 10, 20, … and must end more than 25 before 400.
    expect(trainedThrough).toBe(370);
  });

  it('judges no row that begins before what a model has seen ended, with the embargo', () => {
    const data = twoSymbols(50, 10);
    expect(evaluationRows(data, 399, rules)).toHaveLength(20);
    expect(() => evaluationRows(data, 400, rules)).toThrow(
      expect.objectContaining({ code: 'TRAINING_FAILED', message: expect.stringContaining('got 18 of 100') }),
    );
    expect(() => evaluationRows(data, 390, { ...rules, embargoMs: 10 })).toThrow('got 18 of 100');
  });

  it('refuses a sample of fewer than ten blocks before anything is trained', () => {
    expect(() => evaluationRows(twoSymbols(50, 10), -1, { ...rules, blockLength: 3 })).toThrow('needs 30 rows');
  });

  it('takes a version that says nothing to have seen everything until it was trained', () => {
    expect(seenThrough({ metadata: { trainedThrough: 5 }, trainedAt: 9 })).toBe(5);
    expect(seenThrough({ metadata: {}, trainedAt: 9 })).toBe(9);
    expect(seenThrough(undefined)).toBe(Number.NEGATIVE_INFINITY);
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
