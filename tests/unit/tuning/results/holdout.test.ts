import { type Clock, createDataset, ManualClock } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { formatStudyReport, readStudyReport, readTrialAnswers } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { aSeries } from '../a-series.ts';
import { aSearch } from './a-search.ts';

const SECOND = 1_000;
const data = aSeries(300, { horizon: 4 });
/** The newest fifth. */
const holdout = { share: 0.2 };
const FIRST_HELD = 240 * SECOND;
const POOR = { column: 1, threshold: 0, inverted: false };

/** Every process has a time of its own, at which nothing takes any. */
function standingClock(at: number): Clock {
  return { now: () => at, sleep: () => new Promise((resolve) => setImmediate(resolve)) };
}

describe('a holdout', () => {
  it('is seen by no trial, nor is a row whose label is known only then', async () => {
    const { tuner, family, storage } = aSearch({ holdout });
    const { report, experiments } = await tuner.randomSearch(data, { nTrials: 6, duplicates: 'replicate' });
    expect(family.fits.length).toBe(6 * 4 + 1);
    const newestLabel = (of: { readonly labelEndsAt: Float64Array }) => Math.max(...of.labelEndsAt);
    // The embargo is the median label span, as between folds.
    for (const train of family.fits) expect(newestLabel(train)).toBeLessThan(FIRST_HELD - 4 * SECOND);
    const refit = family.fits.at(-1)!;
    expect(refit.features.rows).toBe(232);
    const { rows } = (await readTrialAnswers(storage, experiments[0]!))!;
    expect(Math.max(...rows.labelEndsAt)).toBeLessThan(FIRST_HELD);
    expect(report.holdout).toMatchObject({ trialNumber: report.choice!.trialNumber, rows: 60 });
  });

  it('gives the score of the choice, refitted, on the newest rows', async () => {
    const { tuner } = aSearch({ holdout });
    const { report } = await tuner.randomSearch(data, { nTrials: 12 });
    const { column, threshold, inverted } = report.choice!.hyperparameters;
    let right = 0;
    for (let row = 240; row < 300; row++) {
      const above = data.features.values[row * 2 + Number(column)]! > Number(threshold);
      if ((above !== inverted) === (data.targets[row] === 1)) right++;
    }
    expect(report.holdout?.score).toBe(right / 60);
    expect(report.reasons.at(-1)).toMatch(/^on the holdout alone the winner is better with confidence 0\.\d{4}/);
  });

  it('is looked at once: a study that goes on does not fit or score on it again', async () => {
    const { tuner, family, storage } = aSearch({ holdout, incumbent: { ...POOR, threshold: 0.1 } });
    const first = await tuner.randomSearch(data, { nTrials: 6, duplicates: 'replicate' });
    // Six trials and the incumbent on four folds, then the choice and the incumbent on the holdout.
    expect(family.fits.length).toBe(7 * 4 + 2);
    expect(first.report.holdout?.incumbentScore).toBeGreaterThan(0);
    const again = await tuner.randomSearch(data, { nTrials: 6, duplicates: 'replicate' });
    expect(family.fits.length).toBe(7 * 4 + 2);
    expect(again.report).toEqual(first.report);
    expect(await readStudyReport(storage, first.studyId)).toEqual(first.report);
    const { items } = await storage.trials.list({ modelType: 'stump' });
    expect(items.length).toBe(6 + 3);
    // No best experiment is found among what is not a trial.
    expect((await tuner.getBestExperiment())?.trialNumber).toBe(first.report.best?.trialNumber);
  });

  it('is one look for all workers of a study, whoever comes first', async () => {
    const storage = openMemoryStorage({ clock: new ManualClock(0) });
    const workers = [1_000, 2_000, 3_000].map((at) =>
      aSearch({ storage, clock: standingClock(at), holdout, incumbent: { ...POOR, threshold: 0.1 } }),
    );
    const results = await Promise.all(workers.map(({ tuner }) => tuner.randomSearch(data, { nTrials: 9 })));
    const [first] = results;
    for (const { report } of results) expect(report).toEqual(first!.report);
    expect(first!.report.trials).toMatchObject({ tried: 9, missing: 0 });
    expect(first!.report.holdout?.trialNumber).toBe(first!.report.choice!.trialNumber);
    expect((await storage.trials.list({ modelType: 'stump' })).items.length).toBe(9 + 3);
  });

  it('that was spent on another trial judges no new winner', async () => {
    const { tuner } = aSearch({ holdout });
    const few = await tuner.randomSearch(data, { nTrials: 1 });
    const more = await tuner.randomSearch(data, { nTrials: 20 });
    expect(more.report.choice?.trialNumber).not.toBe(0);
    expect(more.report.holdout).toEqual({ trialNumber: 0, rows: 60, score: few.report.holdout?.score });
    expect(more.report.suggest).toBe('do not deploy');
    expect(more.report.reasons[0]).toMatch(/^the holdout was spent on trial 0 and cannot judge trial \d+/);
    expect(formatStudyReport(more.report)).toContain('trial 0');
  });

  it('speaks against a winner that does worse there', async () => {
    // The rule turns round in the newest rows.
    const turned = createDataset({
      ...data,
      targets: data.targets.map((target, row) => (row < 240 ? target : 1 - target)),
    });
    const { tuner } = aSearch({ holdout });
    const { report } = await tuner.randomSearch(turned, { nTrials: 12 });
    expect(report.deflated!.deflatedConfidence).toBeGreaterThan(0.975);
    expect(report.suggest).toBe('do not deploy');
  });

  it('takes more for every other answer that studies before have looked at it with', async () => {
    const { storage } = aSearch();
    const search = async (seed: string, nTrials: number, of = data, options = {}) =>
      (await aSearch({ storage, holdout, seed, ...options }).tuner.randomSearch(of, { nTrials })).report;
    const takes = ({ reasons }: Awaited<ReturnType<typeof search>>) =>
      reasons.find((reason) => reason.startsWith('on the holdout alone'))?.match(/it takes (.+)$/)?.[1];
    const first = await search('one', 1);
    expect(takes(first)).toBe('0.5');
    const second = await search('two', 1);
    expect(second.choice!.hyperparameters).not.toEqual(first.choice!.hyperparameters);
    expect(takes(second)).toBe('0.75');
    expect(second.reasons).toContain(
      'the holdout was looked at by other studies before (1 other answers): it takes the more',
    );
    expect(takes(await search('three', 1))).toBe(String(1 - 0.5 / 3));
    // Of other rows, it is another holdout.
    expect(takes(await search('four', 1, aSeries(310, { horizon: 4 })))).toBe('0.5');
  });

  it('belongs to the study: with another holdout it is another search', async () => {
    const { tuner, storage } = aSearch({ holdout });
    await tuner.randomSearch(data, { nTrials: 2, studyId: 'mine' });
    const other = aSearch({ holdout: { share: 0.3 }, storage });
    await expect(other.tuner.randomSearch(data, { nTrials: 2, studyId: 'mine' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('is cut off in cross-validation as well, so that a trial keeps its scores', async () => {
    const { tuner } = aSearch({ holdout });
    const { best } = await tuner.randomSearch(data, { nTrials: 3 });
    expect((await tuner.crossValidate(data, best!.params)).cvScores).toEqual(best!.experiment.cvScores);
  });

  it.each([0, -0.1, 0.51, Number.NaN])('of a share of %d is refused', (share) => {
    expect(() => aSearch({ holdout: { share } })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }) as Error);
  });

  it('that leaves nothing to search on is refused before anything is written', async () => {
    const { tuner, storage } = aSearch({ holdout: { share: 0.2, embargoMs: 1e9 } });
    await expect(tuner.randomSearch(data, { nTrials: 2 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    expect((await storage.studies.list({})).items).toEqual([]);
  });
});
