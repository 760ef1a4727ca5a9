import { describe, expect, it } from 'vitest';
import { FIRST_ADDRESS } from '../../../../../packages/models/src/lstm/kernel/memory-plan.ts';
import { openKernel } from './open-kernel.ts';

/** Small, middling and large arguments of both signs, and a fine grid where the functions bend. */
const ARGUMENTS = [
  ...Array.from({ length: 200_000 }, (_, i) => (i - 100_000) / 5_000),
  ...Array.from({ length: 8_000 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 10 ** (-30 + i / 250)),
];

async function apply(values: readonly number[], logistic: 0 | 1): Promise<Float32Array> {
  const { kernel, address, numbers } = await openKernel(Math.ceil(values.length / 4) * 4);
  numbers.set(values);
  kernel.activate(address, numbers.length, logistic);
  return numbers.slice(0, values.length);
}

describe("the kernel's activations", () => {
  it('keep tanh within 3.5e-7 of itself', async () => {
    const x = Float32Array.from(ARGUMENTS);
    const result = await apply([...x], 0);
    const errors = result.map((value, i) => (x[i] === 0 ? Math.abs(value) : Math.abs(value / Math.tanh(x[i]!) - 1)));
    expect(largest(errors)).toBeLessThan(3.5e-7);
  });

  it('keep the logistic function within 2.5e-7', async () => {
    const x = Float32Array.from(ARGUMENTS);
    const result = await apply([...x], 1);
    const errors = result.map((value, i) => Math.abs(value - 1 / (1 + Math.exp(-x[i]!))));
    expect(largest(errors)).toBeLessThan(2.5e-7);
  });

  it('stay in their ranges, and are odd about their middles', async () => {
    const x = Float32Array.from(ARGUMENTS);
    const tanh = await apply([...x], 0);
    const mirrored = await apply(
      [...x].map((value) => -value),
      0,
    );
    expect(largest(tanh.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(largest(tanh.map((value, i) => Math.abs(value + mirrored[i]!)))).toBe(0);
    const logistic = await apply([...x], 1);
    expect(largest(logistic)).toBeLessThanOrEqual(1);
    expect(largest(logistic.map((value) => -value))).toBeLessThanOrEqual(0);
  });

  it('saturate at infinity, and let NaN through', async () => {
    const x = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0];
    const tanh = await apply(x, 0);
    expect([...tanh]).toEqual([expect.closeTo(1, 6), expect.closeTo(-1, 6), Number.NaN, 0]);
    const logistic = await apply(x, 1);
    expect([...logistic]).toEqual([expect.closeTo(1, 6), expect.closeTo(0, 6), Number.NaN, 0.5]);
  });

  it("keep their coefficients below the memory plan's first address", async () => {
    const { kernel } = await openKernel(4);
    expect(kernel.dataEnd()).toBeGreaterThan(0);
    expect(kernel.dataEnd()).toBeLessThanOrEqual(FIRST_ADDRESS);
  });
});

function largest(values: Float32Array): number {
  return values.reduce((most, value) => (value > most || Number.isNaN(value) ? value : most), 0);
}
