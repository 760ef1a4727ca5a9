import type { RetrainingConfig, RetrainingLogEntry } from '@mlperf/core';
import { errorBudget, lastSpent } from './error-budget.ts';

/** No training that nothing could come of: the wrong promotions of the year are spoken for. */
export interface BudgetRefusal {
  readonly reason: 'error-budget';
  /** When the budget is back, epoch milliseconds; absent when it never is. */
  readonly retryAt?: number;
}

/**
 * Whether a challenge could be paid for now. @param history - Of the model name, newest first.
 * @param now - Epoch milliseconds.
 */
export function budgetRefusal(
  history: readonly RetrainingLogEntry[],
  config: Pick<RetrainingConfig, 'wrongPromotionsPerYear' | 'confidenceLevel'>,
  now: number,
): BudgetRefusal | undefined {
  const { alpha, backAt } = errorBudget(lastSpent(history), config, now);
  if (alpha !== undefined) return undefined;
  return { reason: 'error-budget', ...(backAt === undefined ? {} : { retryAt: backAt }) };
}
