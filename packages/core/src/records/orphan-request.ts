import { type Checker, optional, requireQuery, shape } from './checker.ts';
import { whole } from './scalar-checkers.ts';

const DEFAULT_LIMIT = 1_000;

const orphanRequest: Checker = shape({ olderThanMs: whole(0), limit: optional(whole(1, 10_000)) });

/** A copy of an `OrphanRequest`, its limit filled in.  @throws `INVALID_QUERY`. */
export function requireOrphanRequest(request: { readonly olderThanMs: number; readonly limit?: number }): {
  readonly olderThanMs: number;
  readonly limit: number;
} {
  const { olderThanMs, limit = DEFAULT_LIMIT } = requireQuery(request, 'orphan request', orphanRequest);
  return { olderThanMs, limit };
}
