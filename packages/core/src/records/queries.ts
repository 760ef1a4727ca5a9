import { InvalidInputError } from '../errors.ts';
import type { PageRequest } from '../types/paging.ts';
import {
  aBoolean,
  type Checker,
  isObject,
  oneOf,
  optional,
  refuseProblem,
  requireQuery,
  satisfying,
  shape,
} from './checker.ts';
import { trialState } from './experiment.ts';
import { modelStatus } from './model-version.ts';
import { requireLimit } from './page-cursor.ts';
import { predictionRole } from './prediction.ts';
import { finite, identifier, whole } from './scalar-checkers.ts';

/** Judged by `requireLimit`, which knows the greatest limit of each query. */
const anyLimit: Checker = () => undefined;
const cursor: Checker = satisfying('a cursor of this listing', (value) => typeof value === 'string');

const page: Checker = shape({ limit: anyLimit, cursor: optional(cursor) });
const predictionFilter: Checker = shape({
  modelVersionId: optional(identifier),
  modelName: optional(identifier),
  symbol: optional(identifier),
  role: optional(predictionRole),
  predictedFrom: optional(finite),
  predictedTo: optional(finite),
  resolved: optional(aBoolean),
});
const removalRequest: Checker = shape({ predictedBefore: whole(0), openDueBefore: whole(0), limit: anyLimit });
const outcomeQuery: Checker = shape({
  modelVersionId: identifier,
  role: predictionRole,
  symbol: optional(identifier),
  afterSequence: optional(whole(0)),
  limit: anyLimit,
});
const rollupQuery: Checker = shape({
  modelVersionId: optional(identifier),
  modelName: optional(identifier),
  segment: optional(identifier),
  role: predictionRole,
  from: finite,
  to: finite,
});
const windowQuery: Checker = shape({
  modelVersionId: identifier,
  segment: optional(identifier),
  windowSize: optional(whole(1)),
  limit: anyLimit,
});
const studyFilter: Checker = shape({ modelType: optional(identifier) });
const bestExperimentsQuery: Checker = shape({
  modelType: optional(identifier),
  studyId: optional(identifier),
  metric: identifier,
  direction: oneOf(['maximize', 'minimize']),
  limit: anyLimit,
});
const experimentFilter: Checker = shape({
  studyId: optional(identifier),
  modelType: optional(identifier),
  state: optional(trialState),
});
const modelFilter: Checker = shape({
  modelName: optional(identifier),
  modelType: optional(identifier),
  status: optional(modelStatus),
  trainedFrom: optional(finite),
  trainedTo: optional(finite),
});
const retrainingFilter: Checker = shape({ modelName: optional(identifier), requestedFrom: optional(finite) });
const outboxQuery: Checker = shape({ consumer: identifier, after: optional(whole(0)), limit: anyLimit });

/** How many rows, and from where. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requirePage(request: PageRequest = {}): {
  readonly limit: number;
  readonly cursor: string | undefined;
} {
  refuseProblem(page(request), 'page', 'INVALID_QUERY');
  return { limit: requireLimit(request.limit), cursor: request.cursor };
}

/** A copy of a `PredictionFilter`. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requirePredictionFilter<T extends object>(filter: T): T {
  return requireQuery(filter, 'prediction filter', predictionFilter);
}

/** A copy of an `OutcomeQuery`, limit 1 to 100,000. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireOutcomeQuery<T extends { readonly limit: number }>(query: T): T {
  return withLimit(requireQuery(query, 'outcome query', outcomeQuery), 100_000);
}

/** A copy of a `RollupQuery`; with both version and name, both must match. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireRollupQuery<T extends object>(query: T): T {
  const copy = requireQuery(query, 'roll-up query', rollupQuery);
  if (isObject(copy) && copy.modelVersionId === undefined && copy.modelName === undefined) {
    throw new InvalidInputError('INVALID_QUERY', 'roll-up query must name modelVersionId or modelName; got neither');
  }
  return copy;
}

/** A copy of a `RemovalRequest`, limit 1 to 10,000. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireRemovalRequest<T extends { readonly limit: number }>(request: T): T {
  return withLimit(requireQuery(request, 'removal request', removalRequest), 10_000);
}

/** A copy of the query of `WindowStore.recent`, limit 1 to 1,000. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireWindowQuery<T extends { readonly limit: number }>(query: T): T {
  return withLimit(requireQuery(query, 'window query', windowQuery), 1_000);
}

/** A copy of the filter of `StudyStore.list`. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireStudyFilter<T extends object>(filter: T): T {
  return requireQuery(filter, 'study filter', studyFilter);
}

/** A copy of a `BestExperimentsQuery`, limit 1 to 1,000. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireBestExperimentsQuery<T extends { readonly limit: number }>(query: T): T {
  return withLimit(requireQuery(query, 'experiment query', bestExperimentsQuery), 1_000);
}

/** A copy of the filter of `TrialStore.list`. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireExperimentFilter<T extends object>(filter: T): T {
  return requireQuery(filter, 'experiment filter', experimentFilter);
}

/** A copy of a `ModelFilter`. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireModelFilter<T extends object>(filter: T): T {
  return requireQuery(filter, 'model filter', modelFilter);
}

/** A copy of the filter of `RetrainingStore.history`. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireRetrainingFilter<T extends object>(filter: T): T {
  return requireQuery(filter, 'retraining filter', retrainingFilter);
}

/** A copy of the query of `OutboxStore.read`, limit 1 to 1,000. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireOutboxQuery<T extends { readonly limit: number }>(query: T): T {
  return withLimit(requireQuery(query, 'outbox query', outboxQuery), 1_000);
}

function withLimit<T extends { readonly limit: number }>(query: T, max: number): T {
  // A query's own limit is required: the fallback never passes.
  requireLimit(query.limit, max, 0);
  return query;
}
