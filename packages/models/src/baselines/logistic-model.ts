import { InvalidInputError, type Matrix, type TrainedModel } from '@mlperf/core';
import { rawArray, rawNumber, rawWhole, refusedModel } from '../random-forest/raw-value.ts';
import { LARGEST_VALUE } from '../training-data.ts';
import { decodeJsonModel, encodeJsonModel, storedClasses, storedFeatures, storedShares } from './json-model-file.ts';
import { requireFeatures, requireOut } from './training-classes.ts';

export const MODEL_TYPE = 'logistic-regression';
const KIND = { family: 'logistic', formatVersion: 1 };
const KEYS = ['classes', 'featureNames', 'present', 'coefficients', 'intercepts', 'importance'];

/** Times the largest feature and added up, no score overflows. */
const LARGEST_STORED = 1e200;

/** What a logistic regression is. */
export interface LogisticContent {
  readonly classes: readonly string[];
  readonly featureNames: readonly string[];
  /** Indices of the classes that had weight in training, ascending, at least two; the others have probability 0. */
  readonly present: readonly number[];
  /** Shape (outputs × features); one output, the log-odds of the second, for two classes present, else one per class. */
  readonly coefficients: Float64Array;
  /** Length outputs. */
  readonly intercepts: Float64Array;
  /** By feature: |coefficient| · the feature's standard deviation, summing to 1; all 0 when no feature counts. */
  readonly importance: Float64Array;
}

export function logisticModel(content: LogisticContent): TrainedModel {
  const { classes, featureNames, present, coefficients, intercepts, importance } = content;
  const columns = featureNames.length;
  const k = classes.length;
  const outputs = intercepts.length;
  const scores = new Float64Array(Math.max(2, outputs));
  return {
    modelType: MODEL_TYPE,
    classes,
    featureNames,
    lookBack: 0,
    predict(features, out = new Float64Array(features.rows * k)) {
      requireFeatures(features, columns, 'refused');
      requireRange(features);
      requireOut(out, features.rows * k).fill(0);
      for (let row = 0; row < features.rows; row++) {
        for (let o = 0; o < outputs; o++) {
          let score = intercepts[o]!;
          for (let c = 0; c < columns; c++)
            score += coefficients[o * columns + c]! * features.values[row * columns + c]!;
          scores[o] = score;
        }
        if (outputs === 1) {
          scores[1] = scores[0]!;
          scores[0] = 0;
        }
        toProbabilities(scores, present.length);
        for (let o = 0; o < present.length; o++) out[row * k + present[o]!] = scores[o]!;
      }
      return out;
    },
    serialize: () =>
      encodeJsonModel(KIND, {
        classes: [...classes],
        featureNames: [...featureNames],
        present: [...present],
        coefficients: [...coefficients],
        intercepts: [...intercepts],
        importance: [...importance],
      }),
    ...(importance.some((share) => share > 0) ? { featureImportance: () => importance.slice() } : {}),
    // Plain memory: the garbage collector frees it.
    dispose() {},
  };
}

/** @throws `TOO_LARGE` | `MODEL_FORMAT` | `ARTIFACT_CORRUPT`. */
export function decodeLogisticModel(bytes: Uint8Array): LogisticContent {
  const raw = decodeJsonModel(KIND, bytes, KEYS);
  const classes = storedClasses(raw.classes);
  const featureNames = storedFeatures(raw.featureNames);
  const present = rawArray(raw.present, 'present', 2, classes.length).map((index, i, all) =>
    rawWhole(index, `present[${i}]`, i === 0 ? 0 : Number(all[i - 1]) + 1, classes.length - 1),
  );
  const outputs = present.length === 2 ? 1 : present.length;
  const numbers = (value: unknown, at: string, count: number) =>
    Float64Array.from(rawArray(value, at, count, count), (number, i) =>
      rawNumber(number, `${at}[${i}]`, -LARGEST_STORED, LARGEST_STORED),
    );
  const importance = numbers(raw.importance, 'importance', featureNames.length);
  if (importance.some((share) => share < 0)) throw refusedModel('importance', 'must not be negative');
  return {
    classes,
    featureNames,
    present,
    coefficients: numbers(raw.coefficients, 'coefficients', outputs * featureNames.length),
    intercepts: numbers(raw.intercepts, 'intercepts', outputs),
    importance: importance.some((share) => share > 0)
      ? storedShares(raw.importance, 'importance', featureNames.length)
      : importance,
  };
}

/** Scores of larger values may be ∞ − ∞. @throws `OUT_OF_RANGE`. */
function requireRange({ values, columns }: Matrix): void {
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]!) <= LARGEST_VALUE) continue;
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `features must be within ±${LARGEST_VALUE}; got ${values[i]} in row ${Math.floor(i / columns)}, column ${i % columns}`,
    );
  }
}

/** Softmax of the first scores, in place. It returns no number: one that a call returns may cost memory. */
function toProbabilities(scores: Float64Array, count: number): void {
  let greatest = scores[0]!;
  for (let o = 1; o < count; o++) greatest = Math.max(greatest, scores[o]!);
  let sum = 0;
  for (let o = 0; o < count; o++) {
    const share = Math.exp(scores[o]! - greatest);
    scores[o] = share;
    sum += share;
  }
  for (let o = 0; o < count; o++) scores[o]! /= sum;
}
