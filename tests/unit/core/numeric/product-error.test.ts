import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { productError } from '../../../../packages/core/src/numeric/product-error.ts';

describe('productError', () => {
  it('with the rounded product gives the exact one', () => {
    const whole = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        const product = a * b;
        expect(BigInt(product) + BigInt(productError(a, b, product))).toBe(BigInt(a) * BigInt(b));
      }),
      { seed: 57, numRuns: 1000 },
    );
  });

  it('is 0 where the product is exact', () => {
    expect(productError(3, 0.5, 1.5)).toBe(0);
    expect(productError(0, -7.25, 0)).toBe(0);
  });
});
