import type { RetrainingConfig, RetrainingLogEntry, RetrainingTriggerType } from '@mlperf/core';

const DAY_MS = 86_400_000;
const FIRST_BACKOFF_MS = 60_000;

/** Why a retraining may not start yet, and when it may be asked for again, epoch milliseconds. */
export interface Refusal {
  readonly reason: 'disabled' | 'daily-limit' | 'backing-off' | 'cooling-down';
  readonly retryAt?: number;
}

/**
 * Whether a retraining may start now.
 *
 * At most `maxPerDay` are requested in any 24 hours. After a verdict the next waits for `cooldownMs`; after the k-th
 * failure in a row for min(1 minute · 2^(k−1), 1 day). One asked for by hand waits for the daily limit only.
 *
 * @param history - Of the model name, newest first, at least the last 24 hours.
 * @param now - Epoch milliseconds.
 */
export function refusalOf(
  history: readonly RetrainingLogEntry[],
  trigger: RetrainingTriggerType,
  config: Pick<RetrainingConfig, 'enabled' | 'cooldownMs' | 'maxPerDay'>,
  now: number,
): Refusal | undefined {
  const limiting = history.filter((entry) => entry.requestedAt > now - DAY_MS)[config.maxPerDay - 1];
  if (limiting !== undefined) return { reason: 'daily-limit', retryAt: limiting.requestedAt + DAY_MS };
  if (trigger === 'manual') return undefined;
  if (!config.enabled) return { reason: 'disabled' };
  const last = history.find((entry) => entry.finishedAt !== undefined);
  if (last?.finishedAt === undefined) return undefined;
  const failures = failuresInARow(history);
  const retryAt = last.finishedAt + (failures > 0 ? failureBackoffMs(failures) : config.cooldownMs);
  if (now >= retryAt) return undefined;
  return { reason: failures > 0 ? 'backing-off' : 'cooling-down', retryAt };
}

/** @param failures - In a row, ≥ 1. @example failureBackoffMs(3); // 240000 */
export function failureBackoffMs(failures: number): number {
  return Math.min(DAY_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
}

function failuresInARow(history: readonly RetrainingLogEntry[]): number {
  const finished = history.filter((entry) => entry.finishedAt !== undefined);
  const firstVerdict = finished.findIndex((entry) => entry.stage !== 'failed');
  return firstVerdict < 0 ? finished.length : firstVerdict;
}
