import { describe, expect, it } from 'vitest';
import { kolmogorovSmirnovTail } from '../../../../../packages/core/src/monitor/drift/kolmogorov-smirnov-tail.ts';

/** P(D ≥ h/n) by walking all paths of n steps up and n down: the share that leaves the band ±h. */
function byPaths(n: number): number[] {
  const most = new Map<number, number>();
  const walk = (up: number, down: number, farthest: number): void => {
    const now = Math.max(farthest, Math.abs(up - down));
    if (up === n && down === n) most.set(now, (most.get(now) ?? 0) + 1);
    if (up < n) walk(up + 1, down, now);
    if (down < n) walk(up, down + 1, now);
  };
  walk(0, 0, 0);
  const all = [...most.values()].reduce((sum, count) => sum + count, 0);
  return Array.from(
    { length: n + 1 },
    (_, h) => [...most].filter(([farthest]) => farthest >= h).reduce((sum, [, count]) => sum + count, 0) / all,
  );
}

describe('kolmogorovSmirnovTail', () => {
  it('equals the share of all orders of the two samples', () => {
    for (const n of [1, 2, 3, 5, 8]) {
      const tail = kolmogorovSmirnovTail(n);
      byPaths(n).forEach((share, h) => {
        expect(tail[h]).toBeCloseTo(share, 13);
      });
    }
  });

  it('falls from 1 and stays a probability up to the largest sample', () => {
    const tail = kolmogorovSmirnovTail(10_000);
    expect(tail[0]).toBe(1);
    expect(tail.every((p, h) => p >= 0 && p <= 1 && (h === 0 || p <= tail[h - 1]! + 1e-12))).toBe(true);
    // Near the limit law 2 Σ (−1)^{j−1} exp(−2 j² λ²) with λ = h / √(2n).
    for (const h of [120, 192, 230]) {
      const lambda = h / Math.sqrt(20_000);
      const limit = 2 * (Math.exp(-2 * lambda ** 2) - Math.exp(-8 * lambda ** 2) + Math.exp(-18 * lambda ** 2));
      expect(Math.abs((tail[h] ?? 0) / limit - 1)).toBeLessThan(1e-3);
    }
  });

  it('refuses a sample size it cannot take', () => {
    for (const n of [0, 1.5, 10_001, Number.NaN]) {
      expect(() => kolmogorovSmirnovTail(n)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    }
  });
});
