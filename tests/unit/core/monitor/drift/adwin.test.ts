import { Adwin, type JsonObject, keyedRandom, randomNormal, sampleVariance } from '@mlperf/core';
import { describe, expect, it } from 'vitest';

function feed(detector: Adwin, values: Iterable<number>): number[] {
  const drifts: number[] = [];
  let i = 0;
  for (const value of values) {
    detector.update(value);
    if (detector.driftDetected) drifts.push(i);
    i++;
  }
  return drifts;
}

const repeat = (value: number, times: number) => Array.from({ length: times }, () => value);

describe('Adwin', () => {
  it('cuts where the arithmetic of the paper says', () => {
    // Eight 0s and k 1s, δ = 0.5, one value at least on each side; at the border between them the means are 1 apart.
    // k = 6: m = 1/8 + 1/6 = 0.292, V = 48/196 = 0.245, d = ln(2 ln 14 / 0.5) = 2.357,
    //        ε = √(2 · 0.292 · 0.245 · 2.357) + (2/3) · 2.357 · 0.292 = 0.580 + 0.458 > 1
    // k = 7: m = 0.268, V = 0.249, d = 2.382, ε = 0.564 + 0.425 = 0.989 < 1
    const detector = new Adwin({ delta: 0.5, clock: 1, minWindowLength: 1, gracePeriod: 0, maxBuckets: 1000 });
    expect(feed(detector, [...repeat(0, 8), ...repeat(1, 6)])).toEqual([]);
    detector.update(1);
    expect(detector.driftDetected).toBe(true);
  });

  it('keeps the newer part of the window after a drift, and throws it away with resetOnDrift', () => {
    const stream = [...repeat(0, 320), ...repeat(1, 32)];
    const kept = new Adwin();
    const thrown = new Adwin({ resetOnDrift: true });
    expect(feed(kept, stream)).toEqual([351]);
    expect(feed(thrown, stream)).toEqual([351]);
    expect(kept.width).toBe(thrown.width);
    const width = kept.width;
    kept.update(1);
    thrown.update(1);
    expect(kept).toMatchObject({ width: width + 1, nDetections: 1, driftDetected: false });
    expect(thrown).toMatchObject({ width: 1, nDetections: 0, driftDetected: false, estimation: 1, variance: 0 });
  });

  it('has no mean and no variance before the first value', () => {
    expect(new Adwin()).toMatchObject({ width: 0, total: 0, estimation: undefined, variance: undefined });
  });

  it('knows mean and variance of its window', () => {
    const values = [1, 2, 4, 7, 11, 16, 22, 29, 37, 46];
    const detector = new Adwin();
    feed(detector, values);
    expect(detector.estimation).toBe(175 / 10);
    expect(detector.variance).toBeCloseTo(((sampleVariance(values) ?? 0) * 9) / 10, 10);
  });

  it('keeps an accurate variance after a change of scale, where subtraction would leave rounding', () => {
    const random = keyedRandom('adwin', 'scale');
    const newer = Array.from({ length: 640 }, () => 1e-3 * randomNormal(random));
    const detector = new Adwin();
    feed(detector, [...Array.from({ length: 640 }, () => 1e8 + 1e6 * randomNormal(random)), ...newer]);
    expect(detector.width).toBeLessThanOrEqual(640);
    const window = newer.slice(-detector.width);
    const variance = ((sampleVariance(window) ?? 0) * (window.length - 1)) / window.length;
    expect((detector.variance ?? 0) / variance).toBeCloseTo(1, 9);
  });

  it('sees changes in both directions', () => {
    expect(feed(new Adwin(), [...repeat(0.2, 400), ...repeat(0.9, 100)])).not.toEqual([]);
    expect(feed(new Adwin(), [...repeat(0.9, 400), ...repeat(0.2, 100)])).not.toEqual([]);
  });

  it('holds a number of buckets that grows with the logarithm of the window', () => {
    const detector = new Adwin();
    const buckets = () => ((detector.toJSON().state as JsonObject).sums as readonly number[]).length;
    const random = keyedRandom('adwin', 'memory');
    const held: number[] = [];
    for (let n = 1; n <= 2 ** 18; n++) {
      detector.update(random.next() < 0.45 ? 1 : 0);
      if (n === 2 ** 6 || n === 2 ** 12 || n === 2 ** 18) held.push(buckets());
    }
    expect(detector.width).toBe(2 ** 18);
    expect(held[2]).toBeLessThanOrEqual(5 * 18);
    const [short = 0, middle = 0, long = 0] = held;
    expect(long - middle).toBeLessThanOrEqual(middle - short + 5);
  });

  it('refuses options out of range', () => {
    for (const options of [
      { delta: 0 },
      { delta: 1 },
      { delta: Number.NaN },
      { clock: 0 },
      { clock: 1.5 },
      { maxBuckets: 1 },
      { minWindowLength: 0 },
      { gracePeriod: -1 },
    ]) {
      expect(() => new Adwin(options), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'OUT_OF_RANGE' }),
      );
    }
    expect(() => new Adwin({ resetOnDrift: 1 as never })).toThrow(expect.objectContaining({ code: 'INVALID_TYPE' }));
  });

  it('refuses stored buckets that contradict each other', () => {
    const detector = new Adwin();
    feed(detector, repeat(0.5, 100));
    const json = detector.toJSON();
    const state = json.state as JsonObject & { sums: number[]; counts: number[] };
    for (const change of [
      { width: 99 },
      { total: 51 },
      { deviation: 1 },
      { tick: 32 },
      { counts: state.counts.slice(1) },
      { counts: state.counts.map((count) => count + 3) },
      { sums: state.sums.slice(1) },
      { sums: state.sums.map((sum) => sum + 1) },
      { deviations: state.sums.map(() => -1) },
    ]) {
      expect(() => Adwin.from({ ...json, state: { ...state, ...change } }), JSON.stringify(change)).toThrow(
        expect.objectContaining({ code: 'INVALID_RECORD' }),
      );
    }
  });
});
