import {
  accuracy,
  balancedAccuracy,
  brierDecomposition,
  brierDecompositionOf,
  debiasedSquaredCalibrationError,
  directionalAccuracy,
  expectedCalibrationError,
  f1Score,
  keyedRandom,
  logLoss,
  matthewsCorrelation,
  maximumCalibrationError,
  mean,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  metricsOf,
  OutcomeAggregate,
  type OutcomeObservation,
  precision,
  recall,
  rootMeanSquaredError,
  sampleVariance,
  sharpeRatio,
} from '@mlperf/core';

const POOL = 1 << 16;
const PERIODS = 252;
const DIRECTIONS = ['up', 'down', 'flat'] as const;

/** Outcomes of many sizes: returns and price errors span eight orders of magnitude. */
function outcomes(): readonly OutcomeObservation[] {
  const random = keyedRandom('rolling-figures');
  const size = () => 10 ** (random.next() * 8 - 6);
  return Array.from({ length: POOL }, () => {
    const price = 100 * (0.5 + random.next());
    return {
      predicted: DIRECTIONS[Math.floor(random.next() * 3)]!,
      observed: DIRECTIONS[Math.floor(random.next() * 3)]!,
      confidence: 1 - random.next(),
      netReturn: (random.next() - 0.5) * size(),
      observedProbability: random.next(),
      price,
      predictedPrice: price * Math.exp((random.next() - 0.5) * size() * 0.1),
    };
  });
}

/** What the batch functions say of a window. */
function batchFigures(window: readonly OutcomeObservation[]): Readonly<Record<string, number>> {
  const yTrue = window.map((row) => row.observed);
  const yPred = window.map((row) => row.predicted);
  const correct = window.map((row) => row.observed === row.predicted);
  const confidence = window.map((row) => row.confidence);
  const returns = window.map((row) => row.netReturn!);
  const prices = window.map((row) => row.price!);
  const predictedPrices = window.map((row) => row.predictedPrice!);
  return {
    accuracy: accuracy(yTrue, yPred),
    precision: precision(yTrue, yPred, 'up')!,
    recall: recall(yTrue, yPred, 'up')!,
    f1_score: f1Score(yTrue, yPred, 'up')!,
    directional_accuracy: directionalAccuracy(yTrue, yPred)!,
    confidence_calibration: expectedCalibrationError(correct, confidence),
    sharpe_ratio: sharpeRatio(returns, { riskFreeRate: 0, periodsPerYear: PERIODS })!,
    balanced_accuracy: balancedAccuracy(yTrue, yPred),
    matthews_correlation: matthewsCorrelation(yTrue, yPred)!,
    log_loss: logLoss(
      yTrue.map(() => 'seen'),
      window.flatMap(({ observedProbability = 0 }) => [observedProbability, 1 - observedProbability]),
      ['seen', 'other'],
    ),
    maximum_calibration_error: maximumCalibrationError(correct, confidence),
    debiased_square: Math.max(0, debiasedSquaredCalibrationError(correct, confidence)!),
    mean_absolute_error: meanAbsoluteError(prices, predictedPrices),
    root_mean_squared_error: rootMeanSquaredError(prices, predictedPrices),
    mean_absolute_percentage_error: meanAbsolutePercentageError(prices, predictedPrices)!,
    mean_return: mean(returns),
    return_volatility: Math.sqrt(sampleVariance(returns)!),
    ...brierDecomposition(correct, confidence),
  };
}

/**
 * Slides outcomes through a window and compares what is left with a fresh batch computation.
 * @returns By figure, how far rolling and batch lie apart: relative above 1, absolute below.
 */
export function driftAfter(steps: number, size: number): Readonly<Record<string, number>> {
  const pool = outcomes();
  const aggregate = new OutcomeAggregate();
  for (let i = 0; i < steps; i++) {
    aggregate.add(pool[i % POOL]!);
    if (i >= size) aggregate.remove(pool[(i - size) % POOL]!);
  }
  const window = Array.from({ length: size }, (_, i) => pool[(steps - size + i) % POOL]!);
  const { brier_score, debiased_calibration_error, ...metrics } = metricsOf(aggregate, { periodsPerYear: PERIODS });
  const rolling: Readonly<Record<string, number>> = {
    ...metrics,
    debiased_square: debiased_calibration_error! ** 2,
    ...brierDecompositionOf(aggregate)!,
    brierScore: brier_score!,
  };
  const batch = batchFigures(window);
  return Object.fromEntries(
    [...new Set([...Object.keys(batch), ...Object.keys(rolling)])].map((name) => [
      name,
      Math.abs(rolling[name]! - batch[name]!) / Math.max(1, Math.abs(batch[name]!)),
    ]),
  );
}
