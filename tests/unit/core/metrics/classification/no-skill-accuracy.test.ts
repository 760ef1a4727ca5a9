import { noSkillAccuracy, noSkillAccuracyOf, OutcomeAggregate } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observations } from '../../outcome-observations.ts';

describe('noSkillAccuracy', () => {
  it('is the share of the most frequent observed class', () => {
    expect(noSkillAccuracy(['up', 'down', 'up', 'flat', 'up'])).toBe(3 / 5);
    expect(noSkillAccuracy(['down'])).toBe(1);
    expect(noSkillAccuracy(Float64Array.of(0, 1, 1))).toBe(2 / 3);
  });

  it('refuses an empty sample', () => {
    expect(() => noSkillAccuracy([])).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
  });

  it('is undefined for an empty aggregate and equal to the batch figure for any other', () => {
    expect(noSkillAccuracyOf(new OutcomeAggregate())).toBeUndefined();
    fc.assert(
      fc.property(observations(60), (list) => {
        fc.pre(list.length > 0);
        const aggregate = new OutcomeAggregate();
        for (const item of list) aggregate.add(item);
        expect(noSkillAccuracyOf(aggregate)).toBe(noSkillAccuracy(list.map((item) => item.observed)));
      }),
      { seed: 22 },
    );
  });
});
