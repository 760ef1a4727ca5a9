import { type Dataset, InvalidInputError, type ModelFamily, type TrainedModel } from '@mlperf/core';
import { quantileOf, sortedValues } from '../preprocessing/column-values.ts';
import { rawNumber, rawWhole } from '../random-forest/raw-value.ts';
import { lookAt, requireTrainingData } from '../training-data.ts';
import { decodeJsonModel, encodeJsonModel, storedClasses, storedFeatures, storedShares } from './json-model-file.ts';
import { requireClasses, requireFeatures, requireKnown, requireOut, weightOfClasses } from './training-classes.ts';

const MODEL_TYPE = 'last-sign';
const KIND = { family: MODEL_TYPE, formatVersion: 1 };
/** So that the sign's own class is the most probable one even when it was never right. */
const LEAD = 1e-6;

export interface LastSignParameters {
  /** The feature whose sign is followed: the last return, say. Must be given. */
  readonly feature: string;
  /** What the sign is taken against: a number, or the median of the training rows. Default 0. */
  readonly center?: number | 'median';
}

/**
 * The baseline that expects more of the same: `up` where a feature is above its centre, `down` where it is below; at
 * the centre or where it is missing `flat`, or without such a class the more frequent of the two in training.
 *
 *   P(class said) = max((right + 1) / (said + k), 1/k + 1e-6), over the training rows; the other classes share the rest
 */
export const lastSignFamily: ModelFamily<LastSignParameters> = {
  modelType: MODEL_TYPE,
  task: 'classification',
  searchSpace: {},
  defaults: { feature: '', center: 0 },
  requirements: { missingValues: 'handled', scaling: 'none', series: false, weights: false },
  async fit(train, params, context) {
    requireKnown(params, ['feature', 'center'], MODEL_TYPE);
    requireTrainingData(train, context, MODEL_TYPE, 'allowed');
    const { signal } = context;
    const column = columnOf(train, params.feature);
    const center = centerOf(train, column, params.center ?? 0, signal);
    const classes = requireDirections(train);
    const said = saidClasses(train, classes, signal);
    const shares = learnedShares(train, classes.length, (row) => {
      lookAt(signal, row, MODEL_TYPE);
      return said[signOf(train.features.values[row * train.features.columns + column]!, center)]!;
    });
    context.onProgress(1);
    return lastSignModel({ classes, featureNames: [...train.featureNames], column, center, said, shares });
  },
  async load(bytes) {
    const keys = ['classes', 'featureNames', 'column', 'center', 'said', 'shares'];
    const raw = decodeJsonModel(KIND, bytes, keys);
    const classes = storedClasses(raw.classes);
    const featureNames = storedFeatures(raw.featureNames);
    const said = [0, 1, 2].map((i) =>
      rawWhole(Array.isArray(raw.said) ? raw.said[i] : raw.said, `said[${i}]`, 0, classes.length - 1),
    );
    const rows: unknown = raw.shares;
    const shares = classes.map((_, c) =>
      storedShares(Array.isArray(rows) ? rows[c] : rows, `shares[${c}]`, classes.length),
    );
    return lastSignModel({
      classes,
      featureNames,
      column: rawWhole(raw.column, 'column', 0, featureNames.length - 1),
      center: rawNumber(raw.center, 'center', -Number.MAX_VALUE, Number.MAX_VALUE),
      said,
      shares,
    });
  },
};

interface LastSignContent {
  readonly classes: readonly string[];
  readonly featureNames: readonly string[];
  readonly column: number;
  readonly center: number;
  /** The class said for a value below, at and above the centre. */
  readonly said: readonly number[];
  /** By class said: the probability of each class. */
  readonly shares: readonly Float64Array[];
}

function lastSignModel(content: LastSignContent): TrainedModel {
  const { classes, featureNames, column, center, said, shares } = content;
  const k = classes.length;
  return {
    modelType: MODEL_TYPE,
    classes,
    featureNames,
    lookBack: 0,
    missingValues: 'handled',
    predict(features, out = new Float64Array(features.rows * k)) {
      requireFeatures(features, featureNames.length, 'allowed');
      requireOut(out, features.rows * k);
      for (let row = 0; row < features.rows; row++) {
        const answer = shares[said[signOf(features.values[row * features.columns + column]!, center)]!]!;
        for (let c = 0; c < k; c++) out[row * k + c] = answer[c]!;
      }
      return out;
    },
    serialize: () =>
      encodeJsonModel(KIND, {
        classes: [...classes],
        featureNames: [...featureNames],
        column,
        center,
        said: [...said],
        shares: shares.map((row) => [...row]),
      }),
    // Plain memory: the garbage collector frees it.
    dispose() {},
  };
}

/** 0 below, 1 at the centre or missing, 2 above. */
function signOf(value: number, center: number): 0 | 1 | 2 {
  if (value > center) return 2;
  return value < center ? 0 : 1;
}

function columnOf({ featureNames }: Dataset, feature: string | undefined): number {
  const column = feature === undefined ? -1 : featureNames.indexOf(feature);
  if (column >= 0) return column;
  throw new InvalidInputError(
    'OUT_OF_RANGE',
    `feature must name one of ${featureNames.join(', ')}; got '${feature ?? 'nothing'}'`,
  );
}

function centerOf(train: Dataset, column: number, center: number | 'median', signal: AbortSignal): number {
  if (center === 'median') return quantileOf(sortedValues(train, column, signal), 0.5);
  if (typeof center === 'number' && Number.isFinite(center)) return center;
  throw new InvalidInputError('INVALID_TYPE', `center must be a finite number or 'median'; got ${String(center)}`);
}

function requireDirections(train: Dataset): readonly string[] {
  const classes = requireClasses(train, MODEL_TYPE);
  if (classes.includes('up') && classes.includes('down')) return [...classes];
  throw new InvalidInputError('INVALID_RECORD', `classes must include up and down; got ${classes.join(', ')}`);
}

function saidClasses(train: Dataset, classes: readonly string[], signal: AbortSignal): readonly number[] {
  const [down, up, flat] = ['down', 'up', 'flat'].map((name) => classes.indexOf(name));
  const counts = weightOfClasses(train, classes.length, undefined, signal);
  const neither = flat! >= 0 ? flat! : counts[up!]! >= counts[down!]! ? up! : down!;
  return [down!, neither, up!];
}

function learnedShares(train: Dataset, k: number, saidOf: (row: number) => number): readonly Float64Array[] {
  const times = new Float64Array(k);
  const right = new Float64Array(k);
  train.targets.forEach((target, row) => {
    const said = saidOf(row);
    times[said]!++;
    if (said === target) right[said]!++;
  });
  return Array.from(times, (said, c) => {
    const own = Math.max((right[c]! + 1) / (said + k), 1 / k + LEAD);
    return new Float64Array(k).fill((1 - own) / (k - 1)).fill(own, c, c + 1);
  });
}
