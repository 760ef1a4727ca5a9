import { InvalidInputError } from '../../errors.ts';
import type { EvidenceOutcome } from './evidence-stream.ts';

/**
 * Refuses what no stream of evidence can weigh: one NaN would stay in the statistic.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for anything but `{ hit: boolean }`, `NOT_FINITE` for a confidence or
 * net return that is no finite number, `OUT_OF_RANGE` for a confidence outside [0, 1].
 */
export function requireEvidenceOutcome(outcome: EvidenceOutcome): void {
  if (typeof outcome !== 'object' || outcome === null || typeof outcome.hit !== 'boolean') {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `outcome must be a boolean, or an object whose hit is one; got ${described(outcome)}`,
    );
  }
  const { confidence, netReturn } = outcome;
  if (confidence !== undefined && !(confidence >= 0 && confidence <= 1 && typeof confidence === 'number')) {
    if (!Number.isFinite(confidence)) throw notFinite('confidence', confidence);
    throw new InvalidInputError('OUT_OF_RANGE', `outcome.confidence must be in [0, 1]; got ${confidence}`);
  }
  if (netReturn !== undefined && !Number.isFinite(netReturn)) throw notFinite('netReturn', netReturn);
}

function notFinite(name: string, value: unknown): InvalidInputError {
  return new InvalidInputError('NOT_FINITE', `outcome.${name} must be a finite number; got ${String(value)}`);
}

function described(outcome: unknown): string {
  if (typeof outcome !== 'object' || outcome === null) return String(outcome);
  return `hit ${String((outcome as { readonly hit?: unknown }).hit)}`;
}
