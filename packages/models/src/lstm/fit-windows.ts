import {
  type Dataset,
  type FitContext,
  InvalidInputError,
  lookBackWindows,
  requireMatrix,
  requireNoMissingValues,
  selectRows,
} from '@mlperf/core';
import { type ClassWeights, rowWeights } from '../class-weights.ts';
import { purgedTail } from '../purged-tail.ts';
import { fitFeatureScaling, scaledFeatures, standardMoments } from './feature-scaling.ts';
import type { FeatureScaling } from './layers-model/layers-model.ts';
import type { LstmParameters } from './parameters.ts';
import { type Pause, requireRunning } from './pause.ts';
import { requireTargets } from './require-targets.ts';
import type { FitWindows } from './train-network.ts';
import { type TargetCoding, type WindowSet, windowSet } from './window-set.ts';

/** What a fit makes of its data set. */
export interface PreparedFit {
  readonly windows: FitWindows;
  readonly coding: TargetCoding;
  readonly scaling: FeatureScaling;
}

/**
 * Splits, scales and lists the windows of a fit. Whatever is learnt of the data (scaling, class weights, the target's
 * spread) is learnt of the training rows: of neither the tail nor the rows purged before it.
 *
 * @param train - Checked: features finite, as many classes as the task needs.
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` | `SINGLE_CLASS` | `INVALID_TYPE` | `OUT_OF_RANGE`.
 */
export async function prepareFit(
  train: Dataset,
  parameters: LstmParameters,
  context: FitContext,
  pause: Pause,
): Promise<PreparedFit> {
  const { lookBack, patience, validationShare, classWeights } = parameters;
  const { rows } = train.features;
  const split = patience > 0 ? purgedTail(train, validationShare, () => requireRunning(context.signal)) : undefined;
  await pause.after(WORK_PER_ROW * rows);
  const trainRows = split?.trainRows ?? Uint32Array.from({ length: rows }, (_, row) => row);
  const trained = split === undefined ? train : selectRows(train, trainRows);
  await pause.after(WORK_PER_ROW * rows);
  const scaling = await fitFeatureScaling(train.features, trainRows, pause);
  const features = await scaledFeatures(train.features, scaling, pause);

  const weights = rowWeights(trained, classWeights);
  const trainWindows = lookBackWindows(trained, lookBack);
  await pause.after(WORK_PER_ROW * rows);
  const trainSet = windowSet('training', trained, trainWindows, features, (index) => trainRows[index]!, weights);
  const coding = codingOf(trained, trainSet);
  await pause.after(WORK_PER_ROW * rows);
  const fixedWeights = classWeights === undefined ? undefined : weightsByLabel(trained, weights!);
  const tail = split === undefined ? undefined : tailSet(train, split.tailRows, lookBack, features, fixedWeights);
  await pause.after(WORK_PER_ROW * rows);
  const validation =
    context.validation &&
    (await validationSet(context.validation, context.validationHistory, train, lookBack, scaling, pause));
  return {
    windows: {
      train: trainSet,
      ...(tail === undefined ? {} : { tail }),
      ...(validation === undefined ? {} : { validation }),
    },
    coding,
    scaling,
  };
}

/** Listing rows and windows, in multiplications. */
const WORK_PER_ROW = 50;

/** Windows of the tail look back on any earlier row: features of purged rows were known at their time. */
function tailSet(
  train: Dataset,
  tailRows: Uint32Array,
  lookBack: number,
  features: Float32Array,
  classWeights: ClassWeights | undefined,
): WindowSet {
  const tail = selectRows(train, tailRows);
  const { rows } = train.features;
  return windowSet(
    'the tail kept back for early stopping',
    tail,
    lookBackWindows(tail, lookBack, train),
    features,
    (index) => (index < rows ? index : tailRows[index - rows]!),
    rowWeights(tail, classWeights),
  );
}

async function validationSet(
  validation: Dataset,
  history: Dataset | undefined,
  train: Dataset,
  lookBack: number,
  scaling: FeatureScaling,
  pause: Pause,
): Promise<WindowSet> {
  if (validation.classes?.join('\n') !== train.classes?.join('\n')) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `validation must have the classes ${train.classes?.join(', ') ?? 'of a regression: none'}; got ${validation.classes?.join(', ') ?? 'none'}`,
    );
  }
  for (const part of history === undefined ? [validation] : [history, validation]) {
    requireNoMissingValues(part);
    requireMatrix(part.features, 'validation features');
    if (part.features.columns !== train.features.columns) {
      throw new InvalidInputError(
        'LENGTH_MISMATCH',
        `validation must have the ${train.features.columns} columns trained on; got ${part.features.columns}`,
      );
    }
  }
  if (validation.featureNames.join('\n') !== train.featureNames.join('\n')) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `validation must have the features ${train.featureNames.join(', ')} in this order; got ${validation.featureNames.join(', ')}`,
    );
  }
  requireTargets('targets of the validation rows', validation);
  const historyValues =
    history === undefined ? new Float32Array(0) : await scaledFeatures(history.features, scaling, pause);
  const values = await scaledFeatures(validation.features, scaling, pause);
  const features = new Float32Array(historyValues.length + values.length);
  features.set(historyValues);
  features.set(values, historyValues.length);
  const windows = lookBackWindows(validation, lookBack, history);
  return windowSet('validation', validation, windows, features, (index) => index, validation.weights);
}

function codingOf(trained: Dataset, set: WindowSet): TargetCoding {
  const { classes } = trained;
  if (classes === undefined) {
    const target = standardMoments(set.count, (window) => set.targets[window]!);
    if (!Number.isFinite(target.mean) || !Number.isFinite(target.scale)) {
      throw new InvalidInputError('OUT_OF_RANGE', 'targets must have a finite spread; it overflows');
    }
    return { head: 'linear', outputs: 1, target };
  }
  const seen = new Set(set.targets.filter((_, window) => set.weights[window]! > 0));
  if (seen.size < 2) {
    const only = [...seen].map((label) => `'${classes[label]}'`).join('');
    throw new InvalidInputError(
      'SINGLE_CLASS',
      `targets of the training windows must hold at least two classes; got only ${only}`,
    );
  }
  return classes.length === 2 ? { head: 'sigmoid', outputs: 1 } : { head: 'softmax', outputs: classes.length };
}

/** What class weights come to on the training rows, by label, for rows that must not change them. */
function weightsByLabel({ targets, weights, classes }: Dataset, rowWeight: Float64Array): ClassWeights {
  const factors = new Map<string, number>();
  for (let row = 0; row < targets.length; row++) {
    const own = weights?.[row] ?? 1;
    if (own > 0) factors.set(classes![targets[row]!]!, rowWeight[row]! / own);
  }
  return Object.fromEntries(factors);
}
