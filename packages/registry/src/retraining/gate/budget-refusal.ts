import type { RetrainingConfig, RetrainingLogEntry, RetrainingTrigger } from '@mlperf/core';
import { errorBudget, lastSpent } from './error-budget.ts';

/** No training that nothing could come of: the wrong promotions of the year are spoken for. */
export interface BudgetRefusal {
  readonly reason: 'error-budget';
  /** When the budget is back, epoch milliseconds; absent when it never is. */
  readonly retryAt?: number;
}

/**
 * Whether a challenge could be paid for now. A degraded champion about which nothing has been done yet is not refused: its
 * challenger is rejected for the budget, but the rows at hand say what to go back to, and people are told, once.
 *
 * @param asked - Why, and the champion.
 * @param history - Of the model name, newest first.
 * @param now - Epoch milliseconds.
 */
export function budgetRefusal(
  history: readonly RetrainingLogEntry[],
  asked: { readonly trigger: RetrainingTrigger; readonly championVersionId: string | undefined },
  config: Pick<RetrainingConfig, 'wrongPromotionsPerYear' | 'confidenceLevel'>,
  now: number,
): BudgetRefusal | undefined {
  const { alpha, backAt } = errorBudget(lastSpent(history), config, now);
  if (alpha !== undefined || needsFallback(history, asked)) return undefined;
  return { reason: 'error-budget', ...(backAt === undefined ? {} : { retryAt: backAt }) };
}

function needsFallback(
  history: readonly RetrainingLogEntry[],
  { trigger, championVersionId }: Parameters<typeof budgetRefusal>[1],
): boolean {
  if (trigger.triggerType !== 'accuracy_drop' || championVersionId === undefined) return false;
  return !history.some(({ oldVersionId, evidence }) => oldVersionId === championVersionId && evidence?.fallback);
}
