import { ClassCalibrator, TemperatureCalibrator } from '@mlperf/core';
import type { RegisterModelRequest } from '@mlperf/registry';
import { serialized } from '../../unit/registry/rule-family.ts';

export const modelName = 'BTC-USD/1h/direction';

/** The model of version number i says one thing, its scaler (the calibration of its bundle) turns it into another. */
const certaintyOf = (i: number) => 0.5 + i / 4_000;
const inverseTemperatureOf = (i: number) => 0.5 + i / 2_000;

/** A version whose model and scaler belong together, and give away when they do not. */
export function matchedPair(i: number): RegisterModelRequest {
  return {
    modelName,
    model: serialized({ follow: true, certainty: certaintyOf(i), featureNames: ['momentum'] }),
    calibration: new ClassCalibrator(['down', 'up'], [new TemperatureCalibrator(inverseTemperatureOf(i))]),
    flatBand: 0,
    hyperparameters: { number: i },
    trainingMetrics: {},
    dataVersion: 'd',
  };
}

/** What only model i with scaler i says of a rising row: its log-odds times the inverse temperature. */
export function confidenceOf(i: number): number {
  const odds = certaintyOf(i) / (1 - certaintyOf(i));
  const scaled = odds ** inverseTemperatureOf(i);
  return scaled / (1 + scaled);
}
