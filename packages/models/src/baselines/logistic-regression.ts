import { setImmediate } from 'node:timers/promises';
import type { Dataset, FitContext, ModelFamily } from '@mlperf/core';
import { rowWeights } from '../class-weights.ts';
import { requireRunning } from '../require-running.ts';
import { LARGEST_VALUE, lookAt, requireTrainingData } from '../training-data.ts';
import type { LogisticProblem } from './logistic-loss.ts';
import { decodeLogisticModel, type LogisticContent, logisticModel, MODEL_TYPE } from './logistic-model.ts';
import {
  type LogisticRegressionParameters,
  logisticRegressionDefaults,
  logisticRegressionSearchSpace,
  requireLogisticParameters,
} from './logistic-parameters.ts';
import { requireClasses, requireTwoClasses, weightOfClasses } from './training-classes.ts';
import { minimizeLoss } from './truncated-newton.ts';

/**
 * Logistic regression with an L2 penalty, for two classes or many (softmax), to its one minimum:
 *
 *   Σᵢ wᵢ · (−ln p(yᵢ | xᵢ)) + (l2/2) · ‖coefficients‖²
 *
 * Intercepts are not penalised. That is scikit-learn's `LogisticRegression(C=1/l2)`, and its coefficients to 1e-6. A
 * class without weight in training gets probability 0. The penalty sees the features as they are: scale them first
 * (`withPreprocessing(logisticRegressionFamily, [standardScaling()])`). The seed changes nothing.
 *
 * With validation rows, `report(step, accuracy)` is called after each Newton step.
 *
 * @remarks O(rows · columns · classes) per conjugate gradient; tens of them as a rule. The signal is looked at every
 * 1,024 rows.
 */
export const logisticRegressionFamily: ModelFamily<LogisticRegressionParameters> & {
  readonly searchSpace: typeof logisticRegressionSearchSpace;
} = {
  modelType: MODEL_TYPE,
  task: 'classification',
  searchSpace: logisticRegressionSearchSpace,
  defaults: logisticRegressionDefaults,
  requirements: { missingValues: 'refused', scaling: 'standard', series: false, weights: true },
  async fit(train, given, context) {
    const parameters = requireLogisticParameters(given);
    requireTrainingData(train, context, MODEL_TYPE, 'refused');
    const classes = requireClasses(train, MODEL_TYPE);
    const weights = rowWeights(train, parameters.classWeights);
    const sums = weightOfClasses(train, classes.length, weights, context.signal);
    requireTwoClasses(sums, classes);
    const present = classes.flatMap((_, c) => (sums[c]! > 0 ? [c] : []));
    const scaling = scalingOf(train, context.signal);
    const problem = problemOf(train, present, weights, scaling, parameters.l2, context.signal);
    const contentOf = (fitted: Float64Array): LogisticContent => {
      return {
        classes: [...classes],
        featureNames: [...train.featureNames],
        present,
        ...unscaled(fitted, problem, scaling),
      };
    };
    let first: number | undefined;
    const fitted = await minimizeLoss(problem, {
      ...parameters,
      async onStep(iteration, norm, current) {
        first ??= norm;
        context.onProgress(progressOf(first, norm, parameters.tolerance));
        const decision = await reported(context, iteration, () => logisticModel(contentOf(current)));
        // Lets the host, or the worker's message port, have its turn.
        await setImmediate();
        requireRunning(context.signal, MODEL_TYPE);
        return decision;
      },
    });
    context.onProgress(1);
    return logisticModel(contentOf(fitted));
  },
  async load(bytes) {
    return logisticModel(decodeLogisticModel(bytes));
  },
};

/** Values of validation rows and their answers between two looks at the signal. */
const VALUES_AT_ONCE = 65_536;

/** Digits gained of those asked for. */
function progressOf(first: number, norm: number, tolerance: number): number {
  if (norm <= tolerance) return 1;
  return Math.max(0, Math.min(0.99, Math.log(first / norm) / Math.log(Math.max(first / tolerance, Math.E))));
}

async function reported(
  context: FitContext,
  iteration: number,
  model: () => ReturnType<typeof logisticModel>,
): Promise<'continue' | 'stop'> {
  const { validation } = context;
  if (validation === undefined) return 'continue';
  const { classes, predict } = model();
  const { values, rows, columns } = validation.features;
  const k = classes.length;
  const most = Math.max(1, Math.floor(VALUES_AT_ONCE / (columns + k)));
  let right = 0;
  for (let start = 0; start < rows; start += most) {
    requireRunning(context.signal, MODEL_TYPE);
    const count = Math.min(most, rows - start);
    const block = { values: values.subarray(start * columns, (start + count) * columns), rows: count, columns };
    const probabilities = await predict(block);
    for (let row = 0; row < count; row++) {
      let best = 0;
      for (let c = 1; c < k; c++) if (probabilities[row * k + c]! > probabilities[row * k + best]!) best = c;
      if (classes[best] === validation.classes?.[validation.targets[start + row]!]) right++;
    }
  }
  requireRunning(context.signal, MODEL_TYPE);
  return context.report(iteration, right / validation.targets.length);
}

interface Scaling {
  readonly center: Float64Array;
  readonly scale: Float64Array;
}

/**
 * Centre and size of each column: the minimum is sought among features of one size, which takes far fewer steps; the
 * penalty is carried over, so the minimum is that of the features as they are.
 */
function scalingOf({ features }: Dataset, signal: AbortSignal): Scaling {
  const { values, rows, columns } = features;
  const center = new Float64Array(columns);
  const scale = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) {
    lookAt(signal, i, MODEL_TYPE);
    center[i % columns]! += values[i]! / rows;
  }
  for (let i = 0; i < values.length; i++) {
    lookAt(signal, i, MODEL_TYPE);
    const distance = Math.abs(values[i]! - center[i % columns]!);
    if (distance > scale[i % columns]!) scale[i % columns] = distance;
  }
  for (let c = 0; c < columns; c++) {
    requireRunning(signal, MODEL_TYPE);
    let squares = 0;
    const largest = scale[c]!;
    if (largest > 0)
      for (let at = c; at < values.length; at += columns) squares += ((values[at]! - center[c]!) / largest) ** 2;
    const size = largest * Math.sqrt(squares / rows);
    // A constant column: its own coefficient is 0 by the penalty, whatever its size. One as small as the reciprocal of
    // the largest value is none either: penalty / size² would overflow.
    scale[c] = size > Math.max(1e-12 * Math.abs(center[c]!), 1 / LARGEST_VALUE) ? size : 1;
  }
  return { center, scale };
}

function problemOf(
  train: Dataset,
  present: readonly number[],
  weights: Float64Array | undefined,
  { center, scale }: Scaling,
  l2: number,
  signal: AbortSignal,
): LogisticProblem {
  const { values, rows, columns } = train.features;
  const features = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    lookAt(signal, i, MODEL_TYPE);
    features[i] = (values[i]! - center[i % columns]!) / scale[i % columns]!;
  }
  const place = new Map(present.map((index, i) => [index, i]));
  const targets = new Int32Array(rows);
  // A row of a class without weight counts nothing, whatever it is taken for.
  for (let row = 0; row < rows; row++) targets[row] = place.get(train.targets[row]!) ?? 0;
  return {
    features,
    rows,
    columns,
    targets,
    rowWeights: weights ?? new Float64Array(rows).fill(1),
    outputs: present.length === 2 ? 1 : present.length,
    penalties: scale.map((size) => l2 / size / size),
    requireRunning: () => requireRunning(signal, MODEL_TYPE),
  };
}

/** The weights for features as they are, and each feature's share of what moves the scores. */
function unscaled(fitted: Float64Array, { outputs, columns }: LogisticProblem, { center, scale }: Scaling) {
  const width = columns + 1;
  const coefficients = new Float64Array(outputs * columns);
  const intercepts = new Float64Array(outputs);
  const importance = new Float64Array(columns);
  for (let o = 0; o < outputs; o++) {
    let intercept = fitted[o * width + columns]!;
    for (let c = 0; c < columns; c++) {
      const coefficient = fitted[o * width + c]! / scale[c]!;
      coefficients[o * columns + c] = coefficient;
      intercept -= coefficient * center[c]!;
      importance[c]! += Math.abs(fitted[o * width + c]!);
    }
    intercepts[o] = intercept;
  }
  const total = importance.reduce((sum, value) => sum + value, 0);
  return { coefficients, intercepts, importance: total > 0 ? importance.map((value) => value / total) : importance };
}
