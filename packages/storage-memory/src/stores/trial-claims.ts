import {
  ConflictError,
  contentConflict,
  NotFoundError,
  sameContent,
  type TrainingExperiment,
  type TrialClaim,
  type TrialClaimAnswer,
  type TrialClaimRequest,
  type TrialFence,
} from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import { keyOf, type Tables } from '../tables.ts';

/** The lowest lost trial, else the next number unless it must wait for the trials before it. */
export function claimTrial(tables: Tables, now: number, request: TrialClaimRequest): TrialClaimAnswer {
  const { studyId, owner, ttlMs, parallelism, plannedTrials } = request;
  requireStoredStudy(tables, studyId);
  const open = openNumbers(tables, studyId).filter((number) => number < plannedTrials);
  const lost = open.find((number) => claimOn(tables, studyId, number).expiresAt <= now);
  const next = lost ?? freeNumber(tables, studyId);
  const heldBack = open[0] !== undefined && open[0] <= next - parallelism;
  if (lost === undefined && (next >= plannedTrials || heldBack)) {
    return open.length > 0 ? { state: 'waiting', unfinished: open.length } : { state: 'ended' };
  }
  const before = tables.trialClaims.get(keyOf(studyId, next));
  const claim: TrialClaim = deepFreeze({
    studyId,
    trialNumber: next,
    owner,
    token: (before?.token ?? 0) + 1,
    // A released claim has `expiresAt` 0.
    losses: before === undefined ? 0 : before.losses + (before.expiresAt > 0 ? 1 : 0),
    expiresAt: now + ttlMs,
  });
  tables.trialClaims.set(keyOf(studyId, next), claim);
  if (before === undefined) {
    tables.lastClaimedTrials.set(studyId, next);
    // A number passed over before, since it had ended, is below none that is open: the order holds.
    tables.openTrials.set(studyId, [...openNumbers(tables, studyId), next]);
  }
  const lastQueued = tables.queuedPoints.get(studyId).at(-1)?.trialNumber;
  return { state: 'claimed', claim, ...(lastQueued === undefined ? {} : { lastQueued }) };
}

export function renewClaims(tables: Tables, expiresAt: number, fences: readonly TrialFence[]): readonly TrialClaim[] {
  const held: TrialClaim[] = [];
  for (const fence of fences) {
    const claim = heldClaim(tables, fence);
    if (claim === undefined) continue;
    const renewed: TrialClaim = deepFreeze({ ...claim, expiresAt });
    tables.trialClaims.set(keyOf(fence.studyId, fence.trialNumber), renewed);
    held.push(renewed);
  }
  return held;
}

export function releaseClaim(tables: Tables, fence: TrialFence): void {
  const claim = heldClaim(tables, fence);
  if (claim === undefined) return;
  tables.trialClaims.set(keyOf(fence.studyId, fence.trialNumber), deepFreeze({ ...claim, expiresAt: 0 }));
}

/** @throws `FENCED` unless the trial may end under this claim; `CONFLICT` when it ended otherwise under this claim. */
export function requireFinishing(
  tables: Tables,
  fence: TrialFence,
  known: TrainingExperiment | undefined,
  next: TrainingExperiment,
): void {
  if (heldClaim(tables, fence) !== undefined) return;
  const claim = tables.trialClaims.get(keyOf(fence.studyId, fence.trialNumber));
  const ended = known !== undefined && known.state !== 'running';
  if (claim?.token === fence.token && ended) {
    if (sameContent(known, next)) return;
    throw contentConflict(`experiment '${known.experimentId}', ${known.state},`, known, next);
  }
  const state =
    claim === undefined
      ? 'nobody has claimed it'
      : claim.token === fence.token
        ? 'it was given back'
        : `token ${claim.token} came after`;
  throw new ConflictError(
    `trial ${fence.trialNumber} of study '${fence.studyId}' must be held under token ${fence.token}; ${state}`,
    { code: 'FENCED' },
  );
}

/** A trial has ended: nobody is given it again. */
export function closeTrial(tables: Tables, { studyId, trialNumber }: TrainingExperiment): void {
  if (studyId === undefined || trialNumber === undefined) return;
  const open = openNumbers(tables, studyId);
  if (!open.includes(trialNumber)) return;
  tables.openTrials.set(
    studyId,
    open.filter((number) => number !== trialNumber),
  );
}

export function openClaims(tables: Tables, studyId: string): readonly TrialClaim[] {
  return openNumbers(tables, studyId).map((number) => claimOn(tables, studyId, number));
}

/** The lowest number from `from` on that no worker has had and that has not ended. */
export function freeNumber(tables: Tables, studyId: string, from = 0): number {
  let number = Math.max(from, (tables.lastClaimedTrials.get(studyId) ?? -1) + 1);
  while (hasEnded(tables, studyId, number)) number++;
  return number;
}

export function requireStoredStudy(tables: Tables, studyId: string): void {
  if (!tables.studies.has(studyId)) throw new NotFoundError(`study '${studyId}' must be stored; there is none`);
}

function hasEnded(tables: Tables, studyId: string, number: number): boolean {
  const id = tables.experimentIdsByTrial.get(keyOf(studyId, number));
  return id !== undefined && tables.experiments.get(id)!.state !== 'running';
}

/** The claim a fence shows, unless it was taken over, released or has ended. */
function heldClaim(tables: Tables, { studyId, trialNumber, token }: TrialFence): TrialClaim | undefined {
  const claim = tables.trialClaims.get(keyOf(studyId, trialNumber));
  if (claim === undefined || claim.token !== token || claim.expiresAt === 0) return undefined;
  return openNumbers(tables, studyId).includes(trialNumber) ? claim : undefined;
}

function openNumbers(tables: Tables, studyId: string): readonly number[] {
  return tables.openTrials.get(studyId) ?? [];
}

function claimOn(tables: Tables, studyId: string, number: number): TrialClaim {
  return tables.trialClaims.get(keyOf(studyId, number))!;
}
