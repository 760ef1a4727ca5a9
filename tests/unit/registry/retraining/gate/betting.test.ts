import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bettingInterval } from '../../../../../packages/registry/src/retraining/gate/betting-interval.ts';
import {
  BETTING_SHARES,
  type BettingSide,
  BettingTest,
  bettingCapital,
} from '../../../../../packages/registry/src/retraining/gate/betting-test.ts';

interface GoldenCase {
  readonly gains: readonly number[];
  readonly bound: number;
  readonly margin: number;
  /** Capital after the first gain, half of them, and all. */
  readonly above: readonly number[];
  readonly below: readonly number[];
  readonly lower: number;
  readonly upper: number;
}

const golden: { readonly alphaLower: number; readonly alphaUpper: number; readonly cases: readonly GoldenCase[] } =
  JSON.parse(readFileSync(new URL('../../../../golden/betting.json', import.meta.url), 'utf8'));

const inRow = (gains: readonly number[]) => gains.map((gain) => ({ gain, row: 0 }));

describe('betting on a mean', () => {
  it.each(golden.cases.map((one) => [one.gains.length, one.bound, one.margin, one] as const))(
    'is what confseq makes of %d gains within %d, margin %d',
    (n, bound, margin, { gains, above, below, lower, upper }) => {
      const { alphaLower, alphaUpper } = golden;
      const sides: readonly (readonly [BettingSide, readonly number[]])[] = [
        ['above', above],
        ['below', below],
      ];
      for (const [side, expected] of sides) {
        const test = new BettingTest({ bound, labelOverlap: 1, margin, side });
        const path = inRow(gains).map((gain) => {
          test.add(gain);
          return test.capital;
        });
        [0, Math.floor(n / 2), n - 1].forEach((i, k) => {
          expect(path[i]! / expected[k]!).toBeCloseTo(1, 9);
        });
      }
      const interval = bettingInterval(inRow(gains), { bound, labelOverlap: 1, alphaLower, alphaUpper });
      expect(Math.abs(interval.lower - lower)).toBeLessThan(1e-9);
      expect(Math.abs(interval.upper - upper)).toBeLessThan(1e-9);
    },
  );

  it('starts with a capital of 1 and wins on a whole gain what it had staked', () => {
    const test = new BettingTest({ bound: 1, labelOverlap: 1, margin: 0, side: 'above' });
    expect(test.capital).toBe(1);
    test.add({ gain: 1, row: 0 });
    // (1/8) · Σ (1 + 2^−k), k = 1 … 8
    expect(test.capital).toBeCloseTo(1 + (1 - 2 ** -8) / 8, 12);
  });

  it('counts a row whose next outcome may be half known as if that were the worst', () => {
    const test = new BettingTest({ bound: 1, labelOverlap: 2, margin: 0, side: 'above' });
    test.add({ gain: 1, row: 0 });
    const newest = BETTING_SHARES.reduce((sum, share) => sum + (1 + share), 0);
    const waiting = BETTING_SHARES.reduce((sum, share) => sum + (1 - share), 0);
    expect(test.capital).toBeCloseTo((newest + waiting) / 16, 12);
    test.add({ gain: -1, row: 1 });
    const lost = BETTING_SHARES.reduce((sum, share) => sum + (1 - share), 0);
    const held = BETTING_SHARES.reduce((sum, share) => sum + (1 + share) * (1 - share), 0);
    expect(test.capital).toBeCloseTo((held + lost) / 16, 12);
  });

  it('begins anew with half of the stake, dealt to the first gains', () => {
    const test = new BettingTest({ bound: 1, labelOverlap: 1, margin: 0, side: 'below', restarts: 2 });
    const factors = (gain: number) => BETTING_SHARES.map((share) => 1 - share * gain);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [lost, won] = [factors(0.8), factors(-0.5)];
    test.add({ gain: 0.8, row: 0 });
    // All of the one half; of the other a half that was dealt to this gain, and the half that is not yet dealt.
    expect(test.capital).toBeCloseTo((mean(lost) + mean(lost) / 2 + 1 / 2) / 2, 12);
    test.add({ gain: -0.5, row: 0 });
    const both = mean(lost.map((factor, k) => factor * won[k]!));
    expect(test.capital).toBeCloseTo((both + both / 2 + mean(won) / 2) / 2, 12);
    test.add({ gain: 0, row: 0 });
    expect(test.capital).toBeCloseTo((both + both / 2 + mean(won) / 2) / 2, 12);
  });

  it('finds a mean that has moved sooner than bets of old do', () => {
    const plain = new BettingTest({ bound: 1, labelOverlap: 1, margin: 0, side: 'below' });
    const anew = new BettingTest({ bound: 1, labelOverlap: 1, margin: 0, side: 'below', restarts: 1_000 });
    for (let i = 0; i < 300; i++) for (const test of [plain, anew]) test.add({ gain: 0.5, row: 0 });
    for (let i = 0; i < 70; i++) for (const test of [plain, anew]) test.add({ gain: -0.5, row: 0 });
    expect(plain.capital).toBeLessThan(1);
    expect(anew.capital).toBeGreaterThan(40);
  });

  it('is never ruined by one gain, nor beyond all numbers by many', () => {
    const test = new BettingTest({ bound: 1, labelOverlap: 1, margin: 0.5, side: 'above' });
    for (let i = 0; i < 5_000; i++) test.add({ gain: 1, row: 0 });
    expect(Number.isFinite(test.capital)).toBe(true);
    test.add({ gain: -1, row: 0 });
    expect(test.capital).toBeGreaterThan(0);
  });

  it('knows nothing before the first gain', () => {
    const range = { bound: 0.02, labelOverlap: 3, alphaLower: 0.05, alphaUpper: 0.05 };
    const { lower, upper } = bettingInterval([], range);
    expect(lower).toBeCloseTo(-0.02, 12);
    expect(upper).toBeCloseTo(0.02, 12);
  });

  it('has its ends where the test of that margin stops', () => {
    const gains = Array.from({ length: 300 }, (_, i) => ({ gain: i % 3 === 0 ? -0.4 : 0.5, row: i % 2 }));
    const range = { bound: 1, labelOverlap: 2 };
    const { lower, upper } = bettingInterval(gains, { ...range, alphaLower: 0.01, alphaUpper: 0.2 });
    expect(lower).toBeGreaterThan(0);
    expect(lower).toBeLessThan(0.2);
    expect(upper).toBeGreaterThan(0.2);
    const at = (margin: number, side: BettingSide) => bettingCapital(gains, { ...range, margin, side });
    expect(at(lower - 1e-6, 'above')).toBeGreaterThan(100);
    expect(at(lower + 1e-6, 'above')).toBeLessThan(100);
    expect(at(upper + 1e-6, 'below')).toBeGreaterThan(5);
    expect(at(upper - 1e-6, 'below')).toBeLessThan(5);
  });

  it('refuses a margin beyond the bound and an impossible error', () => {
    const range = { bound: 1, labelOverlap: 1 };
    expect(() => new BettingTest({ ...range, margin: 1, side: 'above' })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
    expect(() => bettingInterval([], { ...range, alphaLower: 0, alphaUpper: 0.5 })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });
});
