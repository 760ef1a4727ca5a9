import { ManualClock } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  deploymentVerdict,
  probabilityOfOverfitting,
  readStudyReport,
  readTrialAnswers,
  scoreDifferences,
} from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { aSeries } from '../a-series.ts';
import { aSearch } from './a-search.ts';

/** How often the event loop turned meanwhile. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let next = setImmediate(function count() {
    turns++;
    next = setImmediate(count);
  });
  await work();
  clearImmediate(next);
  return turns;
}

describe('a host that tunes in its own thread', () => {
  it('has a turn for every trial and for every slice of the report, which says what the figures at once say', async () => {
    const storage = openMemoryStorage({ clock: new ManualClock(1) });
    const { tuner } = aSearch({ storage });
    const nTrials = 40;
    const found: { studyId?: string } = {};
    const turns = await turnsDuring(async () => {
      found.studyId = (await tuner.randomSearch(aSeries(1_500), { nTrials, duplicates: 'replicate' })).studyId;
    });
    expect(turns).toBeGreaterThanOrEqual(2 * nTrials - 4);
    const reading = await turnsDuring(() => readStudyReport(storage, found.studyId!));
    // One per trial that is read, and one per 100,000 numbers.
    expect(reading).toBeGreaterThan(nTrials);

    const report = await readStudyReport(storage, found.studyId!);
    const trials = (await storage.trials.list({ studyId: found.studyId! }, { limit: 100 })).items.toSorted(
      (a, b) => a.trialNumber! - b.trialNumber!,
    );
    const answers = await Promise.all(trials.map((trial) => readTrialAnswers(storage, trial)));
    const differences = answers.map((each) => scoreDifferences(each!.scores, each!.rows.noSkill, each!.rows.timestamp));
    const winner = report.choice!.trialNumber;
    const verdict = deploymentVerdict({ differences, winner, tried: nTrials, overlap: report.overlap! });
    expect(report.deflated).toEqual(verdict.deflated);
    expect(report.beating).toEqual(verdict.beating);
    expect(report.reasons).toEqual(verdict.reasons);
    expect(report.overfittingProbability).toBe(probabilityOfOverfitting(differences, { blocks: 10 }).probability);
  });
});
