import { confusionCounts, confusionCountsOf, OutcomeAggregate } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observations } from '../../outcome-observations.ts';

describe('confusionCounts', () => {
  it('counts every other class as the opposite of the positive one', () => {
    const yTrue = ['up', 'up', 'down', 'flat', 'flat'];
    const yPred = ['up', 'flat', 'up', 'down', 'flat'];
    expect(confusionCounts(yTrue, yPred, 'up')).toEqual({
      truePositives: 1,
      falsePositives: 1,
      falseNegatives: 1,
      trueNegatives: 2,
    });
  });

  it('counts a class that never occurs as all true negatives', () => {
    expect(confusionCounts(['a', 'b'], ['b', 'b'], 'c')).toEqual({
      truePositives: 0,
      falsePositives: 0,
      falseNegatives: 0,
      trueNegatives: 2,
    });
  });

  it('is the same from an aggregate, for each direction', () => {
    fc.assert(
      fc.property(observations(60), fc.constantFrom('up', 'down', 'flat'), (list, positive) => {
        fc.pre(list.length > 0);
        const aggregate = new OutcomeAggregate();
        for (const item of list) aggregate.add(item);
        const yTrue = list.map((item) => item.observed);
        const yPred = list.map((item) => item.predicted);
        expect(confusionCountsOf(aggregate, positive)).toEqual(confusionCounts(yTrue, yPred, positive));
      }),
      { seed: 21 },
    );
  });
});
