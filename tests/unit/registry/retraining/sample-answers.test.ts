import {
  ClassCalibrator,
  createDataset,
  type Executor,
  type PredictRequest,
  TemperatureCalibrator,
} from '@mlperf/core';
import { type ModelBundle, scoreRows } from '@mlperf/registry';
import { describe, expect, it } from 'vitest';
import { sampleAnswers } from '../../../../packages/registry/src/retraining/sample-answers.ts';

/** Two symbols whose rows are interleaved: even rows are A's, odd rows are B's. Feature: the row's number. */
const data = createDataset({
  features: Array.from({ length: 20 }, (_, i) => [i]),
  featureNames: ['row'],
  targets: new Array(20).fill(0),
  classes: ['down', 'up'],
  timestamps: Array.from({ length: 20 }, (_, i) => i),
  labelEndsAt: Array.from({ length: 20 }, (_, i) => i + 1),
  groups: Array.from({ length: 20 }, (_, i) => i % 2),
  groupNames: ['A', 'B'],
});

function bundle(lookBack: number, featureNames = ['row']): ModelBundle {
  const header = { modelType: 'm', featureNames, classes: ['down', 'up'], lookBack, flatBand: 0, environment: {} };
  return { header, model: Uint8Array.of(lookBack) };
}

/** Answers each row but the first two, or each row, with its own number and that of the row two before it. */
const requests: PredictRequest[] = [];
const echo: Executor = {
  concurrency: 1,
  fit: () => Promise.reject(new Error('not asked for')),
  async predict(request) {
    requests.push(request);
    const predictions = request.features.map(({ values }) =>
      Float64Array.from(Array.from(values).flatMap((value, row) => [value, values[row - 2] ?? -1])).slice(
        2 * (request.model[0] ?? 0),
      ),
    );
    return { classes: ['down', 'up'], predictions };
  },
  close: async () => {},
};

describe('what a bundle says of the sample', () => {
  it('is asked in one matrix when the model does not look back', async () => {
    requests.length = 0;
    const { probabilities } = await sampleAnswers(echo, bundle(0), data, Uint32Array.of(3, 7, 8), {});
    expect(requests.map(({ features }) => features.length)).toEqual([1]);
    expect([0, 2, 4].map((i) => probabilities[i])).toEqual([3, 7, 8]);
  });

  it('comes in the order of the rows, each with the rows of its own symbol before it', async () => {
    const rows = Uint32Array.of(7, 8, 11, 14, 15);
    const { probabilities } = await sampleAnswers(echo, bundle(2), data, rows, {});
    expect(Array.from(probabilities)).toEqual([7, 3, 8, 4, 11, 7, 14, 10, 15, 11]);
  });

  it('is refused for rows without enough of their own symbol before them', async () => {
    await expect(sampleAnswers(echo, bundle(2), data, Uint32Array.of(3, 8), {})).rejects.toMatchObject({
      code: 'INSUFFICIENT_DATA',
      message: expect.stringContaining('the 2 rows before it'),
    });
  });

  it('is refused for other features', async () => {
    await expect(sampleAnswers(echo, bundle(0, ['other']), data, Uint32Array.of(3), {})).rejects.toMatchObject({
      code: 'INVALID_RECORD',
      message: expect.stringContaining('missing other; unexpected row'),
    });
  });

  it('is calibrated and carries the thresholds, as it is served', async () => {
    const { header, model } = bundle(0);
    const calibration = new ClassCalibrator(['down', 'up'], [new TemperatureCalibrator(0.5)]).toJSON();
    const thresholds = { down: 0.4, up: 0.6 };
    const sure: Executor = {
      ...echo,
      predict: async () => ({ classes: ['down', 'up'], predictions: [Float64Array.of(0.2, 0.8, 0.9, 0.1)] }),
    };
    const asked = { header: { ...header, calibration, thresholds }, model };
    const answers = await sampleAnswers(sure, asked, data, Uint32Array.of(0, 1), {});
    // Half the log-odds: ln 4 / 2 = ln 2 gives 1 : 2, ln 9 / 2 = ln 3 gives 3 : 1.
    [1 / 3, 2 / 3, 3 / 4, 1 / 4].forEach((p, i) => {
      expect(answers.probabilities[i]).toBeCloseTo(p, 12);
    });
    expect(answers.thresholds).toEqual(thresholds);
    const rows = createDataset({
      features: [[0], [1]],
      featureNames: ['row'],
      targets: [0, 0],
      classes: ['down', 'up'],
      timestamps: [0, 1],
      labelEndsAt: [1, 2],
    });
    // 0.3 of `down` decides for it, since 0.3 / 0.2 > 0.7 / 0.8; without thresholds it would not.
    const close = { classes: ['down', 'up'], probabilities: Float64Array.of(0.3, 0.7, 0.1, 0.9) };
    const scored = scoreRows(rows, { ...close, thresholds: { down: 0.2, up: 0.8 } }, 'hit', 0);
    expect(Array.from(scored.hits)).toEqual([1, 0]);
    expect(Array.from(scoreRows(rows, close, 'hit', 0).hits)).toEqual([0, 0]);
  });
});
