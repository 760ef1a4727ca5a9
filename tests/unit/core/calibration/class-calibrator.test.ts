import {
  type CalibrationMethod,
  type ClassCalibrationData,
  ClassCalibrator,
  fitClassCalibrator,
  keyedRandom,
  PlattCalibrator,
  TemperatureCalibrator,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const METHODS: readonly CalibrationMethod[] = ['platt', 'isotonic', 'temperature', 'beta'];
const CLASSES = ['up', 'down', 'flat'];

function rowsOf(n: number, classes: readonly string[] = CLASSES): ClassCalibrationData {
  const random = keyedRandom('classes', classes.length);
  const probabilities = Array.from({ length: n }, () => {
    const weights = classes.map(() => 0.1 + random.next());
    const sum = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => weight / sum);
  });
  const observed = probabilities.map((row) => {
    const draw = random.next();
    return classes.find((_, c) => draw < row.slice(0, c + 1).reduce((a, b) => a + b, 0)) ?? classes[0]!;
  });
  return { classes, observed, probabilities };
}

describe.each(METHODS)('%s over all classes', (method) => {
  it('gives distributions, for two classes and for three, and survives JSON bit for bit', () => {
    for (const classes of [CLASSES, ['up', 'down']]) {
      const calibrator = fitClassCalibrator(method, rowsOf(300, classes));
      const restored = ClassCalibrator.from(JSON.parse(JSON.stringify(calibrator)));
      expect(restored.classes).toEqual(classes);
      for (const row of rowsOf(20, classes).probabilities) {
        const calibrated = calibrator.apply(row);
        expect(calibrated.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        expect(Math.min(...calibrated)).toBeGreaterThanOrEqual(0);
        expect(restored.apply(row)).toEqual(calibrated);
      }
    }
  });

  it('does not depend on the order of two classes', () => {
    const data = rowsOf(200, ['up', 'down']);
    const swapped = {
      ...data,
      classes: ['down', 'up'],
      probabilities: data.probabilities.map((row) => [row[1]!, row[0]!]),
    };
    const one = fitClassCalibrator(method, data);
    const other = fitClassCalibrator(method, swapped);
    for (const p of [0.1, 0.35, 0.5, 0.8]) expect(other.apply([1 - p, p])[1]).toBeCloseTo(one.apply([p, 1 - p])[0]!, 8);
  });

  it('refuses what it cannot be fitted on', () => {
    const data = rowsOf(100);
    const refused: [string, ClassCalibrationData][] = [
      ['EMPTY_INPUT', { ...data, observed: [], probabilities: [] }],
      [
        'INSUFFICIENT_DATA',
        { ...data, observed: data.observed.slice(60), probabilities: data.probabilities.slice(60) },
      ],
      ['LENGTH_MISMATCH', { ...data, probabilities: data.probabilities.slice(1) }],
      ['LENGTH_MISMATCH', { ...data, probabilities: data.probabilities.map((row) => Array.from(row).slice(1)) }],
      ['NOT_FINITE', { ...data, probabilities: data.probabilities.map(() => [Number.NaN, 0.5, 0.5]) }],
      ['OUT_OF_RANGE', { ...data, probabilities: data.probabilities.map(() => [0.5, 0.5, 0.5]) }],
      ['OUT_OF_RANGE', { ...data, classes: ['up'] }],
      ['OUT_OF_RANGE', { ...data, classes: ['up', 'up', 'flat'] }],
      ['INVALID_TYPE', { ...data, observed: data.observed.map(() => 'sideways') }],
      ['SINGLE_CLASS', { ...data, observed: data.observed.map(() => 'up') }],
      ['SINGLE_CLASS', { ...data, observed: data.observed.map((label) => (label === 'flat' ? 'up' : label)) }],
    ];
    for (const [code, bad] of refused) {
      expect(() => fitClassCalibrator(method, bad)).toThrow(expect.objectContaining({ code }));
    }
  });
});

describe('ClassCalibrator', () => {
  it('scales all classes by one temperature', () => {
    const calibrator = new ClassCalibrator(CLASSES, [new TemperatureCalibrator(2)]);
    const [up, down, flat] = calibrator.apply([0.5, 0.3, 0.2]);
    // 0.25, 0.09 and 0.04 over their sum
    expect([up, down, flat].map((p) => p!.toFixed(12))).toEqual(
      [0.25 / 0.38, 0.09 / 0.38, 0.04 / 0.38].map((p) => p.toFixed(12)),
    );
  });

  it('refuses to scale a class that was observed but never got a probability', () => {
    const data = rowsOf(100);
    const probabilities = data.probabilities.map((row) => {
      const up = row[0]! / (row[0]! + row[1]!);
      return [up, 1 - up, 0];
    });
    expect(() => fitClassCalibrator('temperature', { ...data, probabilities })).toThrow(
      expect.objectContaining({ code: 'INSUFFICIENT_DATA' }),
    );
    // Isotonic regression gives it its share instead.
    const isotonic = fitClassCalibrator('isotonic', { ...data, probabilities });
    expect(isotonic.apply([0.6, 0.4, 0])[2]).toBeGreaterThan(0);
  });

  it('gives every class the same when all calibrators say 0', () => {
    const never = new PlattCalibrator(0, -1e300);
    expect(Array.from(new ClassCalibrator(CLASSES, [never, never, never]).apply([0.2, 0.3, 0.5]))).toEqual(
      Array.from({ length: 3 }, () => 1 / 3),
    );
  });

  it('refuses rows that are no distribution over its classes', () => {
    const calibrator = new ClassCalibrator(CLASSES, [new TemperatureCalibrator(1)]);
    expect(() => calibrator.apply([0.5, 0.5])).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }));
    expect(() => calibrator.apply([0.5, 0.5, 0.5])).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => calibrator.apply([1.5, -0.5, 0])).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => calibrator.apply([Number.NaN, 0, 1])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });

  it('refuses parts that do not fit its classes', () => {
    const platt = new PlattCalibrator(1, 0);
    for (const parts of [[], [platt], [platt, platt, new TemperatureCalibrator(1)]]) {
      expect(() => new ClassCalibrator(CLASSES, parts)).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }));
    }
  });

  it('refuses stored forms that are foreign, of the future, corrupt or poisoned', () => {
    const stored = JSON.parse(JSON.stringify(fitClassCalibrator('platt', rowsOf(100))));
    const poisoned = JSON.parse(JSON.stringify(stored).replace('"parts":[{', '"parts":[{"__proto__":{},'));
    for (const bad of [
      null,
      stored.parts[0],
      poisoned,
      { ...stored, formatVersion: 2 },
      { ...stored, extra: 1 },
      { ...stored, method: 'beta' },
      { ...stored, classes: ['up', 'up', 'flat'] },
      { ...stored, parts: stored.parts.slice(1) },
      { ...stored, parts: [1, 2, 3] },
    ]) {
      expect(() => ClassCalibrator.from(bad)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    }
  });
});
