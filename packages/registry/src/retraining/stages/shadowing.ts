import type { JsonObject } from '@mlperf/core';
import { changeSlot } from '../../versions/slot-controls.ts';
import type { ChallengeEvidence } from '../gate/challenge-evidence.ts';
import { spentOf } from '../gate/error-budget.ts';
import { shadowEndsAt, shadowTerms } from '../gate/shadow-terms.ts';
import { steppedTo } from '../retraining-entry.ts';
import type { RunResult } from '../run-context.ts';
import type { RunProgress } from '../run-progress.ts';
import { type Judged, promoteChallenger, rejectChallenger } from './conclude.ts';

/** Stores the verdict on the sample, and puts the challenger beside the champion as soon as that place is free. */
export async function awaitShadow(run: RunProgress, { verdict, evidence }: Judged): Promise<RunResult> {
  const { clock } = run.context;
  const holdout: JsonObject = { ...verdict?.evidence, ...evidence, reason: verdict?.reason };
  const stored = { ...run.entry.evidence, holdout };
  await run.store(steppedTo(run.entry, 'evaluating', clock.now(), { evidence: stored }));
  return await goOnInShadow(run);
}

/** Takes a challenge in shadow one step on: begins it, leaves it as it is, or ends it by what has been seen. */
export async function goOnInShadow(run: RunProgress): Promise<RunResult> {
  const { shadowWatch } = run.context;
  const holdout = run.entry.evidence?.holdout as ChallengeEvidence;
  const standing = await shadowWatch.look(run.entry);
  switch (standing.status) {
    case 'waiting':
      return { status: 'waiting', entry: run.entry };
    case 'undecided':
      return { status: 'waiting', entry: run.entry, shadow: standing.progress };
    case 'free':
      return await begin(run, holdout);
    case 'champion-changed':
    case 'shadow-ended':
      return await rejectChallenger(run, standing.status, { evidence: holdout });
    case 'better': {
      const verdict = { wins: true, reason: 'better', evidence: holdout } as const;
      return await promoteChallenger(run, { verdict, shadow: standing.evidence });
    }
    case 'not-better':
      return await rejectChallenger(run, 'not-better', { evidence: holdout, shadow: standing.evidence });
    case 'no-place':
      return await rejectChallenger(run, 'undecided', { evidence: { ...holdout, shadowPlace: 'taken' } });
    case 'out-of-time':
      return await rejectChallenger(run, 'undecided', { evidence: holdout, shadow: standing.evidence });
  }
}

async function begin(run: RunProgress, holdout: ChallengeEvidence): Promise<RunResult> {
  const { config, clock } = run.context;
  const now = clock.now();
  const { alpha } = spentOf(run.entry.evidence)!;
  const evidence = {
    ...run.entry.evidence,
    shadow: shadowTerms(holdout, alpha, config, now, shadowEndsAt(run.entry, config)),
  };
  await run.store(steppedTo(run.entry, 'evaluating', now, { evidence }), async (tx) => {
    const about = { actor: 'retraining', reason: `challenge ${run.entry.retrainingId} goes on in shadow` };
    await changeSlot(tx, run.entry.modelName, { shadowVersionId: run.entry.newVersionId! }, about, now);
  });
  return { status: 'waiting', entry: run.entry };
}
