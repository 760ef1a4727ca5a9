import { describe, expect, it } from 'vitest';
import { classDecider } from '../../../../packages/registry/src/serving/class-decision.ts';

describe('the decision for a class', () => {
  it('goes to the greatest probability, and among equals to the side that risks least', () => {
    expect(classDecider(['down', 'up'])([0.6, 0.4], 0)).toEqual({ index: 0, probability: 0.6 });
    expect(classDecider(['down', 'up', 'flat'])([0.4, 0.2, 0.4], 0).index).toBe(2);
    expect(classDecider(['down', 'up'])([0.5, 0.5], 0).index).toBe(1);
  });

  it('goes to the greatest ratio of probability to threshold', () => {
    const decide = classDecider(['down', 'flat', 'up'], { down: 0.4, flat: 0.2, up: 0.4 });
    // 0.3 / 0.4 = 0.75, 0.25 / 0.2 = 1.25, 0.45 / 0.4 = 1.125
    expect(decide([0.3, 0.25, 0.45], 0)).toEqual({ index: 1, probability: 0.25 });
    // 0.2 / 0.4 = 0.5, 0.2 / 0.2 = 1, 0.6 / 0.4 = 1.5
    expect(decide([9, 0.2, 0.2, 0.6], 1)).toEqual({ index: 2, probability: 0.6 });
  });

  it('asks of each of two classes to exceed its threshold when the two sum to 1', () => {
    const decide = classDecider(['down', 'up'], { down: 0.375, up: 0.625 });
    for (const up of [0, 0.3, 0.5, 0.62, 0.63, 0.9, 1]) {
      expect(decide([1 - up, up], 0).index, `up ${up}`).toBe(up > 0.625 ? 1 : 0);
    }
    expect(decide([0.375, 0.625], 0).index).toBe(1);
  });
});
