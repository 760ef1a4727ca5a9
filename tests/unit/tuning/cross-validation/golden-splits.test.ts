import { readFileSync } from 'node:fs';
import { createDataset, type Dataset } from '@mlperf/core';
import { CombinatorialPurged, KFold, PurgedKFold, StratifiedKFold } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { spansOnly } from '../a-series.ts';

const golden: {
  readonly kFold: readonly { readonly input: { rows: number; nSplits: number }; readonly expected: number[][] }[];
  readonly stratified: readonly {
    readonly input: { y: number[]; classes: number; nSplits: number };
    readonly expected: number[][];
  }[];
  readonly combinatorial: readonly {
    readonly input: { rows: number; nFolds: number; nTestFolds: number; purged: number; embargo: number };
    readonly expected: { train: number[][]; blocks: number[][]; paths: number[][] };
  }[];
} = JSON.parse(readFileSync(new URL('../../../golden/splitters.json', import.meta.url), 'utf8'));

function rowsOnly(rows: number, horizon: number, y?: readonly number[], classes?: number): Dataset {
  return createDataset({
    features: { values: new Float64Array(rows), rows, columns: 1 },
    featureNames: ['x'],
    targets: Float64Array.from(y ?? new Float64Array(rows)),
    ...(classes === undefined ? {} : { classes: Array.from({ length: classes }, (_, c) => `class ${c}`) }),
    ...spansOnly(rows, horizon),
  });
}

function others(rows: number, test: readonly number[]): number[] {
  return Array.from({ length: rows }, (_, row) => row).filter((row) => !test.includes(row));
}

describe('splitters against their peers', () => {
  it("KFold, and PurgedKFold without overlap, cut like scikit-learn's KFold", () => {
    expect(golden.kFold.length).toBeGreaterThan(15);
    for (const { input, expected } of golden.kFold) {
      const want = expected.map((test) => [others(input.rows, test), test]);
      for (const splitter of [
        new KFold({ nSplits: input.nSplits }),
        new PurgedKFold({ nSplits: input.nSplits, embargoMs: 0 }),
      ]) {
        const folds = splitter.split(rowsOnly(input.rows, 0));
        expect(
          folds.map(({ train, test }) => [[...train], [...test]]),
          JSON.stringify(input),
        ).toEqual(want);
      }
    }
  });

  it("StratifiedKFold cuts like scikit-learn's", () => {
    expect(golden.stratified.length).toBeGreaterThan(20);
    for (const { input, expected } of golden.stratified) {
      const folds = new StratifiedKFold({ nSplits: input.nSplits }).split(
        rowsOnly(input.y.length, 0, input.y, input.classes),
      );
      expect(
        folds.map(({ train, test }) => [[...train], [...test]]),
        JSON.stringify(input),
      ).toEqual(expected.map((test) => [others(input.y.length, test), test]));
    }
  });

  it("CombinatorialPurged cuts like skfolio's, labels of p steps as its purge, and names the same paths", () => {
    expect(golden.combinatorial.length).toBeGreaterThan(25);
    for (const { input, expected } of golden.combinatorial) {
      const { rows, nFolds, nTestFolds, purged, embargo } = input;
      const splitter = new CombinatorialPurged({ nFolds, nTestFolds, embargoMs: embargo * 1_000 });
      const data = rowsOnly(rows, purged);
      const folds = splitter.split(data);
      expect(
        folds.map(({ train }) => [...train]),
        JSON.stringify(input),
      ).toEqual(expected.train);
      const paths = splitter.paths(data);
      expect(paths.map((path) => path.map(({ split }) => split))).toEqual(expected.paths);
      const starts = paths[0]!.map((segment) => segment.rows[0]!);
      expect(folds.map(({ test }) => starts.filter((row) => test.includes(row)))).toEqual(expected.blocks);
      expect(splitter.splitCount).toBe(expected.train.length);
      expect(splitter.pathCount).toBe(expected.paths.length);
    }
  });
});
