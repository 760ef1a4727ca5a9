import { InvalidInputError } from '../../errors.ts';
import { requireOutcome } from '../../records/outcome.ts';
import { requirePrediction } from '../../records/prediction.ts';
import type { Outcome } from '../../types/outcome.ts';
import type { Prediction, RecordedPrediction } from '../../types/prediction.ts';
import type { SummaryScope } from '../report/performance-summary.ts';
import type { ReportedOutcome } from './operation.ts';

/**
 * A host's prediction as it is stored: checked, with defaults filled in and stamped.
 * @param scope - The model name or the version of the monitor that is to record it.
 * @param now - Epoch milliseconds.
 * @throws {@link InvalidInputError} `INVALID_RECORD`, also for a prediction that is not this monitor's.
 */
export function recordedPrediction(given: Prediction, scope: SummaryScope, now: number): RecordedPrediction {
  const prediction = requirePrediction(given);
  const { id, role = 'live', decisionId = id, modelName, modelVersionId } = prediction;
  if ('modelVersionId' in scope) {
    if (role === 'live' && modelVersionId !== scope.modelVersionId) {
      throw new InvalidInputError(
        'INVALID_RECORD',
        `prediction '${id}': a live one must be of version '${scope.modelVersionId}'; got '${modelVersionId}'`,
      );
    }
    return { ...prediction, decisionId, role, recordedAt: now };
  }
  if (modelName !== undefined && modelName !== scope.modelName) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `prediction '${id}': modelName must be '${scope.modelName}'; got '${modelName}'`,
    );
  }
  return { ...prediction, decisionId, role, modelName: scope.modelName, recordedAt: now };
}

/**
 * What a host says has happened, checked and stamped.
 * @param key - A prediction id, or else a decision id. @param now - Epoch milliseconds.
 * @throws {@link InvalidInputError} `INVALID_TYPE` | `INVALID_RECORD`.
 */
export function reportedOutcome(key: string, outcome: Outcome, correct: boolean, now: number): ReportedOutcome {
  if (typeof key !== 'string' || key === '') {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `an outcome needs the id of a prediction or a decision; got ${JSON.stringify(key)}`,
    );
  }
  return { key, outcome: requireOutcome(outcome), correct, recordedAt: now };
}
