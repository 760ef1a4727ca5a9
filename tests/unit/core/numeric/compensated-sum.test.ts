import { CompensatedSum } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 200 });

/** The sum in whole units of 2^-60, exactly; then rounded once. */
function exactSum(list: readonly number[]): number {
  let high = 0n;
  for (const value of list) high += toUnits(value);
  return fromUnits(high);
}

const UNIT = 2 ** -60;

/** Exact: the values of that test are multiples of the unit. */
function toUnits(value: number): bigint {
  return BigInt(value / UNIT);
}

function fromUnits(units: bigint): number {
  return Number(units) * UNIT;
}

describe('CompensatedSum', () => {
  it('keeps what a plain sum loses', () => {
    const sum = new CompensatedSum();
    for (const x of [1, 1e100, 1, -1e100]) sum.add(x);
    expect(sum.value).toBe(2);
    expect(1 + 1e100 + 1 - 1e100).toBe(0);
  });

  it('is within one rounding of the exact sum', () => {
    const ticks = fc.array(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), { maxLength: 200 });
    fc.assert(
      fc.property(ticks, ticks, (coarse, fine) => {
        const list = [...coarse.map((tick) => tick * 2 ** -20), ...fine.map((tick) => tick * UNIT)];
        const sum = new CompensatedSum();
        for (const x of list) sum.add(x);
        const exact = exactSum(list);
        expect(Math.abs(sum.value - exact)).toBeLessThanOrEqual(2 ** -52 * Math.abs(exact));
      }),
      { seed: 54 },
    );
  });

  it('returns to its old value when what was added is taken back', () => {
    fc.assert(
      fc.property(values, values, (kept, taken) => {
        const sum = new CompensatedSum();
        for (const x of kept) sum.add(x);
        const before = sum.value;
        for (const x of taken) sum.add(x);
        for (const x of taken) sum.add(-x);
        expect(Math.abs(sum.value - before)).toBeLessThanOrEqual(2 ** -52 * Math.abs(before) + 1e-20);
      }),
      { seed: 55 },
    );
  });

  it('merges another sum with its compensation', () => {
    const one = new CompensatedSum();
    const other = new CompensatedSum();
    one.add(1);
    one.add(1e100);
    other.add(1);
    other.add(-1e100);
    one.merge(other);
    expect(one.value).toBe(2);
  });

  it('is restored from its JSON pair, which never holds −0', () => {
    const sum = new CompensatedSum(-0, -0);
    expect(JSON.stringify(sum)).toBe('[0,0]');
    expect(Object.is(sum.toJSON()[0], 0)).toBe(true);
    sum.add(0.1);
    sum.add(1e20);
    const restored = new CompensatedSum(...(JSON.parse(JSON.stringify(sum)) as [number, number]));
    restored.add(-1e20);
    sum.add(-1e20);
    expect(restored.value).toBe(sum.value);
    expect(restored.value).toBe(0.1);
  });
});
