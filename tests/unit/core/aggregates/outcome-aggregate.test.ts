import {
  CONFIDENCE_BINS,
  confidenceBin,
  DIRECTIONS,
  keyedRandom,
  metricsOf,
  OutcomeAggregate,
  type OutcomeAggregateState,
  type OutcomeObservation,
  observationOf,
} from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observation, observations } from '../outcome-observations.ts';

function aggregateOf(list: readonly OutcomeObservation[]): OutcomeAggregate {
  const aggregate = new OutcomeAggregate();
  for (const item of list) aggregate.add(item);
  return aggregate;
}

function merged(...states: readonly OutcomeAggregateState[]): OutcomeAggregate {
  const aggregate = new OutcomeAggregate();
  for (const state of states) aggregate.merge(state);
  return aggregate;
}

const SUMS = [
  'confidenceSum',
  'returnSum',
  'returnSquareSum',
  'logLossSum',
  'confidenceSquareSum',
  'hitConfidenceSum',
  'absoluteErrorSum',
  'squaredErrorSum',
  'percentageErrorSum',
] as const;

const sum = ([high, low]: readonly [number, number]) => high + low;

/** Counts agree exactly; sums to `tolerance`, absolute: they are of a few hundred values of size at most 37. */
function expectSame(a: OutcomeAggregateState, b: OutcomeAggregateState, tolerance: number): void {
  for (const name of ['count', 'correct', 'returnCount', 'scoredCount', 'pricedCount'] as const) {
    expect(a[name]).toBe(b[name]);
  }
  for (const name of ['confusion', 'binCounts', 'binCorrect'] as const) expect(a[name]).toEqual(b[name]);
  for (const name of SUMS) expect(Math.abs(sum(a[name]!) - sum(b[name]!))).toBeLessThanOrEqual(tolerance);
  a.binConfidenceSums.forEach((pair, i) => {
    expect(Math.abs(sum(pair) - sum(b.binConfidenceSums[i]!))).toBeLessThanOrEqual(tolerance);
  });
}

const PRICES = 'price and predictedPrice must both be from 1e-100 to 1e100, or both be absent';

const empty = new OutcomeAggregate().toJSON();

describe('OutcomeAggregate', () => {
  it('sums three outcomes as by hand', () => {
    const aggregate = aggregateOf([
      { predicted: 'up', observed: 'up', confidence: 0.75, netReturn: 0.5 },
      { predicted: 'up', observed: 'down', confidence: 0.5, netReturn: -0.25 },
      { predicted: 'flat', observed: 'down', confidence: 0.4 },
    ]);
    expect([aggregate.count, aggregate.correct, aggregate.confidenceSum]).toEqual([3, 1, 0.75 + 0.5 + 0.4]);
    expect(aggregate.confusion('down', 'up')).toBe(1);
    expect(aggregate.confusion('up', 'down')).toBe(0);
    expect(aggregate.confusion('down', 'flat')).toBe(1);
    expect([aggregate.returnCount, aggregate.returnSum, aggregate.returnSquareSum]).toEqual([2, 0.25, 0.25 + 0.0625]);
    expect(aggregate.returnVariance).toBe((0.375 ** 2 + 0.375 ** 2) / 1);
    expect(aggregate.bin(7)).toEqual({ count: 1, correct: 1, confidenceSum: 0.75 });
    expect(aggregate.bin(4)).toEqual({ count: 1, correct: 0, confidenceSum: 0.5 });
  });

  it('merges in any order and grouping, with the empty aggregate changing nothing', () => {
    fc.assert(
      fc.property(observations(40), observations(40), observations(40), (x, y, z) => {
        const [a, b, c] = [aggregateOf(x).toJSON(), aggregateOf(y).toJSON(), aggregateOf(z).toJSON()];
        const left = merged(merged(a, b).toJSON(), c).toJSON();
        expectSame(left, merged(a, merged(b, c).toJSON()).toJSON(), 1e-12);
        expectSame(left, merged(c, a, b).toJSON(), 1e-12);
        expectSame(left, aggregateOf([...x, ...y, ...z]).toJSON(), 1e-12);
        expectSame(merged(a, empty).toJSON(), a, 0);
        expectSame(merged(empty, a).toJSON(), a, 0);
      }),
      { seed: 61 },
    );
  });

  it('merges another aggregate bit for bit as it merges its state, and leaves it as it was', () => {
    fc.assert(
      fc.property(observations(40), observations(40), (x, y) => {
        const [direct, other] = [aggregateOf(x), aggregateOf(y)];
        const state = other.toJSON();
        direct.merge(other);
        expect(direct.toJSON()).toEqual(merged(aggregateOf(x).toJSON(), state).toJSON());
        expect(other.toJSON()).toEqual(state);
        const doubled = aggregateOf(x);
        doubled.merge(doubled);
        expectSame(doubled.toJSON(), aggregateOf([...x, ...x]).toJSON(), 1e-12);
      }),
      { seed: 67 },
    );
  });

  it('is empty again when all that was added is removed, in any order', () => {
    fc.assert(
      fc.property(observations(60), fc.integer(), (list, salt) => {
        const aggregate = aggregateOf(list);
        const random = keyedRandom('removal', salt);
        const order = list.map((item) => ({ item, at: random.next() })).sort((a, b) => a.at - b.at);
        for (const { item } of order) aggregate.remove(item);
        expectSame(aggregate.toJSON(), empty, 1e-25);
      }),
      { seed: 62 },
    );
  });

  it('is exactly empty after one outcome is added and removed', () => {
    fc.assert(
      fc.property(observation, (item) => {
        const aggregate = aggregateOf([item]);
        aggregate.remove(item);
        expect(aggregate.toJSON()).toEqual(empty);
      }),
      { seed: 63 },
    );
  });

  it('is restored from JSON exactly, and goes on the same', () => {
    fc.assert(
      fc.property(observations(40), observations(10), (before, after) => {
        const original = aggregateOf(before);
        const restored = OutcomeAggregate.from(JSON.parse(JSON.stringify(original)) as OutcomeAggregateState);
        expect(restored.toJSON()).toEqual(original.toJSON());
        for (const item of after) {
          original.add(item);
          restored.add(item);
        }
        expect(restored.toJSON()).toEqual(original.toJSON());
      }),
      { seed: 64 },
    );
  });

  it('never writes −0', () => {
    const negativeZeros = (state: unknown) => {
      const found: unknown[] = [];
      JSON.stringify(state, (_key, value: unknown) => {
        if (Object.is(value, -0)) found.push(value);
        return value;
      });
      return found;
    };
    expect(negativeZeros([-0])).toHaveLength(1);
    fc.assert(
      fc.property(observations(30), observations(30), (gone, left) => {
        const aggregate = aggregateOf([...gone, ...left]);
        for (const item of gone) aggregate.remove(item);
        expect(negativeZeros(aggregate.toJSON())).toEqual([]);
        expect(negativeZeros(merged(aggregate.toJSON(), empty).toJSON())).toEqual([]);
      }),
      { seed: 65 },
    );
    const aggregate = new OutcomeAggregate();
    aggregate.remove({ predicted: 'up', observed: 'up', confidence: 0.5, netReturn: 0 });
    expect(negativeZeros(aggregate.toJSON())).toEqual([]);
  });

  it('after a million outcomes slid through a window equals a fresh sum of the window to 1e-9', () => {
    const random = keyedRandom('slide');
    const list = Array.from(
      { length: 4096 },
      (): OutcomeObservation => ({
        predicted: DIRECTIONS[Math.floor(random.next() * 3)]!,
        observed: DIRECTIONS[Math.floor(random.next() * 3)]!,
        confidence: 1 - random.next(),
        netReturn: (random.next() - 0.5) * 10 ** Math.floor(random.next() * 8 - 6),
        observedProbability: random.next(),
        price: 1 + random.next(),
        predictedPrice: 1 + random.next(),
      }),
    );
    const aggregate = new OutcomeAggregate();
    const size = 50;
    const steps = 1_000_000;
    for (let i = 0; i < steps; i++) {
      aggregate.add(list[i % list.length]!);
      if (i >= size) aggregate.remove(list[(i - size) % list.length]!);
    }
    const window = Array.from({ length: size }, (_, i) => list[(steps - size + i) % list.length]!);
    const fresh = aggregateOf(window);
    expectSame(aggregate.toJSON(), fresh.toJSON(), 1e-12);
    expect(Math.abs(aggregate.returnVariance! / fresh.returnVariance! - 1)).toBeLessThanOrEqual(1e-9);
  });

  it('refuses an observation it could not take back, and stays as it was', () => {
    const good: OutcomeObservation = { predicted: 'up', observed: 'down', confidence: 0.7, netReturn: 0.01 };
    const aggregate = aggregateOf([good]);
    const before = aggregate.toJSON();
    const bad: readonly [Partial<Record<keyof OutcomeObservation, unknown>>, string, string][] = [
      [{ confidence: 0 }, 'OUT_OF_RANGE', 'confidence must be above 0 and at most 1; got 0'],
      [{ confidence: 1.01 }, 'OUT_OF_RANGE', 'confidence must be above 0 and at most 1; got 1.01'],
      [{ confidence: Number.NaN }, 'OUT_OF_RANGE', 'confidence must be above 0 and at most 1; got NaN'],
      [{ netReturn: Number.NaN }, 'NOT_FINITE', 'netReturn must be a finite number; got NaN'],
      [{ netReturn: Number.NEGATIVE_INFINITY }, 'NOT_FINITE', 'netReturn must be a finite number; got -Infinity'],
      [{ netReturn: 1e200 }, 'OUT_OF_RANGE', 'netReturn must be from -1e100 to 1e100; got 1e+200'],
      [{ observedProbability: 1.5 }, 'OUT_OF_RANGE', 'observedProbability must be from 0 to 1; got 1.5'],
      [{ observedProbability: Number.NaN }, 'OUT_OF_RANGE', 'observedProbability must be from 0 to 1; got NaN'],
      [{ price: 1, predictedPrice: Number.POSITIVE_INFINITY }, 'OUT_OF_RANGE', `${PRICES}; got 1 and Infinity`],
      [{ price: 0, predictedPrice: 1 }, 'OUT_OF_RANGE', `${PRICES}; got 0 and 1`],
      [{ price: 1 }, 'OUT_OF_RANGE', `${PRICES}; got 1 and undefined`],
      [{ observed: 'sideways' }, 'INVALID_TYPE', 'direction must be up, down or flat; got sideways'],
      [{ predicted: undefined }, 'INVALID_TYPE', 'direction must be up, down or flat; got undefined'],
    ];
    for (const [patch, code, message] of bad) {
      const observation = Object.assign({ ...good }, patch);
      expect(() => aggregate.add(observation)).toThrow(expect.objectContaining({ code, message }));
      expect(() => aggregate.remove(observation)).toThrow(expect.objectContaining({ code, message }));
    }
    expect(aggregate.toJSON()).toEqual(before);
  });

  it('refuses a state of another version or shape, and stays as it was', () => {
    const aggregate = aggregateOf([{ predicted: 'up', observed: 'up', confidence: 0.7 }]);
    const before = aggregate.toJSON();
    const bad: readonly [object, string][] = [
      [{ formatVersion: 2 }, 'aggregate state must have formatVersion 1; got 2'],
      [{ confusion: [1, 2] }, 'aggregate state confusion must hold 9 finite numbers; got [1,2]'],
      [{ count: null }, 'aggregate state counts must hold 3 finite numbers; got [null,1,0]'],
      [{ returnSum: [Number.NaN, 0] }, 'aggregate state returnSum must hold 2 finite numbers; got [null,0]'],
      [{ binConfidenceSums: [] }, 'aggregate state binConfidenceSums must hold 10 pairs; got []'],
      [{ scoredCount: Number.NaN }, 'aggregate state scoredCount must hold 1 finite numbers; got [null]'],
      [{ logLossSum: undefined }, 'aggregate state logLossSum must hold 2 finite numbers; got undefined'],
      [{ squaredErrorSum: [1] }, 'aggregate state squaredErrorSum must hold 2 finite numbers; got [1]'],
      [{ binCounts: undefined }, 'aggregate state binCounts must hold 10 finite numbers; got undefined'],
    ];
    for (const [patch, message] of bad) {
      const state = Object.assign({ ...before }, patch);
      expect(() => aggregate.merge(state)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD', message }));
    }
    expect(aggregate.toJSON()).toEqual(before);
  });

  it('reads a state written before scores and price errors were kept, as one in which nothing was scored', () => {
    const hit: OutcomeObservation = { predicted: 'up', observed: 'up', confidence: 0.7, price: 2, predictedPrice: 1 };
    const { count, correct, confusion, confidenceSum, binCounts, binCorrect, binConfidenceSums, ...rest } = aggregateOf(
      [hit],
    ).toJSON();
    const { returnCount, returnSum, returnSquareSum } = rest;
    const old: OutcomeAggregateState = {
      formatVersion: 1,
      ...{ count, correct, confusion, confidenceSum, binCounts, binCorrect, binConfidenceSums },
      ...{ returnCount, returnSum, returnSquareSum },
    };
    const read = OutcomeAggregate.from(old);
    expect([read.count, read.scoredCount, read.pricedCount]).toEqual([1, 0, 0]);
    expect(metricsOf(read)).toMatchObject({ accuracy: 1, maximum_calibration_error: expect.closeTo(0.3, 12) });
    expect(metricsOf(read)).not.toHaveProperty('log_loss');
    expect(metricsOf(read)).not.toHaveProperty('brier_score');
    read.add(hit);
    expect([read.count, read.scoredCount, read.pricedCount]).toEqual([2, 1, 1]);
    expect(metricsOf(read)).not.toHaveProperty('log_loss');
    expect(metricsOf(read).mean_absolute_error).toBe(1);
  });

  it.each([null, undefined, 7])('refuses %s for a state', (state) => {
    expect(() => OutcomeAggregate.from(state as never)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
  });

  it('refuses a bin it does not have', () => {
    expect(() => new OutcomeAggregate().bin(10)).toThrow('bin must be a whole number from 0 to 9; got 10');
  });

  it('has no variance below two returns and 0 for equal ones', () => {
    const outcome = { predicted: 'up', observed: 'up', confidence: 0.5 } as const;
    expect(new OutcomeAggregate().returnVariance).toBeUndefined();
    expect(aggregateOf([{ ...outcome, netReturn: 0.1 }]).returnVariance).toBeUndefined();
    const equal = aggregateOf(Array.from({ length: 7 }, () => ({ ...outcome, netReturn: 0.1 })));
    expect(Math.sqrt(equal.returnVariance!)).toBeLessThan(1e-15);
  });
});

describe('confidenceBin', () => {
  it('has bins (a, b]: each edge falls below, the next double above', () => {
    for (let edge = 1; edge < CONFIDENCE_BINS; edge++) {
      const at = edge / CONFIDENCE_BINS;
      const above = at + 2 ** (Math.floor(Math.log2(at)) - 52);
      expect(above).toBeGreaterThan(at);
      expect([confidenceBin(at), confidenceBin(above)]).toEqual([edge - 1, edge]);
    }
    expect([confidenceBin(5e-324), confidenceBin(1)]).toEqual([0, 9]);
  });
});

describe('observationOf', () => {
  const prediction = {
    id: 'p1',
    modelVersionId: 'v1',
    symbol: 'BTC-USD',
    predictedAt: 5,
    direction: 'up',
    confidence: 0.6,
  } as const;
  const outcome = { observedAt: 6, direction: 'down', correct: false } as const;
  const plain = { predicted: 'up', observed: 'down', confidence: 0.6, predictedAt: 5, upProbability: 0.6 } as const;

  it('takes directions, confidence and time, and a net return, if there is one', () => {
    expect(observationOf(prediction, outcome)).toStrictEqual(plain);
    expect(observationOf(prediction, { ...outcome, netReturn: -0.01 })).toStrictEqual({ ...plain, netReturn: -0.01 });
  });

  it('takes the probabilities of what was observed and of up, where the model gave any', () => {
    const three = { ...prediction, probabilities: { up: 0.6, down: 0.3, flat: 0.1 } };
    expect(observationOf(three, outcome)).toStrictEqual({ ...plain, observedProbability: 0.3 });
    expect(observationOf(three, { ...outcome, direction: 'flat' }).observedProbability).toBe(0.1);
    const two = { ...prediction, probabilities: { up: 0.6, down: 0.4 } };
    expect(observationOf(two, { ...outcome, direction: 'flat' })).not.toHaveProperty('observedProbability');
  });

  it('reads the probability of up from a confidence alone, except of a flat prediction', () => {
    expect(observationOf({ ...prediction, direction: 'down' }, outcome).upProbability).toBe(1 - 0.6);
    expect(observationOf({ ...prediction, direction: 'flat' }, outcome)).not.toHaveProperty('upProbability');
  });

  it('takes the prices when both are known and can be summed', () => {
    const priced = { ...prediction, predictedPrice: 101 };
    expect(observationOf(priced, { ...outcome, price: 100 })).toStrictEqual({
      ...plain,
      price: 100,
      predictedPrice: 101,
    });
    expect(observationOf(priced, outcome)).toStrictEqual(plain);
    expect(observationOf(prediction, { ...outcome, price: 100 })).toStrictEqual(plain);
    expect(observationOf(priced, { ...outcome, price: 1e-200 })).toStrictEqual(plain);
    for (const price of [1.02e6, 1e-2]) expect(observationOf(priced, { ...outcome, price })).toStrictEqual(plain);
    for (const price of [1.01e6, 1.02e-2])
      expect(observationOf(priced, { ...outcome, price })).toMatchObject({ price });
  });
});
