import { type Direction, judgeOutcome, type Prediction } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { outcomeOf, predictionOf } from '../monitor-fixture.ts';

const { observedAt: OBSERVED_AT } = outcomeOf(1, true);

const TERMS = { flatBand: 0.01, costPerTrade: 0.002 };

function judge(direction: Direction, price: number, terms = TERMS) {
  return judgeOutcome(predictionOf(1, { direction }), { observedAt: OBSERVED_AT, price }, terms);
}

describe('judgeOutcome', () => {
  it('takes the direction from the price against the reference, with the edge of the band flat', () => {
    expect(judge('up', 102).direction).toBe('up');
    expect(judge('up', 101).direction).toBe('flat');
    expect(judge('up', 99).direction).toBe('flat');
    expect(judge('up', 98.9).direction).toBe('down');
  });

  it('with a band of 0 calls only an unchanged price flat, a miss for either side', () => {
    const none = { flatBand: 0, costPerTrade: 0 };
    expect(judge('up', 100, none)).toMatchObject({ direction: 'flat', correct: false });
    expect(judge('down', 100, none)).toMatchObject({ direction: 'flat', correct: false });
    expect(judge('up', 100.0000001, none)).toMatchObject({ direction: 'up', correct: true });
  });

  it('takes the cost of a trade off either side, and none off a flat one', () => {
    expect(judge('up', 105).netReturn).toBeCloseTo(0.05 - 0.002, 15);
    expect(judge('down', 105).netReturn).toBeCloseTo(-0.05 - 0.002, 15);
    expect(judge('flat', 105).netReturn).toBe(0);
    expect(judge('down', 105).marketReturn).toBeCloseTo(0.05, 15);
  });

  it('believes a direction that is given, and has no return without both prices', () => {
    const { referencePrice: _, ...bare }: Prediction = predictionOf(1);
    expect(judgeOutcome(bare, { observedAt: OBSERVED_AT, direction: 'up', price: 50 }, TERMS)).toEqual({
      observedAt: OBSERVED_AT,
      price: 50,
      direction: 'up',
      correct: true,
    });
    expect(
      judgeOutcome(predictionOf(1), { observedAt: OBSERVED_AT, direction: 'down', price: 150 }, TERMS),
    ).toMatchObject({
      direction: 'down',
      correct: false,
      marketReturn: 0.5,
    });
  });

  it('uses the reference of the decision when the prediction has none, and refuses when there is none at all', () => {
    const { referencePrice: _, ...bare }: Prediction = predictionOf(1);
    expect(judgeOutcome(bare, { observedAt: OBSERVED_AT, price: 150 }, TERMS, 100).marketReturn).toBe(0.5);
    expect(() => judgeOutcome(bare, { observedAt: OBSERVED_AT, price: 150 }, TERMS)).toThrow(
      expect.objectContaining({ code: 'INVALID_RECORD', message: expect.stringContaining("'p1'") }),
    );
  });
});
