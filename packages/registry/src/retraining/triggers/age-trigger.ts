import type { RetrainingTrigger, StoredModelVersion } from '@mlperf/core';

const DAY_MS = 86_400_000;

/**
 * The trigger of a champion that has grown old: its age has reached `maxAgeDays`, counted from `trainedAt` or from when it
 * last won against a challenger, which says as much of it as a training.
 * @param maxAgeDays - > 0; absent: age is no reason. @param confirmedAt, now - Epoch milliseconds.
 */
export function ageTrigger(
  champion: Pick<StoredModelVersion, 'trainedAt'>,
  maxAgeDays: number | undefined,
  confirmedAt: number | undefined,
  now: number,
): RetrainingTrigger | undefined {
  const since = Math.max(champion.trainedAt, confirmedAt ?? Number.NEGATIVE_INFINITY);
  const ageDays = (now - since) / DAY_MS;
  if (maxAgeDays === undefined || ageDays < maxAgeDays) return undefined;
  const what = since === champion.trainedAt ? 'was trained' : 'last won against a challenger';
  return {
    triggerType: 'time_based',
    thresholdValue: maxAgeDays,
    currentValue: ageDays,
    triggeredAt: now,
    reason: `the champion ${what} ${ageDays.toFixed(1)} days ago; its age may reach ${maxAgeDays}`,
  };
}
