import { InvalidInputError } from '@mlperf/core';
import type { TrialOutcome } from './trial-run.ts';

/** What a trial was told, as it ends by it: what is no result fails the trial, with its reason. */
export function outcomeOf(result: unknown, trainingTimeSeconds: number): TrialOutcome {
  if (typeof result === 'number' && Number.isFinite(result)) {
    return {
      state: 'complete',
      result: { cvScores: [result], meanCvScore: result, trainingTimeSeconds },
      predictions: [],
    };
  }
  if (isRecord(result) && result.state === 'pruned') return { state: 'pruned', cvScores: [], trainingTimeSeconds };
  const error = isRecord(result) && result.state === 'failed' ? result.reason : notAResult(result);
  return { state: 'failed', error, trainingTimeSeconds };
}

function notAResult(result: unknown): InvalidInputError {
  return typeof result === 'number'
    ? new InvalidInputError('NOT_FINITE', `the value of a trial must be finite; got ${result}`)
    : new InvalidInputError('INVALID_TYPE', `the value of a trial must be a number; got ${shown(result)}`);
}

function shown(result: unknown): string {
  if (typeof result === 'string') return `the text '${result.slice(0, 100)}'`;
  return result === null || result === undefined ? String(result) : `a value of type ${typeof result}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
