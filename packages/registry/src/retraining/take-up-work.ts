import type { RetrainingTrigger } from '@mlperf/core';
import type { RetrainingResult } from './retraining-manager-options.ts';
import type { RetrainingWork } from './retraining-work.ts';
import type { RetrainingSchedules } from './schedule/retraining-schedules.ts';

/**
 * Does what there is to do: the unfinished retraining, else one for the schedules whose runs have come, else one for the
 * most urgent reason that is not cooling down.
 * @param triggers - The reasons now, the most urgent first.
 */
export async function takeUpWork(
  work: RetrainingWork,
  schedules: RetrainingSchedules,
  triggers: () => Promise<readonly RetrainingTrigger[]>,
): Promise<RetrainingResult | undefined> {
  if ((await work.unfinished()) !== undefined) return work.underLease(undefined);
  const due = await schedules.due();
  if (due !== undefined) return work.underLease({ ...due, askedBy: 'schedule' });
  let refused: RetrainingResult | undefined;
  for (const trigger of await triggers()) {
    const result = await work.underLease({ trigger, askedBy: 'reason' });
    if (result?.status !== 'skipped' || result.reason !== 'cooling-down') return result;
    refused ??= result;
  }
  return refused;
}
