import { type Checker, optional, requireQuery, shape } from './checker.ts';
import { timestamp, whole } from './scalar-checkers.ts';

const DEFAULT_LIMIT = 1_000;

const outboxRemoval: Checker = shape({ before: timestamp, limit: optional(whole(1, 10_000)) });

/** A copy of an `OutboxRemovalRequest`, its limit filled in. @throws `INVALID_QUERY`. */
export function requireOutboxRemoval(request: { readonly before: number; readonly limit?: number }): {
  readonly before: number;
  readonly limit: number;
} {
  const { before, limit = DEFAULT_LIMIT } = requireQuery(request, 'outbox removal', outboxRemoval);
  return { before, limit };
}
