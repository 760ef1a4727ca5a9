import { type Prediction, requirePrediction, requireRecordedPrediction, samePrediction } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const prediction: Prediction = Object.freeze({
  id: 'p1',
  modelVersionId: 'v1',
  symbol: 'BTC/USDT',
  predictedAt: 1_000,
  direction: 'up',
  confidence: 0.6,
});

function refusalOf(changes: object): string {
  try {
    requirePrediction({ ...prediction, ...changes });
  } catch (error) {
    expect(error).toMatchObject({ name: 'InvalidInputError', code: 'INVALID_RECORD' });
    return (error as Error).message;
  }
  throw new Error(`must be refused: ${JSON.stringify(changes)}`);
}

describe('requirePrediction', () => {
  it('returns a copy and leaves out what is undefined', () => {
    const copy = requirePrediction({ ...prediction, modelName: undefined } as never);
    expect(copy).toEqual(prediction);
    expect(copy).not.toBe(prediction);
    expect(Object.hasOwn(copy, 'modelName')).toBe(false);
  });

  it('says subject, expectation and what came', () => {
    expect(refusalOf({ confidence: 1.5 })).toBe("prediction 'p1': confidence must be a number in (0, 1]; got 1.5");
    expect(refusalOf({ confidence: undefined })).toBe(
      "prediction 'p1': confidence must be a number in (0, 1]; got nothing",
    );
    expect(refusalOf({ direction: 'long' })).toBe(
      `prediction 'p1': direction must be one of up, down, flat; got "long"`,
    );
    expect(refusalOf({ dueAt: 999 })).toBe("prediction 'p1': dueAt must be at or after predictedAt (1000); got 999");
    expect(refusalOf({ features: { rsi: '30' } })).toBe(
      `prediction 'p1': features.rsi must be a finite number; got "30"`,
    );
    expect(refusalOf({ probabilities: { up: 0.5, down: 0.4 } })).toBe(
      "prediction 'p1': probabilities must be probabilities that sum to 1; got 0.9",
    );
    expect(refusalOf({ confidance: 0.6 })).toBe(
      "prediction 'p1': confidance must be absent, it is no known field; got 0.6",
    );
    expect(refusalOf({ id: '' })).toBe('prediction: id must be non-empty text of at most 512 characters; got ""');
    expect(refusalOf({ symbol: 'x'.repeat(513) })).toMatch(
      /symbol must be non-empty text .* "x{60}"… \(513 characters\)$/,
    );
  });

  it('accepts every confidence in (0, 1] and refuses every other', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (confidence) => {
        const accepted = confidence > 0 && confidence <= 1;
        if (accepted) expect(requirePrediction({ ...prediction, confidence }).confidence).toBe(confidence);
        else expect(refusalOf({ confidence })).toMatch(/confidence/);
      }),
      { seed: 20240107, examples: [[5e-324], [1], [0], [-0], [1 + Number.EPSILON]] },
    );
  });

  it('accepts any distribution over up, down and flat', () => {
    const weight = fc.double({ min: 1e-3, max: 1, noNaN: true });
    fc.assert(
      fc.property(weight, weight, weight, (a, b, c) => {
        const sum = a + b + c;
        const probabilities = { up: a / sum, down: b / sum, flat: c / sum };
        const confidence = probabilities.up;
        expect(requirePrediction({ ...prediction, confidence, probabilities }).probabilities).toEqual(probabilities);
      }),
      { seed: 20240108 },
    );
  });

  it('lets probabilities miss 1 by the rounding of single precision and no more', () => {
    expect(requirePrediction({ ...prediction, probabilities: { up: 0.6, down: 0.4 + 9e-7 } })).toBeDefined();
    expect(refusalOf({ probabilities: { up: 0.6, down: 0.4 + 2e-6 } })).toMatch(/sum to 1/);
    expect(refusalOf({ probabilities: { up: 1.5, down: -0.5 } })).toMatch(/probabilities\.up/);
    expect(refusalOf({ probabilities: { up: 1 } })).toMatch(/probabilities\.down/);
  });

  it('wants the confidence to be the probability of the direction, within 1e-6, naming both', () => {
    const probabilities = { up: 0.6, down: 0.4 };
    expect(requirePrediction({ ...prediction, probabilities, confidence: 0.6 + 9e-7 })).toBeDefined();
    expect(requirePrediction({ ...prediction, probabilities, direction: 'down', confidence: 0.4 })).toBeDefined();
    expect(refusalOf({ probabilities, confidence: 0.6 + 2e-6 })).toMatch(/confidence/);
    expect(refusalOf({ probabilities: { up: 0.1, down: 0.9 } })).toBe(
      "prediction 'p1': confidence must be the probability of its direction, probabilities.up (0.1); got 0.6",
    );
    expect(refusalOf({ probabilities, direction: 'flat' })).toBe(
      "prediction 'p1': confidence must be the probability of its direction, probabilities.flat (absent); got 0.6",
    );
    expect(() =>
      requireRecordedPrediction({
        ...prediction,
        probabilities: { up: 0.1, down: 0.9 },
        decisionId: 'p1',
        role: 'live',
        recordedAt: 1_001,
      }),
    ).toThrow(/probabilities\.up \(0\.1\)/);
  });

  it('takes times in whole epoch milliseconds', () => {
    for (const predictedAt of [0, 8.64e15]) {
      expect(requirePrediction({ ...prediction, predictedAt, dueAt: predictedAt }).predictedAt).toBe(predictedAt);
    }
    for (const predictedAt of [-1, 0.5, 8.64e15 + 2, '2024-01-01'])
      expect(refusalOf({ predictedAt })).toMatch(/predictedAt/);
  });

  it('refuses what is no record at all', () => {
    for (const value of [undefined, null, 'x', 1, [], new Map()]) {
      expect(() => requirePrediction(value as never)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    }
  });
});

describe('requireRecordedPrediction', () => {
  it('wants decision, role and time of recording as well', () => {
    expect(() => requireRecordedPrediction(prediction as never)).toThrow(/decisionId|role|recordedAt/);
    const recorded = { ...prediction, decisionId: 'p1', role: 'live', recordedAt: 1_001 } as const;
    expect(requireRecordedPrediction(recorded)).toEqual(recorded);
  });
});

describe('samePrediction', () => {
  const recorded = { ...prediction, decisionId: 'p1', role: 'live', recordedAt: 1_001 } as const;

  it('compares all but the time of recording', () => {
    expect(samePrediction(recorded, { ...recorded, recordedAt: 9 })).toBe(true);
    for (const change of [{ confidence: 0.61 }, { decisionId: 'd' }, { features: {} }, { dueAt: 1_000 }]) {
      expect(samePrediction(recorded, { ...recorded, ...change })).toBe(false);
    }
  });
});
