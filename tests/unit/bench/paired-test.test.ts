import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { holm, wilcoxonGreater } from '../../bench/samplers/paired-test.ts';

interface GoldenCase<T> {
  readonly input: readonly number[];
  readonly expected: T;
}
const golden: {
  readonly tolerance: { readonly value: number };
  readonly wilcoxon: readonly GoldenCase<number>[];
  readonly holm: readonly GoldenCase<readonly number[]>[];
} = JSON.parse(readFileSync(new URL('../../golden/paired-tests.json', import.meta.url), 'utf8'));

describe('wilcoxonGreater', () => {
  it.each(golden.wilcoxon.map((each) => [each.input.length, each] as const))(
    "has SciPy's p for %i differences",
    (_n, { input, expected }) => {
      expect(Math.abs(wilcoxonGreater(input) - expected)).toBeLessThan(golden.tolerance.value);
    },
  );

  it('finds nothing where nothing differs', () => {
    expect(wilcoxonGreater([0, 0, 0])).toBe(1);
    expect(wilcoxonGreater([])).toBe(1);
  });
});

describe('holm', () => {
  it.each(golden.holm)('corrects $input', ({ input, expected }) => {
    const corrected = holm(input);
    for (const [i, value] of expected.entries()) expect(corrected[i]).toBeCloseTo(value, 14);
  });
});
