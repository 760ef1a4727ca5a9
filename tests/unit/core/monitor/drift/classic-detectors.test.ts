import { Cusum, Ddm, type DriftDetector, Eddm, Ewma, HddmA, HddmW, type JsonObject, PageHinkley } from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const repeat = (value: number, times: number) => Array.from({ length: times }, () => value);

/** 1-based numbers of the updates with a drift, and of the first with a warning. */
function feed(detector: DriftDetector, values: readonly number[]) {
  const drifts: number[] = [];
  let warning: number | undefined;
  values.forEach((value, i) => {
    detector.update(value);
    if (detector.driftDetected) drifts.push(i + 1);
    if (detector.warningDetected) warning ??= i + 1;
  });
  return { drifts, warning };
}

const stateOf = (detector: DriftDetector) => detector.toJSON().state as JsonObject;

function refuses(build: (options: never) => DriftDetector, options: readonly object[]): void {
  for (const one of options) {
    expect(() => build(one as never), JSON.stringify(one)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  }
}

describe('PageHinkley', () => {
  it('adds up deviations from the running mean', () => {
    const detector = new PageHinkley({ delta: 0.25, alpha: 0.5 });
    for (const x of [0, 1]) detector.update(x);
    // m = 1/2: U = 0.5 · (−0.25) + 0.5 − 0.25, D = 0.5 · 0.25 + 0.5 + 0.25
    expect(stateOf(detector)).toMatchObject({ mean: 0.5, sumIncrease: 0.125, sumDecrease: 0.875 });
  });

  it('follows its mode', () => {
    const up = [...repeat(0, 50), ...repeat(1, 50)];
    const down = up.map((x) => -x);
    const drifts = (mode: 'up' | 'down' | 'both', stream: readonly number[]) =>
      feed(new PageHinkley({ threshold: 5, mode }), stream).drifts;
    expect(drifts('up', up)).toEqual([56]);
    expect(drifts('both', up)).toEqual(drifts('up', up));
    expect(drifts('up', down)).toEqual([]);
    expect(drifts('down', down)).toEqual(drifts('up', up));
    expect(drifts('both', down)).toEqual(drifts('up', up));
    expect(drifts('down', up)).toEqual([]);
  });

  it('waits for minInstances', () => {
    const stream = [0, ...repeat(100, 29)];
    expect(feed(new PageHinkley(), stream).drifts).toEqual([30]);
    expect(feed(new PageHinkley({ minInstances: 31 }), stream).drifts).toEqual([]);
  });

  it('refuses options out of range', () => {
    refuses(
      (options) => new PageHinkley(options),
      [{ minInstances: 0 }, { delta: -1 }, { threshold: 0 }, { alpha: 1.1 }, { alpha: Number.NaN }, { mode: 'left' }],
    );
  });
});

describe('Ddm', () => {
  it('holds the error rate and the best level', () => {
    const detector = new Ddm({ warmStart: 3 });
    feed(detector, [0, 1, 0, 0]);
    expect(stateOf(detector)).toMatchObject({
      n: 4,
      p: 1 / 4,
      pMin: 1 / 4,
      sMin: Math.sqrt((1 / 4) * (3 / 4) * (1 / 4)),
    });
  });

  it('never alarms on a constant stream, and at the first error after thousands of hits', () => {
    expect(feed(new Ddm(), repeat(0, 1000)).drifts).toEqual([]);
    expect(feed(new Ddm(), repeat(1, 1000)).drifts).toEqual([]);
    // p_min = s_min = 0: every rise is above any multiple of it.
    expect(feed(new Ddm(), [...repeat(0, 1000), 1]).drifts).toEqual([1001]);
  });

  it('does not see a falling error rate', () => {
    expect(feed(new Ddm(), [...repeat(1, 100), ...repeat(0, 1000)]).drifts).toEqual([]);
  });

  it('refuses options out of range or in the wrong order', () => {
    refuses(
      (options) => new Ddm(options),
      [{ warmStart: 0 }, { warningThreshold: 0 }, { warningThreshold: 3.5 }, { driftThreshold: 1 }],
    );
  });
});

describe('Eddm', () => {
  it('measures the distances between errors, the first from the start', () => {
    const detector = new Eddm();
    feed(detector, [0, 0, 1, 0, 1]);
    // Distances 3 and 2: mean 2.5, squared deviations 0.25 + 0.25.
    expect(stateOf(detector)).toMatchObject({ meanDistance: 2.5, deviation: 0.5, nErrors: 2, lastError: 5 });
  });

  it('warns and then finds a drift as errors crowd, and stands still between errors', () => {
    const steady = Array.from({ length: 400 }, (_, i) => Number((i + 1) % 10 === 0));
    const detector = new Eddm();
    expect(feed(detector, [...steady, ...repeat(1, 48)])).toEqual({ drifts: [], warning: 435 });
    feed(detector, repeat(0, 5));
    expect(detector.warningDetected).toBe(true);
    expect(feed(new Eddm(), [...steady, ...repeat(1, 49)]).drifts).toEqual([449]);
  });

  it('refuses options out of range or in the wrong order', () => {
    refuses((options) => new Eddm(options), [{ warmStart: 0 }, { alpha: 1 }, { beta: 0 }, { alpha: 0.8 }]);
  });
});

describe('HddmA', () => {
  it('finds a rise where the bound of Hoeffding is crossed', () => {
    // The lowest cut is after 100 zeros. After k ones: k/(100 + k) ≥ √(k/(100 (100 + k)) / 2 · ln 2000), so that
    // k/(100 + k) ≥ ln 2000 / 200 = 0.038, first at k = 4.
    expect(feed(new HddmA(), [...repeat(0, 100), ...repeat(1, 4)]).drifts).toEqual([104]);
  });

  it('sees a fall only in the two-sided test', () => {
    const stream = [...repeat(1, 100), ...repeat(0, 4)];
    expect(feed(new HddmA(), stream).drifts).toEqual([]);
    expect(feed(new HddmA({ twoSidedTest: true }), stream).drifts).toEqual([104]);
  });

  it('refuses options out of range or in the wrong order', () => {
    refuses(
      (options) => new HddmA(options),
      [{ driftConfidence: 0 }, { warningConfidence: 1 }, { driftConfidence: 0.01 }],
    );
    expect(() => new HddmA({ twoSidedTest: 'yes' as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_TYPE' }),
    );
  });
});

describe('HddmW', () => {
  it('does not jump to 1 at the first 1 of a stream that starts with 0s', () => {
    const detector = new HddmW();
    feed(detector, [0, 0, 1]);
    expect(stateOf(detector).totalMean).toBe(0.05);
  });

  it('warns before it finds a rise, and sees a fall only in the two-sided test', () => {
    const rise = [...repeat(0, 100), ...repeat(1, 14)];
    expect(feed(new HddmW(), rise)).toEqual({ drifts: [114], warning: 111 });
    const fall = rise.map((x) => 1 - x);
    expect(feed(new HddmW(), fall)).toEqual({ drifts: [], warning: undefined });
    expect(feed(new HddmW({ twoSidedTest: true }), fall).drifts).toEqual([114]);
  });

  it('refuses options out of range or in the wrong order', () => {
    refuses(
      (options) => new HddmW(options),
      [{ driftConfidence: 0 }, { warningConfidence: 1 }, { driftConfidence: 0.01 }, { lambdaVal: 0 }, { lambdaVal: 1 }],
    );
  });
});

describe('Cusum', () => {
  it('adds up standardised deviations from a frozen reference', () => {
    const detector = new Cusum({ minInstances: 4, mode: 'up' });
    feed(detector, [-1, 1, -1, 1, 3]);
    const sigma = Math.sqrt(4 / 3);
    expect(stateOf(detector)).toMatchObject({ n: 4, mean: 0, deviation: 4 });
    expect(stateOf(detector).sumIncrease).toBeCloseTo(1 + 3 - 2 * 0.5 * sigma, 14);
    expect(feed(new Cusum({ minInstances: 4, mode: 'up' }), [-1, 1, -1, 1, 3, 3, 3]).drifts).toEqual([7]);
  });

  it('follows its mode', () => {
    const up = [-1, 1, -1, 1, 3, 3, 3];
    const down = up.map((x) => -x);
    const drifts = (mode: 'up' | 'down' | 'both', stream: readonly number[]) =>
      feed(new Cusum({ minInstances: 4, mode }), stream).drifts;
    expect(drifts('down', down)).toEqual([7]);
    expect(drifts('both', up)).toEqual([7]);
    expect(drifts('both', down)).toEqual([7]);
    expect(drifts('up', down)).toEqual([]);
    expect(drifts('down', up)).toEqual([]);
  });

  it('takes any deviation for a drift after a constant reference', () => {
    expect(feed(new Cusum(), repeat(0.1, 1000)).drifts).toEqual([]);
    expect(feed(new Cusum(), [...repeat(0.1, 30), 0.1000001]).drifts).toEqual([31]);
  });

  it('refuses options out of range', () => {
    refuses(
      (options) => new Cusum(options),
      [{ minInstances: 0 }, { slack: -1 }, { threshold: 0 }, { threshold: Number.POSITIVE_INFINITY }, { mode: '' }],
    );
  });
});

describe('Ewma', () => {
  it('holds the fading average and its variance', () => {
    const detector = new Ewma({ alpha: 0.5 });
    feed(detector, [0, 1, 1]);
    // Averages 0, 1/2, 3/4 of x and of x² alike: variance 3/4 − 9/16.
    expect(stateOf(detector)).toMatchObject({ average: 3 / 4, variance: 3 / 4 - 9 / 16 });
  });

  it('never alarms on a constant stream, whatever the constant rounds to', () => {
    for (const constant of [0, 0.1, 1 / 3, 1e-300, -7.7, 1e90]) {
      expect(feed(new Ewma(), repeat(constant, 500)).drifts, String(constant)).toEqual([]);
    }
  });

  it('keeps its variance where squares would cancel', () => {
    const near = new Ewma();
    const far = new Ewma();
    for (let i = 0; i < 300; i++) {
      near.update((i * 7919) % 13);
      far.update(2 ** 40 + ((i * 7919) % 13));
    }
    expect(Number(stateOf(far).variance) / Number(stateOf(near).variance)).toBeCloseTo(1, 3);
  });

  it('follows its mode', () => {
    const up = [...Array.from({ length: 100 }, (_, i) => i % 2), ...repeat(1, 9)];
    const down = up.map((x) => -x);
    const drifts = (mode: 'up' | 'down' | 'both', stream: readonly number[]) =>
      feed(new Ewma({ threshold: 3, mode }), stream).drifts;
    expect(drifts('up', up)).toEqual([109]);
    expect(drifts('both', down)).toEqual([109]);
    expect(drifts('down', up)).toEqual([]);
  });

  it('refuses options out of range', () => {
    refuses((options) => new Ewma(options), [{ alpha: 0 }, { alpha: 1.1 }, { threshold: 0 }, { minInstances: 0.5 }]);
  });
});
