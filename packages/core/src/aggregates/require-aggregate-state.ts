import { InvalidInputError } from '../errors.ts';
import type { OutcomeAggregateState } from '../types/outcome-aggregate-state.ts';

const CONFUSION_CELLS = 9;
const BINS = 10;

/**
 * Refuses an aggregate state of another format version or shape.
 * @throws {@link InvalidInputError} `INVALID_RECORD`.
 */
export function requireAggregateState(state: OutcomeAggregateState): void {
  if (typeof state !== 'object' || state === null) {
    throw new InvalidInputError('INVALID_RECORD', `aggregate state must be an object; got ${String(state)}`);
  }
  if (state.formatVersion !== 1) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `aggregate state must have formatVersion 1; got ${String(state.formatVersion)}`,
    );
  }
  requireNumbers('counts', [state.count, state.correct, state.returnCount], 3);
  requireNumbers('confusion', state.confusion, CONFUSION_CELLS);
  requireNumbers('binCounts', state.binCounts, BINS);
  requireNumbers('binCorrect', state.binCorrect, BINS);
  requireNumbers('confidenceSum', state.confidenceSum, 2);
  requireNumbers('returnSum', state.returnSum, 2);
  requireNumbers('returnSquareSum', state.returnSquareSum, 2);
  if (!Array.isArray(state.binConfidenceSums) || state.binConfidenceSums.length !== BINS) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `aggregate state binConfidenceSums must hold ${BINS} pairs; got ${describe(state.binConfidenceSums)}`,
    );
  }
  for (const pair of state.binConfidenceSums) requireNumbers('binConfidenceSums', pair, 2);
  if (state.scoredCount !== undefined) {
    requireNumbers('scoredCount', [state.scoredCount], 1);
    requireNumbers('logLossSum', state.logLossSum, 2);
    requireNumbers('confidenceSquareSum', state.confidenceSquareSum, 2);
    requireNumbers('hitConfidenceSum', state.hitConfidenceSum, 2);
  }
  if (state.pricedCount !== undefined) {
    requireNumbers('pricedCount', [state.pricedCount], 1);
    requireNumbers('absoluteErrorSum', state.absoluteErrorSum, 2);
    requireNumbers('squaredErrorSum', state.squaredErrorSum, 2);
    requireNumbers('percentageErrorSum', state.percentageErrorSum, 2);
  }
}

function requireNumbers(name: string, values: readonly number[] | undefined, length: number): void {
  // A stored state may hold anything, whatever its type says; `null` would add as 0.
  if (Array.isArray(values) && values.length === length && values.every(Number.isFinite)) return;
  throw new InvalidInputError(
    'INVALID_RECORD',
    `aggregate state ${name} must hold ${length} finite numbers; got ${describe(values)}`,
  );
}

function describe(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
