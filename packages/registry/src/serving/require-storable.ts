import { InvalidInputError, type Prediction, requirePrediction } from '@mlperf/core';
import { ROWS_PER_TURN } from './answer-requests.ts';
import { inTurns } from './in-turns.ts';

/**
 * Refuses predictions of one call that a store would, before the first of them is recorded.
 * @throws {@link InvalidInputError} `INVALID_RECORD`, also for two of one id.
 */
export async function requireStorable(predictions: readonly Prediction[]): Promise<void> {
  const ids = new Set<string>();
  await inTurns(predictions, ROWS_PER_TURN, (some) => {
    for (const prediction of some) {
      const { id } = requirePrediction(prediction);
      if (ids.has(id)) {
        const message = `the predictions of one batch must have ids of their own; '${id}' is there twice`;
        throw new InvalidInputError('INVALID_RECORD', message);
      }
      ids.add(id);
    }
    return [];
  });
}

/** @throws {@link InvalidInputError} `INVALID_TYPE`. */
export function requireRequests(requests: readonly unknown[]): void {
  if (!Array.isArray(requests)) throw new InvalidInputError('INVALID_TYPE', 'a batch must be a list of requests');
  for (const request of requests) requireRequest(request);
}

/** @throws {@link InvalidInputError} `INVALID_TYPE`. */
export function requireRequest(request: unknown): void {
  if (typeof request === 'object' && request !== null) return;
  throw new InvalidInputError('INVALID_TYPE', `a request must be an object; got ${String(request)}`);
}
