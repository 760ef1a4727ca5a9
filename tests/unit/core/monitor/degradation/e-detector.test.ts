import { EDetector, keyedRandom, MAX_SEGMENTS } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const ONE = [{ logOddsShift: Math.log(1.5), weight: 1 }] as const;

describe('EDetector', () => {
  it('follows the recursion by hand', () => {
    // Floor 0.6 is odds 1.5; shifted down by ln 1.5 they are 1, so q = 0.5.
    const detector = new EDetector({ floor: 0.6, falseAlarmEvery: 1_000, alternatives: ONE });
    const hit = 0.5 / 0.6;
    const miss = 0.5 / 0.4;
    detector.update(false);
    expect(detector.statistic).toBeCloseTo(miss, 12);
    detector.update(true);
    expect(detector.statistic).toBeCloseTo((1 + miss) * hit, 12);
    detector.update(false);
    expect(detector.statistic).toBeCloseTo((1 + (1 + miss) * hit) * miss, 12);
  });

  it('mirrors itself for recovery: odds shifted up, hits as evidence', () => {
    const detector = new EDetector({ floor: 0.5, falseAlarmEvery: 1_000, side: 'above', alternatives: ONE });
    detector.update(true);
    expect(detector.statistic).toBeCloseTo(0.6 / 0.5, 12);
    detector.update(false);
    expect(detector.statistic).toBeCloseTo((1 + 0.6 / 0.5) * (0.4 / 0.5), 12);
  });

  it('alarms once with the statistic that reached the budget, then starts again', () => {
    const detector = new EDetector({ floor: 0.6, falseAlarmEvery: 50 });
    let outcomes = 0;
    let reached: number | undefined;
    while (reached === undefined) {
      reached = detector.update(false);
      outcomes++;
    }
    expect(reached).toBeGreaterThanOrEqual(50);
    expect(outcomes).toBeLessThan(12);
    expect(detector.statistic).toBe(0);
    expect(detector.update(false)).toBeUndefined();
  });

  it('mixes alternatives by weights that are scaled to sum to 1', () => {
    const options = { floor: 0.55, falseAlarmEvery: 1e6 };
    const shifts = [0.3, 0.9];
    const parts = shifts.map(
      (logOddsShift) => new EDetector({ ...options, alternatives: [{ logOddsShift, weight: 1 }] }),
    );
    const mixed = new EDetector({
      ...options,
      alternatives: [
        { logOddsShift: 0.3, weight: 3 },
        { logOddsShift: 0.9, weight: 1 },
      ],
    });
    for (const hit of [true, false, false, true, false]) {
      for (const detector of [...parts, mixed]) detector.update(hit);
    }
    expect(mixed.statistic).toBeCloseTo(0.75 * parts[0]!.statistic + 0.25 * parts[1]!.statistic, 10);
  });

  it('sums segments, each moved by its own outcomes only', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ hit: fc.boolean(), segment: fc.constantFrom('a', 'b', 'c') })), (outcomes) => {
        const options = { floor: 0.6, falseAlarmEvery: 1e9 };
        const together = new EDetector(options);
        const apart = new Map(['a', 'b', 'c'].map((name) => [name, new EDetector(options)]));
        for (const { hit, segment } of outcomes) {
          together.update(hit, segment);
          apart.get(segment)!.update(hit);
        }
        const sum = [...apart.values()].reduce((total, { statistic }) => total + statistic, 0);
        expect(together.statistic).toBeCloseTo(sum, 8);
      }),
      { seed: 7 },
    );
  });

  it('grows by one per outcome in expectation at the floor, whatever segment the outcome belongs to', () => {
    // Exact expectation over all 2^n outcomes, each sequence weighted by its probability at the floor.
    const floor = 0.6;
    const n = 8;
    const segments = ['a', 'b', 'a', 'a', 'c', 'b', 'c', 'a'];
    let expectation = 0;
    for (let bits = 0; bits < 2 ** n; bits++) {
      const detector = new EDetector({ floor, falseAlarmEvery: 1e9 });
      let probability = 1;
      for (let i = 0; i < n; i++) {
        const hit = ((bits >> i) & 1) === 1;
        probability *= hit ? floor : 1 - floor;
        detector.update(hit, segments[i]);
      }
      expectation += probability * detector.statistic;
    }
    expect(expectation).toBeCloseTo(n, 9);
  });

  it('goes on bit for bit from its stored state', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.constantFrom('BTC', '__proto__', 'ETH')), { maxLength: 200 }),
        fc.nat(200),
        (outcomes, cut) => {
          const options = { floor: 0.55, falseAlarmEvery: 30 };
          const straight = new EDetector(options);
          let restored = new EDetector(options);
          outcomes.forEach(([hit, segment], i) => {
            if (i === cut) {
              const state: unknown = JSON.parse(JSON.stringify(restored));
              restored = new EDetector(options);
              restored.restore(state as ReturnType<EDetector['toJSON']>);
            }
            expect(restored.update(hit, segment)).toBe(straight.update(hit, segment));
            expect(restored.statistic).toBe(straight.statistic);
          });
        },
      ),
      { seed: 11 },
    );
  });

  it('does not add up what many healthy symbols have at rest', () => {
    // Ten and five points above the floor at a budget of 2,000: the plain sum alarms every 7,000 and 3,000 outcomes.
    const alarmsOf = (rate: number, outcomes: number) => {
      const detector = new EDetector({ floor: 0.55, falseAlarmEvery: 2_000 });
      const random = keyedRandom('healthy', rate);
      let alarms = 0;
      for (let n = 0; n < outcomes; n++) {
        if (detector.update(random.next() < rate, `s${n % 100}`) !== undefined) alarms++;
      }
      return alarms;
    };
    expect(alarmsOf(0.65, 200_000)).toBeLessThan(3);
    expect(alarmsOf(0.6, 100_000)).toBeLessThan(10);
  });

  it('is its definition: what each segment has above the idle level, and once what all have up to it', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ hit: fc.boolean(), segment: fc.constantFrom('a', 'b', 'c') })), (outcomes) => {
        const falseAlarmEvery = 60;
        const together = new EDetector({ floor: 0.6, falseAlarmEvery });
        const apart = new Map(['a', 'b', 'c'].map((name) => [name, new EDetector({ floor: 0.6, falseAlarmEvery })]));
        for (const { hit, segment } of outcomes) {
          apart.get(segment)!.update(hit);
          const values = [...apart.values()].map(({ statistic }) => statistic);
          const sum = values.reduce((total, value) => total + value, 0);
          const expected = values.reduce((total, value) => total + Math.max(0, value - 3), 0) + Math.min(3, sum);
          expect(expected).toBeLessThanOrEqual(sum + 1e-9);
          const reached = together.update(hit, segment);
          if (reached !== undefined) return;
          expect(together.statistic).toBeCloseTo(expected, 9);
          const parts = together.evidence.reduce((total, { statistic }) => total + statistic, 0);
          expect(parts).toBeCloseTo(expected, 9);
        }
      }),
      { seed: 13 },
    );
  });

  it('pools the segments beyond its bound instead of growing', () => {
    const detector = new EDetector({ floor: 0.6, falseAlarmEvery: 1e9 });
    for (let i = 0; i < MAX_SEGMENTS + 500; i++) detector.update(true, `s${i}`);
    const { segments } = detector.toJSON();
    expect(Array.isArray(segments) && segments.length).toBe(MAX_SEGMENTS + 1);
  });

  it('stays finite and within its budget over a million outcomes', () => {
    const detector = new EDetector({ floor: 0.99, falseAlarmEvery: 1e9 });
    for (let i = 0; i < 1_000_000; i++) detector.update(i % 1_000 !== 0, i % 2 === 0 ? 'a' : 'b');
    expect(detector.statistic).toBeGreaterThanOrEqual(0);
    expect(detector.statistic).toBeLessThan(1e9);
  });

  it.each([
    [{ floor: 0, falseAlarmEvery: 100 }, 'floor'],
    [{ floor: 1, falseAlarmEvery: 100 }, 'floor'],
    [{ floor: Number.NaN, falseAlarmEvery: 100 }, 'floor'],
    [{ floor: 0.5, falseAlarmEvery: 1 }, 'falseAlarmEvery'],
    [{ floor: 0.5, falseAlarmEvery: 100, alternatives: [{ logOddsShift: 0, weight: 1 }] }, 'logOddsShift'],
    [{ floor: 0.5, falseAlarmEvery: 100, alternatives: [{ logOddsShift: 1, weight: -1 }] }, 'weight'],
    [{ floor: 0.5, falseAlarmEvery: 100, labelOverlap: 0 }, 'labelOverlap'],
    [{ floor: 0.5, falseAlarmEvery: 100, labelOverlap: 1.5 }, 'labelOverlap'],
  ])('refuses %j', (options, name) => {
    expect(() => new EDetector(options)).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE', message: expect.stringContaining(name) }),
    );
  });

  it.each([
    [undefined, 'INVALID_TYPE'],
    [null, 'INVALID_TYPE'],
    [{ hit: Number.NaN }, 'INVALID_TYPE'],
    [{ hit: 1 }, 'INVALID_TYPE'],
    [{ hit: true, netReturn: Number.NaN }, 'NOT_FINITE'],
    [{ hit: true, netReturn: Number.NEGATIVE_INFINITY }, 'NOT_FINITE'],
    [{ hit: true, netReturn: '0.1' }, 'NOT_FINITE'],
    [{ hit: true, confidence: Number.NaN }, 'NOT_FINITE'],
    [{ hit: true, confidence: null }, 'NOT_FINITE'],
    [{ hit: true, confidence: 1.5 }, 'OUT_OF_RANGE'],
    [{ hit: true, confidence: -0.1 }, 'OUT_OF_RANGE'],
  ])('refuses the outcome %o with %s before anything has moved', (outcome, code) => {
    const evidence = [
      { stream: 'hits', share: 0.5 },
      { stream: 'calibration', share: 0.25, tolerance: 0.05 },
      { stream: 'net-return', share: 0.25, floor: 0, bound: 0.05 },
    ] as const;
    const detector = new EDetector({ floor: 0.6, falseAlarmEvery: 100, evidence });
    detector.update({ hit: false, confidence: 0.9, netReturn: -0.01 }, 'a');
    const before = JSON.stringify(detector);
    expect(() => detector.update(outcome as never, 'b')).toThrow(expect.objectContaining({ code }));
    expect(() => detector.update(true, null as never)).toThrow(expect.objectContaining({ code: 'INVALID_TYPE' }));
    expect(JSON.stringify(detector)).toBe(before);
  });

  it.each([
    undefined,
    {},
    { formatVersion: 4, labelOverlap: 1, leaveOut: 0, statistic: 0, segments: [] },
    {
      formatVersion: 3,
      labelOverlap: 1,
      leaveOut: 0,
      excess: 0,
      sum: 1,
      values: [],
      segments: [['a', -1, 1, 1, 1, 1]],
    },
    {
      formatVersion: 3,
      labelOverlap: 1,
      leaveOut: 0,
      excess: 5,
      sum: 1,
      values: [1],
      segments: [['a', -1, 1, 1, 1, 1]],
    },
    {
      formatVersion: 3,
      labelOverlap: 1,
      leaveOut: 0,
      excess: 0.55,
      sum: 9,
      values: [1],
      segments: [['a', -1, 1, 1, 1, 1]],
    },
    { formatVersion: 2, labelOverlap: 2, leaveOut: 0, statistic: 0, segments: [] },
    { formatVersion: 2, labelOverlap: 1, leaveOut: 1, statistic: 0, segments: [] },
    { formatVersion: 2, labelOverlap: 1, leaveOut: 0, statistic: 0, segments: [['a', 1, 0, 0, 0, 0]] },
    { formatVersion: 2, labelOverlap: 1, leaveOut: 0, statistic: 1e6, segments: [['a', -1, 1, 1, 1, 1]] },
    { formatVersion: 2, labelOverlap: 1, leaveOut: 0, statistic: -1e6, segments: [['a', -1, 1, 1, 1, 1]] },
    { formatVersion: 2, labelOverlap: 1, leaveOut: 0, statistic: 1.5, segments: [['a', -1, 1, 1, 1, 1]] },
    { formatVersion: 2, labelOverlap: 1, leaveOut: 0, statistic: 10, segments: [['a', -1, 10, 10, 10, 10]] },
    {
      formatVersion: 2,
      labelOverlap: 1,
      leaveOut: 0,
      statistic: 2,
      segments: [
        ['a', -1, 1, 1, 1, 1],
        ['a', -1, 1, 1, 1, 1],
      ],
    },
    { formatVersion: 1, statistic: 0, segments: [['a', 1]] },
  ])('refuses the state %j, and nothing has changed', (state) => {
    const detector = new EDetector({ floor: 0.5, falseAlarmEvery: 9 });
    detector.update(false, 'b');
    const before = JSON.stringify(detector);
    expect(() => detector.restore(state)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    expect(JSON.stringify(detector)).toBe(before);
  });
});
