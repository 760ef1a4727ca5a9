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
import { type RawBuilder, sql } from 'kysely';
import type { TrialClaimTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';

/** Claims on the trials of studies, over one connection. */
export class SqlTrialClaims {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  /** One statement where a trial is given; a second says why none was. */
  async claim(request: TrialClaimRequest): Promise<TrialClaimAnswer> {
    const { studyId, owner, ttlMs, plannedTrials } = request;
    const now = await this.#session.now();
    const expiresAt = now + ttlMs;
    const { rows } = await claimStatement(request, now, expiresAt).execute(this.#session.db);
    const [given] = rows;
    if (given === undefined) return this.#whyNone(studyId, plannedTrials);
    const { trial_number: trialNumber, token, losses, last_queued: lastQueued } = given;
    const claim = { studyId, trialNumber, owner, token, losses, expiresAt };
    return { state: 'claimed', claim, ...(lastQueued === null ? {} : { lastQueued }) };
  }

  async renew(fences: readonly TrialFence[], ttlMs: number): Promise<readonly TrialClaim[]> {
    const expiresAt = (await this.#session.now()) + ttlMs;
    const held: TrialClaim[] = [];
    // A worker holds few at once.
    for (const { studyId, trialNumber, token } of fences) {
      const row = await this.#session.db
        .updateTable('trial_claims')
        .set({ expires_at: expiresAt })
        .where('study_id', '=', studyId)
        .where('trial_number', '=', trialNumber)
        .where('token', '=', token)
        .where('ended', '=', 0)
        .where('expires_at', '>', 0)
        .returningAll()
        .executeTakeFirst();
      if (row !== undefined) held.push(toClaim(row));
    }
    return held;
  }

  async release({ studyId, trialNumber, token }: TrialFence): Promise<void> {
    await this.#session.db
      .updateTable('trial_claims')
      .set({ expires_at: 0 })
      .where('study_id', '=', studyId)
      .where('trial_number', '=', trialNumber)
      .where('token', '=', token)
      .where('ended', '=', 0)
      .execute();
  }

  async list(studyId: string): Promise<readonly TrialClaim[]> {
    const rows = await this.#session.db
      .selectFrom('trial_claims')
      .selectAll()
      .where('study_id', '=', studyId)
      // A literal, so that the planner sees that the partial index applies.
      .where('ended', '=', (eb) => eb.lit(0))
      .orderBy('trial_number')
      .execute();
    return rows.map(toClaim);
  }

  /**
   * Whether the trial may be saved as ended under this claim.
   * @param stored - The experiment stored under the id of `next`.
   * @returns false when exactly this was saved under it before.
   * @throws `FENCED` | `CONFLICT`.
   */
  async mayFinish(
    { studyId, trialNumber, token }: TrialFence,
    stored: TrainingExperiment | undefined,
    next: TrainingExperiment,
  ): Promise<boolean> {
    const row = await this.#session.db
      .selectFrom('trial_claims')
      .selectAll()
      .where('study_id', '=', studyId)
      .where('trial_number', '=', trialNumber)
      .executeTakeFirst();
    if (row?.token === token && row.ended === 0 && row.expires_at > 0) return true;
    if (row?.token === token && stored !== undefined && stored.state !== 'running') {
      if (sameContent(stored, next)) return false;
      throw contentConflict(`experiment '${stored.experimentId}', ${stored.state},`, stored, next);
    }
    throw new ConflictError(
      `trial ${trialNumber} of study '${studyId}' must be held under token ${token}; ${describe(row, token)}`,
      { code: 'FENCED' },
    );
  }

  /** A trial has ended: nobody is given it again. */
  async close({ studyId, trialNumber }: Pick<TrainingExperiment, 'studyId' | 'trialNumber'>): Promise<void> {
    if (studyId === undefined || trialNumber === undefined) return;
    await this.#session.db
      .updateTable('trial_claims')
      .set({ ended: 1 })
      .where('study_id', '=', studyId)
      .where('trial_number', '=', trialNumber)
      .execute();
  }

  async #whyNone(studyId: string, plannedTrials: number): Promise<TrialClaimAnswer> {
    await requireStoredStudy(this.#session, studyId);
    const { unfinished } = await this.#session.db
      .selectFrom('trial_claims')
      .select((eb) => eb.fn.countAll<number>().as('unfinished'))
      .where('study_id', '=', studyId)
      .where('ended', '=', (eb) => eb.lit(0))
      .where('trial_number', '<', plannedTrials)
      .executeTakeFirstOrThrow();
    return unfinished > 0 ? { state: 'waiting', unfinished } : { state: 'ended' };
  }
}

/** @throws {@link NotFoundError} `NOT_FOUND`. */
export async function requireStoredStudy(session: SqlSession, studyId: string): Promise<void> {
  const study = await session.db
    .selectFrom('studies')
    .select('study_id')
    .where('study_id', '=', studyId)
    .executeTakeFirst();
  if (study === undefined) throw new NotFoundError(`study '${studyId}' must be stored; there is none`);
}

/**
 * The lowest number from `from` on that no worker has had and that has not ended: a number below it is behind a claim,
 * or was passed over because it had ended.
 */
export function freeNumber(studyId: RawBuilder<string>, from: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`(
    with recursive place(number) as (
      select max(candidate.number) from (
        select ${from} as number
        union all
        select max(trial_number) + 1 from trial_claims where study_id = ${studyId}
      ) candidate
      union all
      select number + 1 from place
      where exists (
        select 1 from training_experiments
        where study_id = ${studyId} and trial_number = place.number and state <> 'running'
      )
    )
    select max(number) from place
  )`;
}

interface GivenTrial {
  readonly trial_number: number;
  readonly token: number;
  readonly losses: number;
  readonly last_queued: number | null;
}

/** Picks the lowest lost trial, else the next one unless it must wait, and takes it, in one statement. */
function claimStatement(
  { studyId, owner, parallelism, plannedTrials }: TrialClaimRequest,
  now: number,
  expiresAt: number,
): RawBuilder<GivenTrial> {
  const study = sql<string>`(select study_id from ask)`;
  return sql<GivenTrial>`
    with
    ask(study_id, owner, at, expires_at, lag, planned) as (
      select cast(${studyId} as text), cast(${owner} as text), cast(${now} as bigint), cast(${expiresAt} as bigint),
        cast(${parallelism} as bigint), cast(${plannedTrials} as bigint)
    ),
    lost(number) as (
      select min(trial_number) from trial_claims
      where study_id = ${study} and ended = 0 and expires_at <= (select at from ask)
        and trial_number < (select planned from ask)
    ),
    fresh(number) as (select ${freeNumber(study, sql`0`)}),
    lowest(number) as (select min(trial_number) from trial_claims where study_id = ${study} and ended = 0),
    given(number) as (
      select coalesce(lost.number, fresh.number)
      from lost, fresh, lowest, ask
      where lost.number is not null
        or (fresh.number < ask.planned and (lowest.number is null or lowest.number > fresh.number - ask.lag))
    )
    insert into trial_claims (study_id, trial_number, owner, token, losses, expires_at, ended)
    select ask.study_id, given.number, ask.owner, 1, 0, ask.expires_at, 0
    from given, ask
    where exists (select 1 from studies where studies.study_id = ask.study_id)
    on conflict (study_id, trial_number) do update set
      owner = excluded.owner,
      token = trial_claims.token + 1,
      losses = trial_claims.losses + case when trial_claims.expires_at > 0 then 1 else 0 end,
      expires_at = excluded.expires_at
    returning trial_number, token, losses,
      (select max(trial_number) from queued_points where study_id = ${studyId}) as last_queued`;
}

function toClaim(row: TrialClaimTable): TrialClaim {
  return {
    studyId: row.study_id,
    trialNumber: row.trial_number,
    owner: row.owner,
    token: row.token,
    losses: row.losses,
    expiresAt: row.expires_at,
  };
}

function describe(row: TrialClaimTable | undefined, token: number): string {
  if (row === undefined) return 'nobody has claimed it';
  if (row.token !== token) return `token ${row.token} came after`;
  return row.ended === 1 ? 'it has ended otherwise' : 'it was given back';
}
