import { combineAnswers, halfBrierLoss } from '@mlperf/registry';
import { describe, expect, it } from 'vitest';

describe('the mean of several answers', () => {
  it('weighs each class by the weights of the members', () => {
    const answer = combineAnswers(
      ['down', 'flat', 'up'],
      [
        { probabilities: { up: 0.5, down: 0.3, flat: 0.2 }, weight: 3 },
        { probabilities: { up: 0.1, down: 0.9 }, weight: 1 },
      ],
    );
    // up (3 · 0.5 + 0.1) / 4, down (3 · 0.3 + 0.9) / 4, flat 3 · 0.2 / 4
    expect(answer.direction).toBe('down');
    expect(answer.probabilities.up).toBeCloseTo(1.6 / 4, 12);
    expect(answer.confidence).toBeCloseTo(1.8 / 4, 12);
    expect(answer.probabilities.flat).toBeCloseTo(0.6 / 4, 12);
  });

  it('counts all the same when all weights are 0', () => {
    const votes = [0.9, 0.2].map((up) => ({ probabilities: { up, down: 1 - up }, weight: 0 }));
    expect(combineAnswers(['down', 'up'], votes).probabilities.up).toBeCloseTo(0.55, 12);
  });

  it('loses half the Brier score', () => {
    expect(halfBrierLoss({ up: 0.8, down: 0.2 }, 'up')).toBeCloseTo((0.2 ** 2 + 0.2 ** 2) / 2, 12);
    expect(halfBrierLoss({ up: 0.5, down: 0.3, flat: 0.2 }, 'flat')).toBeCloseTo((0.25 + 0.09 + 0.64) / 2, 12);
    expect(halfBrierLoss({ up: 1, down: 0 }, 'down')).toBe(1);
    expect(halfBrierLoss({ up: 1, down: 0 }, 'flat')).toBe(1);
  });
});
