import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedNumbers } from '../../../../packages/core/src/numeric/sorted-numbers.ts';

describe('SortedNumbers', () => {
  it('is a sorted array of what was added and not removed', () => {
    const change = fc.record({ add: fc.boolean(), value: fc.integer({ min: -5, max: 5 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), fc.integer({ min: -6, max: 6 }), (changes, bound) => {
        const sorted = new SortedNumbers();
        const plain: number[] = [];
        for (const { add, value } of changes) {
          if (add) {
            sorted.add(value);
            plain.push(value);
          } else {
            const at = plain.indexOf(value);
            expect(sorted.remove(value)).toBe(at >= 0);
            if (at >= 0) plain.splice(at, 1);
          }
        }
        plain.sort((a, b) => a - b);
        expect(Array.from({ length: sorted.size }, (_, i) => sorted.at(i))).toEqual(plain);
        expect(sorted.countBelow(bound)).toBe(plain.filter((value) => value < bound).length);
        const half = plain.length / 2;
        const middle = plain.length % 2 === 1 ? plain[Math.floor(half)]! : (plain[half - 1]! + plain[half]!) / 2;
        expect(sorted.median).toBe(plain.length === 0 ? undefined : middle);
      }),
      { seed: 2 },
    );
  });
});
