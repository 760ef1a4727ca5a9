import { accuracy, type Direction, directionalAccuracy } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('directionalAccuracy', () => {
  it('counts only sides taken on a price that moved', () => {
    const yTrue: Direction[] = ['up', 'down', 'flat', 'up', 'flat'];
    const yPred: Direction[] = ['up', 'up', 'up', 'flat', 'flat'];
    expect(directionalAccuracy(yTrue, yPred)).toBe(1 / 2);
  });

  it('is undefined when no side was taken, or no price moved', () => {
    expect(directionalAccuracy(['up', 'down'], ['flat', 'flat'])).toBeUndefined();
    expect(directionalAccuracy(['flat', 'flat'], ['up', 'flat'])).toBeUndefined();
  });

  it('equals accuracy where nothing is flat', () => {
    const side = fc.constantFrom<Direction>('up', 'down');
    fc.assert(
      fc.property(fc.array(fc.tuple(side, side), { minLength: 1 }), (pairs) => {
        const [yTrue, yPred] = [pairs.map(([observed]) => observed), pairs.map(([, predicted]) => predicted)];
        expect(directionalAccuracy(yTrue, yPred)).toBe(accuracy(yTrue, yPred));
      }),
      { seed: 31 },
    );
  });

  it('refuses empty samples, lengths that differ and words that are no direction', () => {
    expect(() => directionalAccuracy([], [])).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
    expect(() => directionalAccuracy(['up'], ['up', 'up'])).toThrow(
      expect.objectContaining({ code: 'LENGTH_MISMATCH' }),
    );
    const sideways = JSON.parse('["sideways"]') as Direction[];
    expect(() => directionalAccuracy(['flat'], sideways)).toThrow('yPred[0] must be up, down or flat; got sideways');
  });
});
