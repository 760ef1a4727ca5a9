import { type Dataset, InvalidInputError, type JsonObject, type Matrix } from '@mlperf/core';
import { rawArray, refusedModel } from '../random-forest/raw-value.ts';
import { requireRunning } from '../require-running.ts';
import { LARGEST_VALUE } from '../training-data.ts';
import { restoreSelection } from './feature-selection.ts';
import { restoreImputation } from './imputation.ts';
import { restoreMinMax } from './min-max-scaling.ts';
import { restoreOneHot } from './one-hot.ts';
import type { FittedStep, PreprocessingStep } from './preprocessing-step.ts';
import { restoreQuantile } from './quantile-scaling.ts';
import { restoreCentred } from './standard-scaling.ts';
import { restoreWinsorizing } from './winsorizing.ts';

const MAX_STEPS = 32;
/** Rows taken through all steps at once: memory between steps stays small. */
const BLOCK_ROWS = 1_024;

const RESTORE: ReadonlyMap<string, (value: unknown, at: string) => FittedStep> = new Map([
  ['standard', (value: unknown, at: string) => restoreCentred('standard', value, at)],
  ['robust', (value: unknown, at: string) => restoreCentred('robust', value, at)],
  ['min-max', restoreMinMax],
  ['quantile', restoreQuantile],
  ['winsorizing', restoreWinsorizing],
  ['imputation', restoreImputation],
  ['one-hot', restoreOneHot],
  ['selection', restoreSelection],
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
   * @throws `LENGTH_MISMATCH` | `NOT_FINITE` (infinite) | `OUT_OF_RANGE` (an unknown category, or beyond ±1e100).
   */
  transform(features: Matrix, out?: Float64Array): Float64Array;
  /**
   * The dataset with its features transformed.
   * @param signal - Looked at every 1,024 rows.
   * @throws as `transform`, and `INVALID_RECORD` for other features, `ABORTED`.
   */
  transformDataset(dataset: Dataset, signal?: AbortSignal): Dataset;
  /** What {@link restorePipeline} reads. */
  toJSON(): readonly JsonObject[];
}

/**
 * Fits steps one after the other, each on what the steps before it made of the training rows.
 *
 * @param steps - 1 to 32.
 * @param signal - Looked at every few milliseconds.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`; `ABORTED`; what a step throws.
 * @example const scaled = fitPipeline([imputation(), standardScaling()], train).transformDataset(test);
 */
export function fitPipeline(steps: readonly PreprocessingStep[], train: Dataset, signal?: AbortSignal): FittedPipeline {
  requireSteps(steps);
  const fitted: FittedStep[] = [];
  let dataset = train;
  for (const step of steps) {
    const next = step.fit(dataset, signal);
    fitted.push(next);
    if (fitted.length < steps.length) dataset = pipelineOf([next]).transformDataset(dataset, signal);
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
  // Between two steps; grown when a call has more rows than any before, up to a block.
  const between = steps.slice(0, -1).map(() => new Float64Array());
  const transform = (features: Matrix, out: Float64Array, signal?: AbortSignal): Float64Array => {
    const { values, rows, columns } = features;
    requireLength('columns', columns, width);
    requireLength('values', values.length, rows * width);
    requireLength('out', out.length, rows * made);
    for (let start = 0; start < rows; start += BLOCK_ROWS) {
      requireRunning(signal, 'preprocessing');
      const count = Math.min(BLOCK_ROWS, rows - start);
      // A call of one block makes no views: one row allocates nothing.
      const all = count === rows;
      let from = all ? values : values.subarray(start * width, (start + count) * width);
      requireValues(from, width, start);
      for (let s = 0; s < steps.length; s++) {
        let to = all || s < between.length ? out : out.subarray(start * made, (start + count) * made);
        if (s < between.length) {
          const length = count * steps[s]!.featureNames.length;
          if (between[s]!.length < length) between[s] = new Float64Array(length);
          to = between[s]!;
        }
        steps[s]!.transformInto(from, count, to, start);
        from = to;
      }
    }
    return out;
  };
  const completes = steps.some((step) => step.completes);
  return {
    inputNames: first.inputNames,
    featureNames: last.featureNames,
    sources,
    completes,
    transform: (features, out = new Float64Array(features.rows * made)) => transform(features, out),
    transformDataset(dataset, signal) {
      requireNames(dataset.featureNames, first.inputNames);
      const { missingValues, ...rest } = dataset;
      const { rows } = dataset.features;
      const values = transform(dataset.features, new Float64Array(rows * made), signal);
      const features = { values, rows, columns: made };
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

/** @param firstRow - Number of the first row in messages. */
function requireValues(values: Float64Array, columns: number, firstRow: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // False for NaN, which is missing.
    if (!(Math.abs(value) > LARGEST_VALUE)) continue;
    if (Number.isFinite(value)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `features must be within ±${LARGEST_VALUE}; got ${value} in row ${firstRow + Math.floor(i / columns)}, column ${i % columns}`,
      );
    }
    throw new InvalidInputError(
      'NOT_FINITE',
      `features must be finite or missing; got ${value} in row ${firstRow + Math.floor(i / columns)}, column ${i % columns}`,
    );
  }
}

function requireSteps(steps: unknown): void {
  const isStep = (step: unknown) =>
    typeof step === 'object' && step !== null && 'fit' in step && typeof step.fit === 'function';
  if (!Array.isArray(steps) || !steps.every(isStep)) {
    throw new InvalidInputError('INVALID_TYPE', 'steps must be a list of steps, each with its fit');
  }
  if (steps.length >= 1 && steps.length <= MAX_STEPS) return;
  throw new InvalidInputError('OUT_OF_RANGE', `steps must be 1 to ${MAX_STEPS}; got ${steps.length}`);
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
