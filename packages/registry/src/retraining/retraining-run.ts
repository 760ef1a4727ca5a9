import { createDataset, type RetrainingLogEntry, StorageError } from '@mlperf/core';
import { isInShadow } from './gate/shadow-terms.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { reportVerdict } from './report-verdict.ts';
import { errorRecordOf, finishedAs } from './retraining-entry.ts';
import type { RunContext, RunResult } from './run-context.ts';
import { RunProgress } from './run-progress.ts';
import { leaveShadow, rejectChallenger } from './stages/conclude.ts';
import { answerAgain, judgeSample } from './stages/evaluating.ts';
import { gatherData } from './stages/gathering.ts';
import { goOnInShadow } from './stages/shadowing.ts';
import { trainChallenger } from './stages/training.ts';

/**
 * Takes one stored retraining from the stage it is in to its end, under a lease; every write is fenced by it.
 *
 * An entry found in `requested`, `gathering` or `evaluating` goes on from there; one found in `training` was cut off
 * and fails, since nothing of a fit outlives its process.
 */
export class RetrainingRun {
  readonly #progress: RunProgress;

  constructor(context: RunContext, lease: LeaseKeeper, entry: RetrainingLogEntry) {
    this.#progress = new RunProgress(context, lease, entry);
  }

  async run(): Promise<RunResult> {
    try {
      return await this.#advanceToEnd();
    } catch (error) {
      return await this.#fail(error);
    }
  }

  async #advanceToEnd(): Promise<RunResult> {
    const run = this.#progress;
    run.requireNotInterrupted();
    if (run.entry.stage === 'requested') await run.step('gathering');
    const champion = await run.champion();
    if (run.entry.stage === 'evaluating' && champion?.versionId !== run.entry.oldVersionId) {
      return await rejectChallenger(run, 'champion-changed');
    }
    if (isInShadow(run.entry)) return await goOnInShadow(run);
    const gathered = await gatherData(run, champion);
    if (gathered === undefined) return { status: 'waiting', entry: run.entry };
    const dataset = createDataset(gathered);
    const championBundle = champion && (await run.bundleOf(champion));
    if (run.entry.stage === 'gathering') {
      return await judgeSample(run, await trainChallenger(run, dataset, champion, championBundle));
    }
    await run.judgeAgain();
    return await judgeSample(run, await answerAgain(run, dataset, champion, championBundle));
  }

  async #fail(error: unknown): Promise<RunResult> {
    const run = this.#progress;
    const { clock, closing } = run.context;
    const { stage } = run.entry;
    const resumable = stage !== 'training';
    if (run.lease.lost.aborted || (closing.aborted && resumable)) return { status: 'left', entry: run.entry, error };
    const failed = finishedAs(run.entry, 'failed', clock.now(), { failedStage: stage, error: errorRecordOf(error) });
    try {
      await run.store(failed, async (tx) => {
        await leaveShadow(tx, failed, clock.now());
        await reportVerdict(tx, run.context.config, { status: 'failed', entry: failed, error });
      });
    } catch (cause) {
      const message = `retraining '${failed.retrainingId}' could not be stored as failed`;
      const both = new AggregateError([error, cause], message);
      const told = new StorageError('STORAGE_FAILURE', message, { cause: both });
      return { status: 'left', entry: run.entry, error: told };
    }
    return { status: 'failed', entry: failed, error };
  }
}
