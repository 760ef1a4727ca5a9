import type { Page, RetrainingLogEntry } from '@mlperf/core';
import { type BudgetSpent, type BudgetState, errorBudget, lastSpent, spentOf } from '../gate/error-budget.ts';
import { steppedTo } from '../retraining-entry.ts';
import type { RunProgress } from '../run-progress.ts';

/** What a challenge may spend, spent; or why it may not. */
export type Spending = { readonly spent: BudgetSpent } | { readonly refused: BudgetState };

/**
 * Takes the error of this challenge from the budget of its model name and stores that, with the last row of its sample,
 * before anybody looks at the verdict: a judging that is cut off is done again on the same rows at the same price.
 *
 * @param sampleTo - Timestamp of the last row it is judged on.
 */
export async function spendBudget(run: RunProgress, sampleTo: number): Promise<Spending> {
  const before = spentOf(run.entry.evidence);
  if (before !== undefined) return { spent: before };
  const { storage, config, clock } = run.context;
  const now = clock.now();
  const last = await lastSpentOf(storage, run.entry.modelName);
  const state = errorBudget(last, config, now);
  if (state.alpha === undefined) return { refused: state };
  // A clock that was set back, or a host whose clock is behind, must not hide this behind an earlier spending.
  const spent = { alpha: state.alpha, before: state.ready, at: Math.max(now, last?.at ?? now) };
  await run.store(
    steppedTo(run.entry, 'evaluating', now, { evidence: { ...run.entry.evidence, budget: spent, sampleTo } }),
  );
  return { spent };
}

/** Timestamp of the last row that an unfinished challenge is judged on, once that is settled. */
export function sampleEndOf(entry: RetrainingLogEntry): number | undefined {
  const told = entry.evidence?.sampleTo;
  return typeof told === 'number' ? told : undefined;
}

async function lastSpentOf(
  storage: RunProgress['context']['storage'],
  modelName: string,
): Promise<BudgetSpent | undefined> {
  let cursor: string | undefined;
  do {
    const request = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const page: Page<RetrainingLogEntry> = await storage.retrainings.history({ modelName }, request);
    const spent = lastSpent(page.items);
    if (spent !== undefined) return spent;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return undefined;
}
