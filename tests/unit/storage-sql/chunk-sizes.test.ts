import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkSizes } from '../../../packages/storage-sql/src/chunk-sizes.ts';

describe('chunkSizes', () => {
  it('takes the largest powers of two first', () => {
    expect(chunkSizes(11, 4)).toEqual([4, 4, 2, 1]);
    expect(chunkSizes(0, 4)).toEqual([]);
    expect(chunkSizes(3, 1)).toEqual([1, 1, 1]);
  });

  it('covers every count with powers of two no greater than the most', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.integer({ min: 1, max: 5_000 }), (count, max) => {
        const sizes = chunkSizes(count, max);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(count);
        expect(sizes.every((size) => size <= max && Number.isInteger(Math.log2(size)))).toBe(true);
        // Few distinct sizes: each is a statement to prepare.
        expect(new Set(sizes).size).toBeLessThanOrEqual(Math.log2(max) + 1);
      }),
    );
  });
});
