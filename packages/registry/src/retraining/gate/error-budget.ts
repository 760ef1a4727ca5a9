import type { JsonObject, RetrainingConfig, RetrainingLogEntry } from '@mlperf/core';

const YEAR_MS = 365 * 86_400_000;

/** Part of a year's budget that may lie ready at once; the rest accrues evenly. */
const READY = 0.25;

/** Part of what is ready that one challenge may spend. */
const PART = 0.5;

/** A challenge at a smaller error could hardly be won, and would need more resamples than it is worth. */
export const LEAST_ALPHA = 0.001;

/** What one challenge spent of the budget of its model name, as its retraining stores it. */
export type BudgetSpent = {
  /** One-sided error of the challenge. */
  readonly alpha: number;
  /** What was ready before it was spent. */
  readonly before: number;
  /** When it was spent, epoch milliseconds; never before an earlier spending, whatever the clock says. */
  readonly at: number;
};

/** What the budget gives a challenge now. */
export interface BudgetState {
  /** Ready to be spent: expected wrong promotions. */
  readonly ready: number;
  /** What one challenge would get; `undefined` while that is below {@link LEAST_ALPHA} and below what it may get at most. */
  readonly alpha: number | undefined;
  /** When a challenge can be paid for again, epoch milliseconds; `undefined` when it can now, or never. */
  readonly backAt?: number;
}

/**
 * The error budget that all challenges of a model name share.
 *
 * A challenge with one-sided error α promotes a model that is no better with probability at most α, so the expected
 * number of wrong promotions is at most the sum of what was spent. With B = `wrongPromotionsPerYear`, at most B / 4 lies
 * ready, it is full before the first challenge, and 3B / 4 accrue evenly over a year; a challenge gets half of what
 * is ready, but no more than (1 − confidenceLevel) / 2:
 *
 *   ready ← min(B / 4, ready + (3B / 4) · Δt / 365 days),  α = min((1 − level) / 2, ready / 2),  ready ← ready − α
 *
 * So no 365 days, the first ones included, spend more than B / 4 + 3B / 4 = B. Challenges at even distances each get
 * what accrued since the one before.
 *
 * @param spent - What the last challenge that spent left, see {@link lastSpent}.
 * @param now - Epoch milliseconds.
 * @example errorBudget(undefined, { wrongPromotionsPerYear: 1, confidenceLevel: 0.95 }, 0); // { ready: 0.25, alpha: 0.025 }
 */
export function errorBudget(
  spent: BudgetSpent | undefined,
  config: Pick<RetrainingConfig, 'wrongPromotionsPerYear' | 'confidenceLevel'>,
  now: number,
): BudgetState {
  const perYear = config.wrongPromotionsPerYear;
  const full = READY * perYear;
  const perMs = ((1 - READY) * perYear) / YEAR_MS;
  const left = spent === undefined ? full : Math.max(0, spent.before - spent.alpha);
  const ready = Math.min(full, left + perMs * Math.max(0, now - (spent?.at ?? now)));
  const most = (1 - config.confidenceLevel) / 2;
  const least = Math.min(LEAST_ALPHA, most);
  const alpha = Math.min(most, PART * ready);
  if (alpha >= least) return { ready, alpha };
  const needed = least / PART;
  return { ready, alpha: undefined, ...(needed > full ? {} : { backAt: now + Math.ceil((needed - ready) / perMs) }) };
}

/** What was spent last; of challenges at one time the one that left least. @param history - Of one model name. */
export function lastSpent(history: Iterable<Pick<RetrainingLogEntry, 'evidence'>>): BudgetSpent | undefined {
  let last: BudgetSpent | undefined;
  for (const { evidence } of history) {
    const spent = spentOf(evidence);
    if (spent === undefined || (last !== undefined && spent.at < last.at)) continue;
    if (last?.at !== spent.at || spent.before - spent.alpha < last.before - last.alpha) last = spent;
  }
  return last;
}

/** What a retraining's evidence says it spent. */
export function spentOf(evidence: JsonObject | undefined): BudgetSpent | undefined {
  const told = evidence?.budget;
  if (typeof told !== 'object' || told === null || Array.isArray(told)) return undefined;
  const { alpha, before, at } = told as JsonObject;
  if (typeof alpha !== 'number' || typeof before !== 'number' || typeof at !== 'number') return undefined;
  return { alpha, before, at };
}
