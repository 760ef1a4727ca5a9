import {
  decideResolution,
  type JudgedOutcome,
  requireJudgedOutcome,
  requireOutcome,
  requireOutcomeResolution,
  type TrackedOutcome,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const prediction = Object.freeze({
  id: 'p',
  decisionId: 'p',
  role: 'live',
  modelVersionId: 'v1',
  symbol: 'BTC',
  predictedAt: 1_000,
  direction: 'up',
  confidence: 0.6,
  recordedAt: 1_001,
} as const);
const outcome: JudgedOutcome = Object.freeze({ observedAt: 2_000, price: 101, direction: 'up', correct: true });
const stored: TrackedOutcome = Object.freeze({ ...outcome, sequence: 3, recordedAt: 2_001 });
const never = () => {
  throw new Error('no sequence may be taken');
};

describe('requireOutcome', () => {
  it('takes a price, a direction, or both', () => {
    for (const given of [{ price: 1 }, { direction: 'flat' as const }, { price: 1, direction: 'up' as const }]) {
      expect(requireOutcome({ observedAt: 1, ...given })).toEqual({ observedAt: 1, ...given });
    }
  });

  it('refuses an outcome with neither, a price that is none, and what it does not know', () => {
    expect(() => requireOutcome({ observedAt: 1 })).toThrow('outcome: price or direction must be given; got nothing');
    for (const bad of [
      { price: 0 },
      { price: -1 },
      { price: Number.NaN },
      { direction: 'left' },
      { price: 1, correct: true },
    ]) {
      expect(() => requireOutcome({ observedAt: 1, ...bad } as never)).toThrow(
        expect.objectContaining({ code: 'INVALID_RECORD' }),
      );
    }
    expect(() => requireOutcome({ price: 1 } as never)).toThrow(/observedAt/);
  });
});

describe('requireJudgedOutcome', () => {
  it('wants direction and verdict', () => {
    expect(requireJudgedOutcome(outcome)).toEqual(outcome);
    expect(() => requireJudgedOutcome({ observedAt: 1, price: 1 } as never)).toThrow(/direction/);
    expect(() => requireJudgedOutcome({ observedAt: 1, direction: 'up' } as never)).toThrow(/correct/);
  });
});

describe('requireOutcomeResolution', () => {
  it('names the prediction and the place inside', () => {
    const bad = { predictionId: 'p', recordedAt: 1, outcome: { ...outcome, netReturn: '1' } };
    expect(() => requireOutcomeResolution(bad)).toThrow(
      `outcome of prediction 'p': outcome.netReturn must be a finite number; got "1"`,
    );
  });
});

describe('decideResolution', () => {
  it('numbers a first outcome, asking once', () => {
    let asked = 0;
    const decision = decideResolution(prediction, undefined, { outcome, recordedAt: 2_001 }, () => 4 + asked++);
    expect(decision).toEqual({ status: 'resolved', outcome: { ...outcome, sequence: 4, recordedAt: 2_001 } });
    expect(asked).toBe(1);
  });

  it('finds the same outcome unchanged, however it was judged', () => {
    const request = { outcome: { ...outcome, netReturn: 0.01 }, recordedAt: 9_000 };
    for (const correction of [undefined, true]) {
      const asked = { ...request, ...(correction === undefined ? {} : { correction }) };
      expect(decideResolution(prediction, stored, asked, never)).toEqual({ status: 'unchanged', outcome: stored });
    }
  });

  it('corrects under the same number, keeping when the first outcome came', () => {
    const other: JudgedOutcome = { observedAt: 2_000, price: 99, direction: 'down', correct: false };
    const request = { outcome: other, recordedAt: 9_000, correction: true };
    expect(decideResolution(prediction, stored, request, never)).toEqual({
      status: 'corrected',
      outcome: { ...other, sequence: 3, recordedAt: 2_001, correctedAt: 9_000 },
    });
  });

  it('refuses another outcome without correction, saying both', () => {
    const other: JudgedOutcome = { observedAt: 2_500, direction: 'down', correct: false };
    expect(() => decideResolution(prediction, stored, { outcome: other, recordedAt: 9 }, never)).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message:
          "prediction 'p' has another outcome: 'up' at 101 observed at 2000 is stored; got 'down' observed at 2500",
      }),
    );
  });

  it('refuses what was observed before it was predicted, naming both times', () => {
    const early = { ...outcome, observedAt: 999 };
    for (const [known, correction] of [
      [undefined, false],
      [stored, true],
    ] as const) {
      expect(() => decideResolution(prediction, known, { outcome: early, recordedAt: 9, correction }, never)).toThrow(
        expect.objectContaining({
          code: 'INVALID_RECORD',
          message: "outcome of prediction 'p': observedAt must be at or after predictedAt (1000); got 999",
        }),
      );
    }
    const atOnce = { ...outcome, observedAt: 1_000 };
    expect(decideResolution(prediction, undefined, { outcome: atOnce, recordedAt: 9 }, () => 1).status).toBe(
      'resolved',
    );
  });

  it('refuses a verdict that contradicts the directions', () => {
    for (const wrong of [
      { ...outcome, correct: false },
      { ...outcome, direction: 'down' as const },
    ]) {
      expect(() => decideResolution(prediction, undefined, { outcome: wrong, recordedAt: 9 }, never)).toThrow(
        expect.objectContaining({ code: 'INVALID_RECORD' }),
      );
    }
  });
});
