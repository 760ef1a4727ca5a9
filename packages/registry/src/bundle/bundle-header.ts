import { canonicalRecord, InvalidInputError, type JsonObject, MlperfError } from '@mlperf/core';
import { requireCalibration, requireThresholds } from './decision-rules.ts';
import { type FeatureTypes, requireFeatureTypes } from './feature-types.ts';

/** Everything a version needs beside its model bytes to predict as it was judged. */
export interface BundleHeader {
  /** The family that loads the model bytes. */
  readonly modelType: string;
  /** In the order of the feature columns; distinct, 1 to 10,000. */
  readonly featureNames: readonly string[];
  /** What the values of features are: a request that breaks it is refused. Absent: numbers. */
  readonly featureTypes?: FeatureTypes;
  /** In the order of the probability columns; distinct, at most 1,000; empty for a regression. */
  readonly classes: readonly string[];
  /** Earlier feature rows a prediction needs beside its own. */
  readonly lookBack: number;
  /** The return, ≥ 0, up to which a move counted as `flat` when the training data was labelled. */
  readonly flatBand: number;
  /** Of each class, in (0, 1]: see `classDecider`. Absent: the greatest probability decides. */
  readonly thresholds?: Readonly<Record<string, number>>;
  /** `ClassCalibrator.toJSON()` of the same classes: how the model's probabilities become those it answers with. */
  readonly calibration?: JsonObject;
  /** How long after `trainedAt` it may predict, milliseconds, > 0. Absent: for ever. */
  readonly maxAgeMs?: number;
  /** Where it was trained: runtime, versions, platform. Informative. */
  readonly environment: JsonObject;
}

const MAX_FEATURES = 10_000;
const MAX_CLASSES = 1_000;
const MAX_NAME_LENGTH = 256;
const MAX_LOOK_BACK = 100_000;
const KNOWN_KEYS: ReadonlySet<string> = new Set([
  'modelType',
  'featureNames',
  'featureTypes',
  'classes',
  'lookBack',
  'flatBand',
  'thresholds',
  'calibration',
  'maxAgeMs',
  'environment',
]);

/**
 * A checked copy of a header.
 * @throws {@link InvalidInputError} `MODEL_FORMAT` naming the field, what was expected and what came. A field this
 * release does not know is refused too: it may change what the model predicts.
 */
export function requireBundleHeader(value: unknown): BundleHeader {
  const header = canonicalHeader(value);
  for (const key of Object.keys(header)) {
    if (!KNOWN_KEYS.has(key)) throw refused(key, 'is not a field of bundle format 1');
  }
  const { thresholds, calibration, maxAgeMs, featureTypes } = header;
  const featureNames = requireNames(header.featureNames, 'featureNames', 1, MAX_FEATURES);
  const classes = requireNames(header.classes, 'classes', 0, MAX_CLASSES);
  if (calibration !== undefined) requireCalibration(requireObject(calibration, 'calibration'), classes);
  return {
    modelType: requireName(header.modelType, 'modelType'),
    featureNames,
    ...(featureTypes !== undefined && {
      featureTypes: requireFeatureTypes(requireObject(featureTypes, 'featureTypes'), featureNames),
    }),
    classes,
    lookBack: requireLookBack(header.lookBack),
    flatBand: requireFlatBand(header.flatBand),
    ...(thresholds !== undefined && {
      thresholds: requireThresholds(requireObject(thresholds, 'thresholds'), classes),
    }),
    ...(calibration !== undefined && { calibration: requireObject(calibration, 'calibration') }),
    ...(maxAgeMs !== undefined && { maxAgeMs: requireMaxAge(maxAgeMs) }),
    environment: requireObject(header.environment, 'environment'),
  };
}

function canonicalHeader(value: unknown): JsonObject {
  try {
    return requireObject(canonicalRecord(value, 'bundle header'), 'the whole');
  } catch (error) {
    if (MlperfError.is(error) && error.code === 'INVALID_RECORD') {
      throw new InvalidInputError('MODEL_FORMAT', error.message, { cause: error });
    }
    throw error;
  }
}

function requireObject(value: unknown, field: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused(field, `must be an object; got ${describe(value)}`);
  }
  return value as JsonObject;
}

function requireName(value: unknown, field: string): string {
  if (typeof value !== 'string' || value.length < 1 || value.length > MAX_NAME_LENGTH) {
    throw refused(field, `must be a text of 1 to ${MAX_NAME_LENGTH} characters; got ${describe(value)}`);
  }
  return value;
}

function requireNames(value: unknown, field: string, least: number, most: number): readonly string[] {
  if (!Array.isArray(value) || value.length < least || value.length > most) {
    const came = Array.isArray(value) ? `${value.length} of them` : describe(value);
    throw refused(field, `must be a list of ${least} to ${most} names; got ${came}`);
  }
  const names = value.map((name, i) => requireName(name, `${field}[${i}]`));
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw refused(field, `must be distinct; '${repeated}' is there twice`);
  return names;
}

function requireLookBack(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > MAX_LOOK_BACK) {
    throw refused('lookBack', `must be a whole number from 0 to ${MAX_LOOK_BACK}; got ${describe(value)}`);
  }
  return value;
}

function requireFlatBand(value: unknown): number {
  if (typeof value !== 'number' || value < 0) throw refused('flatBand', `must be at least 0; got ${describe(value)}`);
  return value;
}

function requireMaxAge(value: unknown): number {
  if (typeof value !== 'number' || !(value > 0)) throw refused('maxAgeMs', `must be above 0; got ${describe(value)}`);
  return value;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  return Array.isArray(value) ? 'a list' : value === null ? 'null' : typeof value;
}

function refused(field: string, problem: string): InvalidInputError {
  return new InvalidInputError('MODEL_FORMAT', `bundle header: ${field} ${problem}`);
}
