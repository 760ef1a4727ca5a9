import { createDataset, type Dataset } from '@mlperf/core';
import {
  fitPipeline,
  imputation,
  minMaxScaling,
  oneHot,
  type PreprocessingStep,
  quantileScaling,
  restorePipeline,
  robustScaling,
  standardScaling,
  winsorizing,
} from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../../core/read-golden.ts';

type Table = readonly (readonly (number | null)[])[];

interface StepCase {
  readonly input: {
    readonly step: string;
    readonly options: never;
    readonly train: Table;
    readonly test: Table;
  };
  readonly expected: Table;
  /** Of this case, where it is not that of all. */
  readonly absolute?: number;
}

const STEPS: Readonly<Record<string, (options: never) => PreprocessingStep>> = {
  standardScaling,
  robustScaling,
  minMaxScaling,
  quantileScaling,
  imputation,
  oneHot,
  winsorizing,
};

function datasetOf(table: Table): Dataset {
  const at = table.map((_, row) => row);
  return createDataset({
    features: table.map((row) => row.map((value) => value ?? Number.NaN)),
    missingValues: 'allowed',
    featureNames: table[0]!.map((_, column) => `f${column}`),
    targets: at,
    timestamps: at,
    labelEndsAt: at,
  });
}

const golden = readGolden<StepCase>('preprocessing');

describe('preprocessing', () => {
  it.each(golden.cases.map((one, i) => ({ ...one, name: `${one.input.step} ${i}` })))(
    'equals scikit-learn: $name',
    ({ input, expected, absolute = golden.tolerance.absolute ?? 0 }) => {
      const fitted = fitPipeline([STEPS[input.step]!(input.options)], datasetOf(input.train));
      const test = datasetOf(input.test).features;
      const stored: unknown = JSON.parse(JSON.stringify(fitted.toJSON()));
      for (const pipeline of [fitted, restorePipeline(stored)]) {
        const found = Array.from(pipeline.transform(test), (value) => (Number.isNaN(value) ? null : value));
        const wanted = expected.flat();
        expect(found.length).toBe(wanted.length);
        const worst = Math.max(
          ...wanted.map((value, i) => {
            const came = found[i] ?? null;
            if (value === null || came === null) return value === came ? 0 : Number.POSITIVE_INFINITY;
            return excess(came, value, { ...golden.tolerance, absolute });
          }),
        );
        expect(worst).toBeLessThanOrEqual(0);
      }
    },
  );
});
