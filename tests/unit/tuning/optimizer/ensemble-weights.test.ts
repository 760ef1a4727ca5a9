import { keyedRandom } from '@mlperf/core';
import { ensembleWeights } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import golden from '../../../golden/ensemble-weights.json' with { type: 'json' };

const answersOf = ({ predictions, yTrue, classes }: (typeof golden.cases)[number]) => ({
  predictions: predictions.map((own) => Float64Array.from(own)),
  yTrue: Float64Array.from(yTrue),
  classes,
});

describe('the weights of an ensemble', () => {
  it.each(golden.cases)('equal those of a general solver, $classes classes', (sample) => {
    const found = ensembleWeights(answersOf(sample));
    expect(found.loss).toBeLessThanOrEqual(sample.loss + 1e-9);
    found.weights.forEach((weight, m) => {
      expect(weight).toBeCloseTo(sample.weights[m]!, 4);
    });
    expect(found.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(Math.min(...found.weights)).toBeGreaterThanOrEqual(0);
    expect(found.loss).toBeLessThanOrEqual(Math.min(found.equalWeightsLoss, ...found.memberLosses));
  });

  const random = keyedRandom('ensemble-weights');
  const coin = (rows: number) => Float64Array.from({ length: rows }, () => (random.next() < 0.5 ? 1 : 0));
  /** Says up with 0.5 + skill when it happened, 0.5 − skill when not, three times out of four. */
  const member = (yTrue: Float64Array, skill: number) =>
    Float64Array.from(
      Array.from(yTrue, (y) => {
        const up = 0.5 + (y === 1 ? skill : -skill) * (random.next() < 0.75 ? 1 : -1);
        return [1 - up, up];
      }).flat(),
    );

  it('are recommended where they hold on later rows', () => {
    const yTrue = coin(400);
    const found = ensembleWeights({ predictions: [member(yTrue, 0.25), member(yTrue, 0)], yTrue, classes: 2 });
    expect(found.weights[0]).toBeGreaterThan(0.9);
    expect(found.recommended).toBe('chosen');
    expect(found.outOfSample!.chosen).toBeLessThan(found.outOfSample!.equal);
  });

  it('are not recommended over equal ones where members differ by luck alone', () => {
    let equal = 0;
    for (let i = 0; i < 20; i++) {
      const yTrue = coin(200);
      const predictions = Array.from({ length: 6 }, () => member(yTrue, 0.2));
      if (ensembleWeights({ predictions, yTrue, classes: 2 }).recommended === 'equal') equal++;
    }
    expect(equal).toBeGreaterThanOrEqual(15);
  });

  it('of too few rows are chosen, but equal ones recommended', () => {
    const yTrue = coin(49);
    const found = ensembleWeights({ predictions: [member(yTrue, 0.3), member(yTrue, 0)], yTrue, classes: 2 });
    expect(found.outOfSample).toBeUndefined();
    expect(found.recommended).toBe('equal');
  });

  it('survive members that are certain and wrong, and members that are the same', () => {
    const yTrue = Float64Array.of(0, 1, 1, 0);
    const wrong = Float64Array.of(0, 1, 1, 0, 1, 0, 0, 1);
    const even = new Float64Array(8).fill(0.5);
    const found = ensembleWeights({ predictions: [wrong, even, even], yTrue, classes: 2 });
    expect(found.weights[0]).toBeLessThan(1e-6);
    expect(found.loss).toBeCloseTo(Math.LN2, 6);
    expect(ensembleWeights({ predictions: [even], yTrue, classes: 2 }).weights).toEqual([1]);
  });

  it('are refused for answers that are none', () => {
    const yTrue = Float64Array.of(0, 1);
    const code = (answers: Parameters<typeof ensembleWeights>[0]) => {
      try {
        ensembleWeights(answers);
      } catch (error) {
        return (error as { code: string }).code;
      }
      return undefined;
    };
    expect(code({ predictions: [], yTrue, classes: 2 })).toBe('EMPTY_INPUT');
    expect(code({ predictions: [new Float64Array(0)], yTrue: new Float64Array(0), classes: 2 })).toBe('EMPTY_INPUT');
    expect(code({ predictions: [new Float64Array(3)], yTrue, classes: 2 })).toBe('LENGTH_MISMATCH');
    expect(code({ predictions: [Float64Array.of(0.5, 0.5, Number.NaN, 1)], yTrue, classes: 2 })).toBe('NOT_FINITE');
    expect(code({ predictions: [Float64Array.of(-1, 2, 0.5, 0.5)], yTrue, classes: 2 })).toBe('OUT_OF_RANGE');
    expect(code({ predictions: [new Float64Array(4)], yTrue: Float64Array.of(0, 2), classes: 2 })).toBe('OUT_OF_RANGE');
  });
});
