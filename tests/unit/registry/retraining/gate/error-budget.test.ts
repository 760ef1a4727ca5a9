import { describe, expect, it } from 'vitest';
import {
  type BudgetSpent,
  errorBudget,
  LEAST_ALPHA,
  lastSpent,
} from '../../../../../packages/registry/src/retraining/gate/error-budget.ts';

const DAY = 86_400_000;
const YEAR = 365 * DAY;
const config = { wrongPromotionsPerYear: 1, confidenceLevel: 0.95 };

/** Challenges as often as there is one to have, but no more often than `everyMs`. */
function challenges(rules: typeof config, everyMs: number, years: number): BudgetSpent[] {
  const all: BudgetSpent[] = [];
  let now = 1_000;
  while (now < years * YEAR) {
    const { ready, alpha, backAt } = errorBudget(all.at(-1), rules, now);
    if (alpha !== undefined) all.push({ alpha, before: ready, at: now });
    now = Math.max(now + everyMs, backAt ?? now);
  }
  return all;
}

describe('the error budget', () => {
  it('gives the first challenges of a quiet name the whole error of their interval', () => {
    const { ready, alpha } = errorBudget(undefined, config, 5);
    expect(ready).toBe(0.25);
    expect(alpha).toBeCloseTo(0.025, 12);
  });

  it.each([
    ['a challenge a quarter', 91 * DAY],
    ['one a week', 7 * DAY],
    ['one a day', DAY],
    ['four a day', DAY / 4],
    ['one every minute that is refused until the budget is back', 60_000],
  ])('spends no more than it may in any year, with %s', (_what, everyMs) => {
    for (const wrongPromotionsPerYear of [0.1, 1, 4]) {
      const all = challenges({ ...config, wrongPromotionsPerYear }, everyMs, everyMs < DAY / 4 ? 1.2 : 3);
      expect(all.length).toBeGreaterThan(0);
      all.forEach(({ at }, first) => {
        let spent = 0;
        for (let i = first; i < all.length && all[i]!.at < at + YEAR; i++) spent += all[i]!.alpha;
        expect(spent).toBeLessThanOrEqual(wrongPromotionsPerYear * (1 + 1e-9));
      });
    }
  });

  it('gives challenges at even distances what accrues between them', () => {
    const all = challenges(config, 7 * DAY, 4);
    expect(all.at(-1)!.alpha).toBeCloseTo((0.75 * 7) / 365, 6);
  });

  it('says when a challenge can be paid for again, and then it can', () => {
    const spent = { alpha: 0.0015, before: 0.002, at: 0 };
    const { alpha, backAt } = errorBudget(spent, config, DAY / 10);
    expect(alpha).toBeUndefined();
    // 2 · 0.001 must be ready, 0.0005 are; 0.75 accrue in a year.
    expect(Math.abs(backAt! - ((2 * LEAST_ALPHA - 0.0005) / 0.75) * YEAR)).toBeLessThan(2);
    expect(errorBudget(spent, config, backAt!).alpha).toBeCloseTo(LEAST_ALPHA, 9);
    expect(errorBudget(spent, config, backAt! - 1_000).alpha).toBeUndefined();
  });

  it('never is back when it is too small for any challenge', () => {
    expect(errorBudget(undefined, { ...config, wrongPromotionsPerYear: 0.001 }, 0)).toEqual({
      ready: 0.00025,
      alpha: undefined,
    });
  });

  it('pays for an interval so wide that its whole error is below the least', () => {
    const { alpha } = errorBudget(undefined, { wrongPromotionsPerYear: 1, confidenceLevel: 0.999 }, 0);
    expect(alpha).toBeCloseTo(0.0005, 12);
  });

  it('gives nothing for a clock that was set back', () => {
    const spent = { alpha: 0.025, before: 0.1, at: YEAR };
    expect(errorBudget(spent, config, 0).ready).toBeCloseTo(0.075, 12);
  });

  it('is read from the newest retraining that spent anything', () => {
    const budget = { alpha: 0.01, before: 0.2, at: 7 };
    const history = [{}, { evidence: { reason: 'x' } }, { evidence: { budget } }, { evidence: { budget: { at: 1 } } }];
    expect(lastSpent(history)).toEqual(budget);
    expect(lastSpent([{ evidence: { budget: [1] } }, { evidence: { budget: { alpha: 1 } } }])).toBeUndefined();
  });
});
