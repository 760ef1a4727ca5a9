import type { RetrainingTrigger, StoredModelVersion } from '@mlperf/core';

const DAY_MS = 86_400_000;

/**
 * The trigger of a champion that has grown old: its age, from `trainedAt`, has reached `maxAgeDays`.
 * @param maxAgeDays - > 0; absent: age is no reason. @param now - Epoch milliseconds.
 */
export function ageTrigger(
  champion: Pick<StoredModelVersion, 'trainedAt'>,
  maxAgeDays: number | undefined,
  now: number,
): RetrainingTrigger | undefined {
  const ageDays = (now - champion.trainedAt) / DAY_MS;
  if (maxAgeDays === undefined || ageDays < maxAgeDays) return undefined;
  return {
    triggerType: 'time_based',
    thresholdValue: maxAgeDays,
    currentValue: ageDays,
    triggeredAt: now,
    reason: `the champion was trained ${ageDays.toFixed(1)} days ago; its age may reach ${maxAgeDays}`,
  };
}
