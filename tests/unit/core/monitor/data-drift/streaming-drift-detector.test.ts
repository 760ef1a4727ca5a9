import {
  buildDriftReference,
  type FeatureRow,
  keyedRandom,
  type RandomSource,
  randomNormal,
  StreamingDriftDetector,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { makeRows, stableRow } from './feature-rows.ts';
import { runLengths } from './stream-runs.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const reference = buildDriftReference(makeRows(300, 'reference', stableRow));
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

describe('StreamingDriftDetector on stable streams', () => {
  const normal = (random: RandomSource): FeatureRow => ({ x: randomNormal(random) });
  const tied = (random: RandomSource): FeatureRow => ({
    x: random.next() < 0.6 ? 'a' : random.next() < 0.5 ? 'b' : undefined,
  });
  const constant = (): FeatureRow => ({ x: 7 });

  it.each([
    ['normal values, a reference of 100', normal, 100],
    ['normal values, a reference of one row', normal, 1],
    ['categories and missing values', tied, 60],
    ['a constant feature', constant, 50],
  ])('keeps its budget: %s', (label, row, referenceRows) => {
    const lengths = runLengths({ label, row, referenceRows, falseAlarmEvery: 100, streams: 150, cap: 20_000 });
    const average = mean(lengths);
    const error = Math.sqrt(mean(lengths.map((x) => (x - average) ** 2)) / lengths.length);
    console.info(`budget 100, ${label}: mean run ${average.toFixed(0)} ± ${error.toFixed(0)}`);
    expect(average).toBeGreaterThan(100 - 3 * error);
  });

  it('keeps one budget over dependent features', () => {
    const row = (random: RandomSource): FeatureRow => {
      const x = randomNormal(random);
      return { x, copy: x, rounded: Math.round(x), noisy: x + 0.2 * randomNormal(random) };
    };
    const lengths = runLengths({
      label: 'dependent',
      row,
      referenceRows: 80,
      falseAlarmEvery: 50,
      streams: 100,
      cap: 20_000,
    });
    console.info(`budget 50, four dependent features: mean run ${mean(lengths).toFixed(0)}`);
    expect(mean(lengths)).toBeGreaterThan(50);
  });
});

describe('StreamingDriftDetector on streams that change', () => {
  const stable = (random: RandomSource): FeatureRow => ({
    x: randomNormal(random),
    side: random.next() < 0.7 ? 'buy' : 'sell',
  });
  it.each([
    [
      'a mean shift of one deviation',
      (r: RandomSource) => ({ ...stable(r), x: randomNormal(r) + 1 }),
      'x',
      'higher',
      60,
    ],
    ['a mean shift down', (r: RandomSource) => ({ ...stable(r), x: randomNormal(r) - 1 }), 'x', 'lower', 60],
    ['a deviation twice as large', (r: RandomSource) => ({ ...stable(r), x: 2 * randomNormal(r) }), 'x', 'wider', 80],
    [
      'a deviation half as large',
      (r: RandomSource) => ({ ...stable(r), x: 0.5 * randomNormal(r) }),
      'x',
      'narrower',
      80,
    ],
    [
      'a category share from 70 to 40 %',
      (r: RandomSource) => ({ ...stable(r), side: r.next() < 0.4 ? 'buy' : 'sell' }),
      'side',
      'higher',
      120,
    ],
  ])('finds %s', (label, row, feature, shape, within) => {
    const delays = [1, 2, 3, 4, 5].map((seed) => {
      const random = keyedRandom('change', label, seed);
      const detector = new StreamingDriftDetector(
        buildDriftReference(Array.from({ length: 1_000 }, () => stable(random))),
      );
      for (let i = 0; i < 200; i++) expect(detector.update(stable(random))).toEqual([]);
      for (let delay = 1; delay <= 1_000; delay++) {
        const [alarm] = detector.update(row(random));
        if (alarm === undefined) continue;
        expect(alarm).toMatchObject({ feature, shape });
        expect(alarm.statistic).toBeGreaterThanOrEqual(alarm.threshold);
        return delay;
      }
      throw new Error(`${label} was not found`);
    });
    console.info(`budget 10,000, two features, reference 1,000, ${label}: mean delay ${mean(delays).toFixed(0)}`);
    expect(mean(delays)).toBeLessThan(within);
  });

  it('finds a constant that moves, a feature that goes silent and a new category', () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({
      x: 5,
      y: Math.sin(i * i),
      side: i % 2 === 0 ? 'buy' : 'sell',
    }));
    const profile = buildDriftReference(rows);
    for (const [name, change] of [
      ['x', { x: 5.01 }],
      ['y', { y: undefined }],
      ['side', { side: 'hold' }],
    ] as const) {
      const detector = new StreamingDriftDetector(profile);
      const random = keyedRandom('sudden', name);
      const found: string[] = [];
      for (let i = 0; i < 12; i++) {
        const row = { ...rows[Math.floor(random.next() * 300)]!, ...change };
        found.push(...detector.update(row).map(({ feature }) => feature));
      }
      expect(found).toEqual([name]);
    }
  });

  it('reports a drifted feature once, until it is acknowledged', () => {
    const detector = new StreamingDriftDetector(
      buildDriftReference(makeRows(200, 'once', (r) => ({ x: randomNormal(r) }))),
    );
    const push = (count: number) =>
      makeRows(count, `far-${count}`, () => ({ x: 10 })).flatMap((row) => detector.update(row));
    expect(push(60)).toHaveLength(1);
    const { features, drifted, reason } = detector.verdict();
    expect(drifted).toBe(true);
    expect(features[0]!.alarms).toBeGreaterThan(1);
    expect(reason).toMatch(/^1 of 1 features drifted: x \(.*, row \d+\) \(budget: one false alarm in 10000 rows\)\.$/);
    expect(() => detector.acknowledge(['other'])).toThrow(code('NOT_FOUND'));
    expect(detector.drifted).toBe(true);
    detector.acknowledge();
    expect(detector.drifted).toBe(false);
    expect(push(61)).toHaveLength(1);
  });
});

describe('StreamingDriftDetector as stored', () => {
  it('resumes anywhere in the stream bit for bit', () => {
    const rows = [
      ...makeRows(150, 'stream', stableRow),
      ...makeRows(60, 'later', (r) => ({ ...stableRow(r), momentum: 3 })),
    ];
    const whole = new StreamingDriftDetector(reference, { falseAlarmEvery: 200 });
    let parted = new StreamingDriftDetector(reference, { falseAlarmEvery: 200 });
    let alarms = 0;
    rows.forEach((row, i) => {
      const expected = whole.update(row);
      expect(parted.update(row)).toEqual(expected);
      alarms += expected.length;
      if (i % 7 === 0) {
        parted = StreamingDriftDetector.restore(JSON.parse(JSON.stringify(parted)), reference, {
          falseAlarmEvery: 200,
        });
      }
      expect(parted.verdict()).toEqual(whole.verdict());
    });
    expect(alarms).toBeGreaterThan(0);
    expect(JSON.stringify(parted)).toBe(JSON.stringify(whole));
  });

  it('resumes between the rows it uses, and takes each third only when told so', () => {
    const options = { falseAlarmEvery: 300, every: 3 };
    const rows = makeRows(50, 'thin', stableRow);
    const thinned = new StreamingDriftDetector(reference, options);
    let parted = new StreamingDriftDetector(reference, options);
    const replaced = new StreamingDriftDetector(reference, options);
    rows.forEach((row, i) => {
      thinned.update(row);
      parted.update(row);
      parted = StreamingDriftDetector.restore(JSON.parse(JSON.stringify(parted)), reference, options);
      replaced.update(i % 3 === 2 ? row : { ...row, momentum: 50 });
    });
    expect(JSON.stringify(parted)).toBe(JSON.stringify(thinned));
    expect(replaced.verdict()).toEqual(thinned.verdict());
    expect(thinned.verdict().features[0]?.threshold).toBe((2 * 3 * 300) / 3);
  });

  it('refuses the state of another reference or other options, and what is no state', () => {
    const state = JSON.parse(JSON.stringify(new StreamingDriftDetector(reference)));
    const other = buildDriftReference(makeRows(300, 'other', stableRow));
    expect(() => StreamingDriftDetector.restore(state, other)).toThrow(code('CONFLICT'));
    expect(() => StreamingDriftDetector.restore(state, reference, { bins: 10 })).toThrow(code('CONFLICT'));
    const broken = [
      null,
      { ...state, formatVersion: 2 },
      { ...state, rows: 1 },
      { ...state, rows: -1 },
      { ...state, features: state.features.slice(1) },
      { ...state, features: state.features.map((f: object) => ({ ...f, alarms: 'many' })) },
      { ...state, features: state.features.map((f: object) => ({ ...f, stream: {} })) },
    ];
    for (const json of broken) {
      expect(() => StreamingDriftDetector.restore(json, reference)).toThrow(code('INVALID_RECORD'));
    }
  });

  it('keeps its size whatever the number of rows', () => {
    const detector = new StreamingDriftDetector(reference);
    const sizes = [50, 2_000].map((count) => {
      for (const row of makeRows(count, `size-${count}`, stableRow)) detector.update(row);
      return JSON.stringify(detector).length;
    });
    expect(sizes[1]! / sizes[0]!).toBeLessThan(1.2);
  });
});

describe('StreamingDriftDetector and bad input', () => {
  it('refuses a bad row and has not changed', () => {
    const detector = new StreamingDriftDetector(reference);
    const before = JSON.stringify(detector);
    expect(() => detector.update({ momentum: Number.NaN })).toThrow(code('NOT_FINITE'));
    expect(() => detector.update({ momentum: 1, spread: Number.POSITIVE_INFINITY })).toThrow(
      "feature 'spread' must be finite or absent in row 1; got Infinity",
    );
    expect(() => detector.update({ momentum: 'high' })).toThrow(code('INVALID_TYPE'));
    expect(() => detector.update({ momentum: 1, volume: 2 })).toThrow('got unexpected volume');
    expect(JSON.stringify(detector)).toBe(before);
  });

  it('takes a row without any feature: all are missing', () => {
    const detector = new StreamingDriftDetector(reference);
    detector.update({});
    expect(detector.verdict().features.map(({ missingShare }) => missingShare)).toEqual([1, 1, 1]);
    expect(detector.rows).toBe(1);
  });

  it('refuses bad options', () => {
    for (const options of [
      { falseAlarmEvery: 1 },
      { falseAlarmEvery: Number.NaN },
      { bins: 1 },
      { bins: 2.5 },
      { every: 0 },
      { every: 1e4 },
    ]) {
      expect(() => new StreamingDriftDetector(reference, options)).toThrow(code('OUT_OF_RANGE'));
    }
    expect(() => new StreamingDriftDetector({ ...reference, rows: 5 })).toThrow(code('INVALID_RECORD'));
  });
});
