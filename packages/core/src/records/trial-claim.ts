import { InvalidInputError } from '../errors.ts';
import type { TrainingExperiment, TrialFence } from '../types/experiment.ts';
import type { JsonObject } from '../types/json.ts';
import { requireBatch } from './batch.ts';
import {
  type Checker,
  type FieldCheckers,
  optional,
  refuseProblem,
  requireQuery,
  requireRecord,
  shape,
} from './checker.ts';
import { requireExperiment } from './experiment.ts';
import { jsonObject } from './json-object.ts';
import { MAX_LEASE_TTL_MS } from './lease.ts';
import { requireLimit } from './page-cursor.ts';
import { identifier, whole } from './scalar-checkers.ts';

/** Judged by `requireLimit`. */
const anyLimit: Checker = () => undefined;
const claimRequest: Checker = shape({
  studyId: identifier,
  owner: identifier,
  ttlMs: whole(1, MAX_LEASE_TTL_MS),
  parallelism: whole(1),
  plannedTrials: whole(1),
});
const finishedTrialsQuery: Checker = shape({
  studyId: identifier,
  from: optional(whole(0)),
  to: optional(whole(0)),
  limit: anyLimit,
});
const queuedPointsQuery: Checker = shape({ studyId: identifier, from: optional(whole(0)), limit: anyLimit });
const fenceFields: FieldCheckers<TrialFence> = { studyId: identifier, trialNumber: whole(0), token: whole(0) };
const fenceShape: Checker = shape(fenceFields);

/** A copy of a `TrialClaimRequest`. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireTrialClaimRequest<T extends object>(request: T): T {
  return requireRecord(request, 'trial claim', claimRequest);
}

/** Study, number and token of a fence; a whole claim is one too. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireTrialFence(fence: TrialFence): TrialFence {
  refuseProblem(jsonObject(fence), 'trial fence', 'INVALID_RECORD');
  const { studyId, trialNumber, token } = fence;
  return requireRecord({ studyId, trialNumber, token }, 'trial fence', fenceShape);
}

/** A copy of a point for a queue. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireQueuePoint(point: JsonObject): JsonObject {
  return requireRecord(point, 'queued point', jsonObject);
}

/** A batch of points for a queue, each once. @throws {@link InvalidInputError} `INVALID_RECORD` | `TOO_LARGE`. */
export function requireQueuePoints(points: readonly JsonObject[]): readonly JsonObject[] {
  return requireBatch(points, 'queued points', requireQueuePoint);
}

/**
 * The canonical copy of how a claimed trial ended.
 * @throws {@link InvalidInputError} `INVALID_RECORD` unless it has ended and is the trial of the claim.
 */
export function requireFinishedTrial(experiment: TrainingExperiment, fence: TrialFence): TrainingExperiment {
  const record = requireExperiment(experiment);
  const subject = `experiment '${record.experimentId}'`;
  if (record.state === 'running') {
    throw new InvalidInputError('INVALID_RECORD', `${subject} must have ended to finish its claim; it is running`);
  }
  if (record.studyId !== fence.studyId || record.trialNumber !== fence.trialNumber) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `${subject} must be trial ${fence.trialNumber} of study '${fence.studyId}', as claimed; ` +
        `got trial ${record.trialNumber ?? 'without a number'} of study '${record.studyId ?? ''}'`,
    );
  }
  return record;
}

/** A copy of a `FinishedTrialsQuery`, limit 1 to 1,000. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireFinishedTrialsQuery<T extends { readonly limit: number }>(query: T): T {
  const copy = requireQuery(query, 'query for finished trials', finishedTrialsQuery);
  requireLimit(copy.limit, 1_000, 0);
  return copy;
}

/** A copy of a `QueuedPointsQuery`, limit 1 to 1,000. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireQueuedPointsQuery<T extends { readonly limit: number }>(query: T): T {
  const copy = requireQuery(query, 'query for queued points', queuedPointsQuery);
  requireLimit(copy.limit, 1_000, 0);
  return copy;
}
