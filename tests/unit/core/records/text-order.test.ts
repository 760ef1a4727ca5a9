import { compareText } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const text = fc.string({ unit: 'binary', maxLength: 6 }).filter((value) => value.isWellFormed());

describe('compareText', () => {
  it('orders any two texts as their UTF-8 bytes are ordered', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { seed: 20240106, numRuns: 2_000 },
    );
  });

  it('puts characters beyond U+FFFF last, where `<` does not', () => {
    expect('\ufffd' < '😀').toBe(false);
    expect(compareText('\ufffd', '😀')).toBeLessThan(0);
    expect(compareText('\ue000', '\u{10000}')).toBeLessThan(0);
  });

  it('puts a prefix first and finds equal texts equal', () => {
    expect(compareText('a', 'aa')).toBeLessThan(0);
    expect(compareText('', '')).toBe(0);
    expect(compareText('é', 'e\u0301')).toBeGreaterThan(0);
  });
});
