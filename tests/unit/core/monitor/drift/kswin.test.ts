import { Kswin, keyedRandom, randomNormal } from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const first = ({ count }: { readonly count: number }) => Array.from({ length: count }, (_, i) => i);

describe('Kswin', () => {
  it('compares the newest values with the drawn older ones, by the exact distribution', () => {
    const detector = new Kswin({ windowSize: 4, statSize: 2, alpha: 0.4, sampleIndices: first });
    for (const value of [1, 2, 3]) detector.update(value);
    expect(detector.pValue).toBeUndefined();
    detector.update(4);
    // {1, 2} against {3, 4}: apart, as 2 of the 6 orders of four values are.
    expect(detector.pValue).toBeCloseTo(2 / 6, 15);
    expect(detector.driftDetected).toBe(true);
    detector.update(5);
    expect(detector).toMatchObject({ driftDetected: false, pValue: undefined });
  });

  it('counts ties once on both sides', () => {
    const detector = new Kswin({ windowSize: 4, statSize: 2, sampleIndices: first });
    for (const value of [7, 7, 7, 7]) detector.update(value);
    expect(detector).toMatchObject({ pValue: 1, driftDetected: false });
  });

  it('numbers the draws on through drifts', () => {
    const numbers: number[] = [];
    const detector = new Kswin({
      windowSize: 4,
      statSize: 2,
      alpha: 0.4,
      sampleIndices(draw) {
        expect(draw).toMatchObject({ population: 2, count: 2 });
        numbers.push(draw.number);
        return [1, 0];
      },
    });
    for (const value of [1, 1, 9, 9, 1, 1, 9, 9, 2, 3]) detector.update(value);
    expect(numbers).toEqual([0, 1]);
  });

  it('changes nothing when the sampler throws or gives indices it cannot use', () => {
    for (const bad of [[0], [0, 0], [0, 2], [-1, 0], [0, 0.5], [0, Number.NaN]]) {
      const detector = new Kswin({ windowSize: 4, statSize: 2, sampleIndices: () => bad });
      for (const value of [1, 2, 3]) detector.update(value);
      const before = detector.toJSON();
      expect(() => detector.update(4), String(bad)).toThrow(
        expect.objectContaining({ name: 'InvalidInputError', code: 'OUT_OF_RANGE' }),
      );
      expect(detector.toJSON()).toEqual(before);
    }
    const throwing = new Kswin({
      windowSize: 4,
      statSize: 2,
      sampleIndices() {
        throw new Error('no numbers left');
      },
    });
    for (const value of [1, 2, 3]) throwing.update(value);
    const before = throwing.toJSON();
    expect(() => throwing.update(4)).toThrow('no numbers left');
    expect(throwing.toJSON()).toEqual(before);
  });

  it('resumes with its sampler and only with it', () => {
    const drawn = new Kswin({ sampleIndices: first }).toJSON();
    expect(Kswin.from(drawn, first).toJSON()).toEqual(drawn);
    expect(() => Kswin.from(drawn)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    expect(() => Kswin.from(new Kswin().toJSON(), first)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
  });

  it('draws by its seed: the same one alike, another otherwise', () => {
    const pValues = (seed: string) => {
      const random = keyedRandom('kswin', 'values');
      const detector = new Kswin({ seed });
      return Array.from({ length: 300 }, () => {
        detector.update(randomNormal(random));
        return detector.pValue;
      });
    };
    expect(pValues('a')).toEqual(pValues('a'));
    expect(pValues('a')).not.toEqual(pValues('b'));
  });

  it('starts warm with values seen already, the last of them when there are too many', () => {
    const values = Array.from({ length: 130 }, (_, i) => Math.sin(i));
    const cold = new Kswin();
    for (const value of values) cold.update(value);
    expect((cold.toJSON().state as { window: number[] }).window).toEqual(values.slice(-100));
    expect((new Kswin({ window: values }).toJSON().state as { window: number[] }).window).toEqual(values.slice(-100));
    expect(() => new Kswin({ window: [Number.NaN] })).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });

  it('draws each of the older values equally often', () => {
    // One 1 among 0s: while it is older, the distance is 1 exactly when it is drawn, and its place is known.
    const drawn = new Array<number>(10).fill(0);
    const detector = new Kswin({ windowSize: 15, statSize: 5, alpha: 1e-9 });
    const rounds = 1_000;
    for (let i = 0; i < 20 * rounds; i++) {
      detector.update(Number(i % 20 === 0));
      const place = 14 - (i % 20);
      const { distance } = detector.toJSON().state as { distance?: number };
      if (place >= 0 && place < 10 && distance === 1) drawn[place] = (drawn[place] ?? 0) + 1;
    }
    // Half of the rounds each, less the first, whose window was not full; the standard deviation is 16.
    for (const times of drawn) expect(Math.abs(times - rounds / 2)).toBeLessThan(60);
  });

  it('refuses options out of range', () => {
    for (const options of [{ alpha: 0 }, { alpha: 1 }, { statSize: 1 }, { windowSize: 59 }, { statSize: 10_001 }]) {
      expect(() => new Kswin(options), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'OUT_OF_RANGE' }),
      );
    }
  });
});
