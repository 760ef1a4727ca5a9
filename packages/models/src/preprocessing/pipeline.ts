import { type Dataset, InvalidInputError, type JsonObject, type Matrix, requireMatrix } from '@mlperf/core';
import { rawArray, refusedModel } from '../random-forest/raw-value.ts';
import { restoreImputation } from './imputation.ts';
import { restoreMinMax } from './min-max-scaling.ts';
import { restoreOneHot } from './one-hot.ts';
import type { FittedStep, PreprocessingStep } from './preprocessing-step.ts';
import { restoreQuantile } from './quantile-scaling.ts';
import { restoreCentred } from './standard-scaling.ts';
import { restoreWinsorizing } from './winsorizing.ts';

const MAX_STEPS = 32;

const RESTORE: ReadonlyMap<string, (value: unknown, at: string) => FittedStep> = new Map([
  ['standard', (value: unknown, at: string) => restoreCentred('standard', value, at)],
  ['robust', (value: unknown, at: string) => restoreCentred('robust', value, at)],
  ['min-max', restoreMinMax],
  ['quantile', restoreQuantile],
  ['winsorizing', restoreWinsorizing],
  ['imputation', restoreImputation],
  ['one-hot', restoreOneHot],
]);

/** Fitted steps, one after the other. */
export interface FittedPipeline {
  readonly inputNames: readonly string[];
  readonly featureNames: readonly string[];
  /** For each column made, the column taken that it comes from. */
  readonly sources: Int32Array;
  /** Whether missing values of any column are filled in. */
  readonly completes: boolean;
  /**
   * @param features - Shape (rows × inputs); NaN is missing. Not modified.
   * @param out - Written when given: shape (rows × outputs). Then one call as large as an earlier one allocates nothing.
   * @returns shape (rows × outputs).
   * @throws `LENGTH_MISMATCH` | `NOT_FINITE` (infinite) | `OUT_OF_RANGE` (an unknown category).
   */
  transform(features: Matrix, out?: Float64Array): Float64Array;
  /** The dataset with its features transformed. */
  transformDataset(dataset: Dataset): Dataset;
  /** What {@link restorePipeline} reads. */
  toJSON(): readonly JsonObject[];
}

/**
 * Fits steps one after the other, each on what the steps before it made of the training rows.
 *
 * @param steps - 1 to 32.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`; what a step throws.
 * @example const scaled = fitPipeline([imputation(), standardScaling()], train).transformDataset(test);
 */
export function fitPipeline(steps: readonly PreprocessingStep[], train: Dataset): FittedPipeline {
  requireSteps(steps.length);
  const fitted: FittedStep[] = [];
  let dataset = train;
  for (const step of steps) {
    const next = step.fit(dataset);
    fitted.push(next);
    if (fitted.length < steps.length) dataset = pipelineOf([next]).transformDataset(dataset);
  }
  return pipelineOf(fitted);
}

/**
 * A pipeline as `toJSON` gave it.
 * @throws `MODEL_FORMAT` for anything else, saying where.
 */
export function restorePipeline(value: unknown): FittedPipeline {
  const steps = rawArray(value, 'steps', 1, MAX_STEPS).map((step, i) => {
    const kind: unknown = typeof step === 'object' && step !== null && 'kind' in step ? step.kind : undefined;
    const restore = typeof kind === 'string' ? RESTORE.get(kind) : undefined;
    if (restore === undefined) {
      throw refusedModel(
        `steps[${i}].kind`,
        `must be one of ${[...RESTORE.keys()].join(', ')}; got ${JSON.stringify(kind)}`,
      );
    }
    return restore(step, `steps[${i}]`);
  });
  steps.forEach((step, i) => {
    const before = steps[i - 1]?.featureNames ?? step.inputNames;
    if (before.length === step.inputNames.length && before.every((name, c) => name === step.inputNames[c])) return;
    throw refusedModel(`steps[${i}].featureNames`, 'must be what the step before it makes');
  });
  return pipelineOf(steps);
}

function pipelineOf(steps: readonly FittedStep[]): FittedPipeline {
  const first = steps[0]!;
  const last = steps.at(-1)!;
  const width = first.inputNames.length;
  const made = last.featureNames.length;
  const sources = last.sources.map((column) =>
    steps.slice(0, -1).reduceRight((source, step) => step.sources[source]!, column),
  );
  // Between two steps; grown when a call has more rows than any before.
  const between = steps.slice(0, -1).map(() => new Float64Array());
  const transform = (features: Matrix, out = new Float64Array(features.rows * made)): Float64Array => {
    const { values, rows, columns } = features;
    requireLength('columns', columns, width);
    requireMatrix(features, 'features', 'allowed');
    requireLength('out', out.length, rows * made);
    let from = values;
    for (let s = 0; s < steps.length; s++) {
      let to = out;
      if (s < between.length) {
        const length = rows * steps[s]!.featureNames.length;
        if (between[s]!.length < length) between[s] = new Float64Array(length);
        to = between[s]!;
      }
      steps[s]!.transformInto(from, rows, to);
      from = to;
    }
    return out;
  };
  const completes = steps.some((step) => step.completes);
  return {
    inputNames: first.inputNames,
    featureNames: last.featureNames,
    sources,
    completes,
    transform,
    transformDataset(dataset) {
      requireNames(dataset.featureNames, first.inputNames);
      const { missingValues, ...rest } = dataset;
      const features = { values: transform(dataset.features), rows: dataset.features.rows, columns: made };
      return {
        ...rest,
        features,
        featureNames: last.featureNames,
        ...(missingValues === undefined || completes ? {} : { missingValues }),
      };
    },
    toJSON: () => steps.map((step) => step.toJSON()),
  };
}

function requireSteps(count: number): void {
  if (count >= 1 && count <= MAX_STEPS) return;
  throw new InvalidInputError('OUT_OF_RANGE', `steps must be 1 to ${MAX_STEPS}; got ${count}`);
}

function requireLength(subject: string, length: number, expected: number): void {
  if (length === expected) return;
  throw new InvalidInputError(
    'LENGTH_MISMATCH',
    `${subject} must be ${expected} for the features that the steps were fitted on; got ${length}`,
  );
}

function requireNames(names: readonly string[], expected: readonly string[]): void {
  if (names.length === expected.length && names.every((name, i) => name === expected[i])) return;
  throw new InvalidInputError(
    'INVALID_RECORD',
    `features must be those the steps were fitted on, ${expected.join(', ')}; got ${names.join(', ')}`,
  );
}
