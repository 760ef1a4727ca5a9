import { keyedRandom, normalCdf, type RandomSource, randomInteger, randomNormal } from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const take = (random: RandomSource, n: number) => Array.from({ length: n }, () => random.next());

describe('keyedRandom', () => {
  it('gives these numbers on every machine and in every release', () => {
    expect(take(keyedRandom('mlperf', 'trial', 3), 3)).toEqual([
      0.9460307410918176, 0.2581456368789077, 0.6731963302008808,
    ]);
    expect(take(keyedRandom('a'), 2)).toEqual([0.6418310559820384, 0.8533621192909777]);
  });

  it('starts the same stream for the same seed and keys, untouched by others', () => {
    const expected = take(keyedRandom('seed', 1, 'units'), 20);
    const random = keyedRandom('seed', 1, 'units');
    const other = keyedRandom('seed', 2, 'units');
    const interleaved = Array.from({ length: 20 }, () => {
      other.next();
      return random.next();
    });
    expect(interleaved).toEqual(expected);
  });

  it('starts another stream for every other seed, key, key type and division of keys', () => {
    const keys: (readonly (string | number)[])[] = [
      [],
      [''],
      [0],
      ['0'],
      [1],
      ['1'],
      ['ab'],
      ['a', 'b'],
      ['a,b'],
      ['a","b'],
      ['b', 'a'],
    ];
    const first = [...keys.map((key) => keyedRandom('s', ...key)), keyedRandom('t'), keyedRandom('S')];
    expect(new Set(first.map((random) => random.next())).size).toBe(keys.length + 2);
  });

  it('has streams of neighbouring keys that do not correlate', () => {
    const n = 4000;
    for (let key = 0; key < 10; key++) {
      const [a, b] = [take(keyedRandom('s', key), n), take(keyedRandom('s', key + 1), n)];
      const covariance = a.reduce((sum, x, i) => sum + (x - 0.5) * (b[i]! - 0.5), 0) / n;
      // Of independent uniforms: standard deviation (1/12) / √n; five of them.
      expect(Math.abs(covariance)).toBeLessThan(5 / 12 / Math.sqrt(n));
    }
  });

  it('refuses a key that is no finite number', () => {
    expect(() => keyedRandom('s', Number.NaN)).toThrow('a key must be a text or a finite number; got NaN');
    expect(() => keyedRandom('s', 'x', Number.POSITIVE_INFINITY)).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE' }),
    );
  });
});

describe('randomInteger', () => {
  it('draws every value below the bound about equally often', () => {
    const random = keyedRandom('integers');
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) counts[randomInteger(random, 6)]! += 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // 0.999 quantile of chi-square with 5 degrees of freedom.
    expect(chiSquare).toBeLessThan(20.515);
  });

  it('reaches both ends of the largest range and only 0 of the smallest', () => {
    expect(randomInteger({ next: () => 0 }, 2 ** 32)).toBe(0);
    expect(randomInteger({ next: () => (2 ** 32 - 1) / 2 ** 32 }, 2 ** 32)).toBe(2 ** 32 - 1);
    expect(randomInteger({ next: () => 0.999 }, 1)).toBe(0);
  });

  it.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a bound of %s', (bound) => {
    expect(() => randomInteger(keyedRandom('s'), bound)).toThrow(
      expect.objectContaining({
        code: 'OUT_OF_RANGE',
        message: `bound must be a whole number from 1 to 2^32; got ${bound}`,
      }),
    );
  });
});

describe('randomNormal', () => {
  it('is standard normal: its distribution stays within the Kolmogorov–Smirnov bound', () => {
    const random = keyedRandom('normals');
    const n = 20_000;
    const sorted = Array.from({ length: n }, () => randomNormal(random)).sort((a, b) => a - b);
    const distance = Math.max(...sorted.map((z, i) => Math.max(normalCdf(z) - i / n, (i + 1) / n - normalCdf(z))));
    // Level 0.001 of the asymptotic distribution.
    expect(distance).toBeLessThan(1.949 / Math.sqrt(n));
  });

  it('gives these numbers on every machine', () => {
    const random = keyedRandom('n');
    // The logarithm may differ in its last digit between engines.
    expect(randomNormal(random)).toBeCloseTo(-0.26761366615498666, 14);
    expect(randomNormal(random)).toBeCloseTo(-0.2875020984540928, 14);
  });
});
