import type { RetrainingConfig, RetrainingLogEntry, RetrainingTrigger } from '@mlperf/core';
import { isLoss, type OpenCircuit, oneEpisode, openCircuitOf, type TakenBack } from './circuit.ts';

const DAY_MS = 86_400_000;
const FIRST_BACKOFF_MS = 60_000;
/** By which a cooldown grows with each loss for its cause, and at most. */
const COOLDOWN_GROWTH = 1.5;
const LONGEST_COOLDOWN = 32;

/** Why a retraining may not start yet, and when it may be asked for again, epoch milliseconds. */
export interface Refusal {
  readonly reason: 'disabled' | 'daily-limit' | 'circuit-open' | 'backing-off' | 'cooling-down';
  readonly retryAt?: number;
  /** While the circuit is open. */
  readonly circuit?: OpenCircuit;
}

/** Who asks: a human, a schedule that a human has set, or a reason the library found. */
export type AskedBy = 'hand' | 'schedule' | 'reason';

type AdmissionRules = Pick<
  RetrainingConfig,
  'enabled' | 'cooldownMs' | 'maxPerDay' | 'circuitFailures' | 'circuitLosses'
>;

/**
 * Whether a retraining may start now.
 *
 * At most `maxPerDay` are requested in any 24 hours; one asked for by hand waits for nothing else. While the circuit is
 * open nothing starts by itself. After the k-th failure in a row the next waits for min(1 minute · 2^(k−1), 1 day), and
 * one for a reason also for the cooldown after a verdict; a schedule knows when it is time.
 *
 *   cooldown = cooldownMs · 1.5^max(0, l − 1), at most 32 · cooldownMs
 *
 * where l challengers in a row, the last retraining's among them, have lost for this very cause or been taken back: what a reason asks for
 * again and again in vain is tried more and more rarely, not much later than half as long again as it has stood.
 *
 * @param history - Of the model name, newest first, at least the last 24 hours.
 * @param closedAt - When a human last closed the circuit, epoch milliseconds; −∞ for never.
 * @param now - Epoch milliseconds.
 * @param takenBack - Of the model name.
 */
export function refusalOf(
  history: readonly RetrainingLogEntry[],
  { askedBy, trigger }: { readonly askedBy: AskedBy; readonly trigger: RetrainingTrigger },
  config: AdmissionRules,
  closedAt: number,
  now: number,
  takenBack: TakenBack,
): Refusal | undefined {
  const limiting = history.filter((entry) => entry.requestedAt > now - DAY_MS)[config.maxPerDay - 1];
  if (limiting !== undefined) return { reason: 'daily-limit', retryAt: limiting.requestedAt + DAY_MS };
  if (askedBy === 'hand') return undefined;
  if (!config.enabled) return { reason: 'disabled' };
  const circuit = openCircuitOf(history, closedAt, config, takenBack);
  if (circuit !== undefined) return { reason: 'circuit-open', circuit };
  const finished = history.filter((entry) => entry.finishedAt !== undefined);
  const last = finished[0]?.finishedAt;
  if (last === undefined) return undefined;
  const firstVerdict = finished.findIndex((entry) => entry.stage !== 'failed');
  const failures = firstVerdict < 0 ? finished.length : firstVerdict;
  if (failures > 0) return notBefore('backing-off', last + failureBackoffMs(failures), now);
  if (askedBy === 'schedule') return undefined;
  const growth = COOLDOWN_GROWTH ** Math.max(0, lossesInARow(finished, trigger, config.cooldownMs, takenBack) - 1);
  return notBefore('cooling-down', last + Math.floor(config.cooldownMs * Math.min(growth, LONGEST_COOLDOWN)), now);
}

/** Challenges lost for one cause in a row and in one episode, the last retrainings of all. */
function lossesInARow(
  finished: readonly RetrainingLogEntry[],
  { triggerType, name }: RetrainingTrigger,
  cooldownMs: number,
  takenBack: TakenBack,
): number {
  const end = finished.findIndex(
    (entry) => !isLoss(entry, takenBack) || entry.trigger.triggerType !== triggerType || entry.trigger.name !== name,
  );
  return oneEpisode(end < 0 ? finished : finished.slice(0, end), cooldownMs).length;
}

function notBefore(reason: 'backing-off' | 'cooling-down', retryAt: number, now: number): Refusal | undefined {
  return now >= retryAt ? undefined : { reason, retryAt };
}

/** @param failures - In a row, ≥ 1. @example failureBackoffMs(3); // 240000 */
export function failureBackoffMs(failures: number): number {
  return Math.min(DAY_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
}
