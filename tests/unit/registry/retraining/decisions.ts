import type { Direction, PerformanceStorage } from '@mlperf/core';
import { modelName } from './retraining-world.ts';

/** One decision: what each version said of it, and what came of it. */
export interface Decision {
  readonly live: string;
  readonly shadow?: string;
  readonly at: number;
  /** Whether the served version and the one beside it were right. */
  readonly liveRight: boolean;
  readonly shadowRight?: boolean;
  readonly symbol?: string;
  /** How long its outcome takes; default 1,000 ms. */
  readonly horizonMs?: number;
  /** Absolute market return; without it the outcome is a direction alone. */
  readonly move?: number;
}

/** Stores decisions and their outcomes as a predictor and a monitor would: both predictions, then one resolution. */
export async function decide(storage: PerformanceStorage, decisions: readonly Decision[]): Promise<void> {
  for (const { live, shadow, at, liveRight, shadowRight, symbol = 'BTC', horizonMs = 1_000, move } of decisions) {
    const decisionId = `${at}/${symbol}/${live}`;
    const said = (right: boolean): Direction => (right ? 'up' : 'down');
    const prediction = (modelVersionId: string, role: 'live' | 'shadow', right: boolean) => ({
      id: `${decisionId}/${role}`,
      decisionId,
      role,
      modelName,
      modelVersionId,
      symbol,
      predictedAt: at,
      recordedAt: at,
      direction: said(right),
      confidence: 0.6,
    });
    const predictions = [prediction(live, 'live', liveRight)];
    if (shadow !== undefined) predictions.push(prediction(shadow, 'shadow', shadowRight ?? false));
    const observedAt = at + horizonMs;
    await storage.predictions.record({
      predictions,
      resolutions: predictions.map(({ id, direction }) => {
        const correct = direction === 'up';
        const side = correct ? 1 : -1;
        const returns = move === undefined ? {} : { marketReturn: move, netReturn: side * move };
        return {
          predictionId: id,
          recordedAt: observedAt,
          outcome: { observedAt, direction: 'up', correct, ...returns },
        };
      }),
    });
  }
}
