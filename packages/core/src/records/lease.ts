import type { Fence } from '../types/lease.ts';
import { type Checker, type FieldCheckers, refuseProblem, requireRecord, shape, subjectOf } from './checker.ts';
import { jsonObject } from './json-object.ts';
import { identifier, whole } from './scalar-checkers.ts';

/** The longest a lease may be asked for: a day. */
export const MAX_LEASE_TTL_MS = 86_400_000;

const ttl: Checker = whole(1, MAX_LEASE_TTL_MS);
const request: Checker = shape({ lease: identifier, owner: identifier, ttlMs: ttl });
const fenceFields: FieldCheckers<Fence> = { lease: identifier, token: whole(0) };
const fenceShape: Checker = shape(fenceFields);

/** The canonical copy of `{lease, owner, ttlMs}`. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireLeaseRequest<T extends object>(record: T): T {
  return requireRecord(record, subjectOf('lease', record, 'lease'), request);
}

/** @throws {@link InvalidInputError} `INVALID_RECORD` unless a whole number from 1 to {@link MAX_LEASE_TTL_MS}. */
export function requireLeaseTtl(ttlMs: number): number {
  refuseProblem(ttl(ttlMs), 'ttlMs', 'INVALID_RECORD');
  return ttlMs;
}

/** Lease and token of a fence; a whole lease is one too. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireFence(fence: Fence): Fence {
  refuseProblem(jsonObject(fence), 'fence', 'INVALID_RECORD');
  const { lease, token } = fence;
  return requireRecord({ lease, token }, subjectOf('fence', fence, 'lease'), fenceShape);
}
