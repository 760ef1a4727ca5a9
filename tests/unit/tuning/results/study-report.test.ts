import { createDataset } from '@mlperf/core';
import {
  deflatedDifference,
  f1Scoring,
  formatStudyReport,
  logLossScoring,
  macroF1Scoring,
  readStudyReport,
  readTrialAnswers,
  type StudyReport,
} from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { aSeries } from '../a-series.ts';
import { aSearch } from './a-search.ts';

const data = aSeries(300);

/** In the space, and no better than a coin. */
const POOR = { column: 1, threshold: 0, inverted: false };
/** The rule the data follows. */
const GOOD = { column: 0, threshold: 0, inverted: false };

describe('the report of a study', () => {
  it('compares the best with no skill when there is no incumbent, and can be read by the id alone', async () => {
    const { tuner, storage } = aSearch();
    const { report, studyId, best } = await tuner.randomSearch(data, { nTrials: 20 });
    expect(report).toMatchObject({ against: 'no skill', suggest: 'deploy', metric: 'accuracy', overlap: 0 });
    expect(report.best).toEqual({
      trialNumber: best!.experiment.trialNumber,
      hyperparameters: best!.params,
      score: best!.score,
    });
    expect(report.choice).toEqual({ ...report.best, rule: 'best' });
    expect(report.observations).toBe(240);
    // The most frequent class of the rows, in hindsight.
    const { rows } = (await readTrialAnswers(storage, best!.experiment))!;
    const ups = rows.target.reduce((sum, target) => sum + target, 0);
    const share = Math.max(ups, 240 - ups) / 240;
    expect(rows.noSkill.reduce((sum, score) => sum + score, 0) / 240).toBeCloseTo(share, 12);
    expect(report.referenceScore).toBeCloseTo(share, 12);
    expect(await readStudyReport(storage, studyId)).toEqual(report);
  });

  it('rests on the deflated statistic of the differences of rows', async () => {
    const { tuner, storage } = aSearch({ incumbent: POOR });
    const { report, experiments } = await tuner.randomSearch(data, { nTrials: 12 });
    const scores = await Promise.all(
      experiments.map(async (trial) => (await readTrialAnswers(storage, trial))!.scores),
    );
    const differences = scores.map((of) => of.map((score, row) => score - scores[0]![row]!));
    const expected = deflatedDifference({
      differences,
      winner: report.choice!.trialNumber,
      tried: 12,
      overlap: 0,
    })!;
    expect(report.deflated).toEqual(expected);
    expect(report.deflated!.deflatedConfidence).toBeLessThan(report.deflated!.confidence);
  });

  it('begins with the incumbent and is measured by it, without a fit more', async () => {
    const { tuner, family } = aSearch({ incumbent: POOR });
    const { report, experiments } = await tuner.randomSearch(data, { nTrials: 20 });
    expect(experiments[0]?.hyperparameters).toEqual(POOR);
    expect(report).toMatchObject({ against: 'incumbent', suggest: 'deploy' });
    expect(report.referenceScore).toBe(experiments[0]?.meanCvScore);
    expect(family.fits.length % 4).toBe(0);
    expect(family.fits.length).toBeLessThanOrEqual(20 * 4);
  });

  it('scores an incumbent that lies outside of the search once, on the same rows, and counts it not as a trial', async () => {
    const incumbent = { ...POOR, threshold: 0.123 };
    const { tuner, family, storage } = aSearch({ incumbent });
    const first = await tuner.randomSearch(data, { nTrials: 6, duplicates: 'replicate' });
    expect(first.experiments.map(({ hyperparameters }) => hyperparameters)).not.toContainEqual(incumbent);
    expect(first.report).toMatchObject({ against: 'incumbent', trials: { tried: 6 } });
    expect(family.fits.length).toBe(7 * 4);
    const again = await tuner.randomSearch(data, { nTrials: 6, duplicates: 'replicate' });
    expect(family.fits.length).toBe(7 * 4);
    expect(again.report).toEqual(first.report);
    expect((await storage.trials.list({ studyId: first.studyId })).items.length).toBe(6);
  });

  it('says not to deploy what is the incumbent itself', async () => {
    const { tuner } = aSearch({ incumbent: GOOD });
    const { report } = await tuner.randomSearch(data, { nTrials: 20 });
    expect(report.choice?.hyperparameters).toEqual(GOOD);
    expect(report.suggest).toBe('do not deploy');
    expect(report.reasons).toEqual(['the winner does not differ from the incumbent in a way that can be judged']);
  });

  it('says not to deploy when the incumbent cannot be scored, and why', async () => {
    const { tuner } = aSearch({ incumbent: { ...POOR, failFrom: 10 } });
    const { report } = await tuner.randomSearch(data, { nTrials: 20 });
    expect(report).toMatchObject({ against: 'no skill', suggest: 'do not deploy' });
    expect(report.reasons[0]).toMatch(/^the incumbent has no score \(cannot take \d+ rows\); compared with no skill/);
  });

  it.each([f1Scoring('up'), macroF1Scoring])(
    'judges rows by balanced accuracy where the metric, $name, is no mean over rows, and says so',
    async (metric) => {
      const { tuner, storage } = aSearch({ metric });
      const { report, best } = await tuner.randomSearch(data, { nTrials: 10 });
      expect(report.rowMetric).toEqual({ name: 'balanced_accuracy', substitute: true });
      expect(report.reasons.at(-1)).toContain('is no mean over rows');
      const { rows, scores, predictions } = (await readTrialAnswers(storage, best!.experiment))!;
      const recall = (label: number) => {
        const own = [...rows.target.keys()].filter((row) => rows.target[row] === label);
        return own.filter((row) => predictions[2 * row + 1]! > 0.5 === (label === 1)).length / own.length;
      };
      expect(scores.reduce((sum, score) => sum + score, 0) / scores.length).toBeCloseTo((recall(0) + recall(1)) / 2, 6);
    },
  );

  it('takes row scores of a loss with larger as better', async () => {
    const { tuner } = aSearch({ metric: logLossScoring, incumbent: POOR });
    const { report } = await tuner.randomSearch(data, { nTrials: 20 });
    expect(report.deflated!.meanDifference).toBeCloseTo(report.referenceScore! - report.best!.score, 6);
    expect(report.suggest).toBe('deploy');
  });

  it('counts rows of one time as one observation, and labels that overlap', async () => {
    const one = aSeries(300, { horizon: 3 });
    const twice = <T extends ArrayLike<number>>(values: T) => Array.from(values).flatMap((value) => [value, value]);
    const { values, rows } = one.features;
    const both = createDataset({
      ...one,
      features: twice(Array.from({ length: rows }, (_, row) => row)).map((row) => values.slice(2 * row, 2 * row + 2)),
      targets: twice(one.targets),
      timestamps: twice(one.timestamps),
      labelEndsAt: twice(one.labelEndsAt),
      groups: Array.from({ length: 600 }, (_, i) => i % 2),
      groupNames: ['A', 'B'],
    });
    const alone = await aSearch().tuner.randomSearch(one, { nTrials: 8 });
    const together = await aSearch().tuner.randomSearch(both, { nTrials: 8 });
    expect(together.report).toMatchObject({ observations: 240, overlap: 2 });
    expect(together.report.deflated).toEqual(alone.report.deflated);
  });

  it('refuses a rule it does not know, and the one-standard-error rule without a measure of complexity', () => {
    expect(() => aSearch({ refit: 'simplest' as never })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }) as Error,
    );
    expect(() => aSearch({ refit: 'one-standard-error' })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }) as Error,
    );
  });

  it('chooses by one standard error the simplest of the good trials, and judges that one', async () => {
    const complexity = ({ threshold }: { readonly threshold?: unknown }) => 1 + Number(threshold);
    const { tuner, storage } = aSearch({ refit: 'one-standard-error', complexity });
    const { report, experiments, studyId } = await tuner.randomSearch(aSeries(60, { seed: 's1' }), { nTrials: 30 });
    const best = experiments.find(({ trialNumber }) => trialNumber === report.best!.trialNumber)!;
    const error = best.stdCvScore! / Math.sqrt(best.cvScores.length);
    const good = experiments.filter(({ meanCvScore }) => meanCvScore! >= best.meanCvScore! - error);
    const least = Math.min(...good.map(({ hyperparameters }) => complexity(hyperparameters)));
    expect(complexity(report.choice!.hyperparameters)).toBe(least);
    expect(report.choice?.rule).toBe('one-standard-error');
    expect(report.choice!.trialNumber).not.toBe(report.best!.trialNumber);
    expect(await readStudyReport(storage, studyId)).toEqual(report);
  });
});

describe('the printed report', () => {
  it('says what was tried, found and suggested, and why', async () => {
    const { tuner } = aSearch({ incumbent: POOR, holdout: { share: 0.2 } });
    const { report } = await tuner.randomSearch(data, { nTrials: 20 });
    const text = formatStudyReport(report);
    expect(text).toContain('suggestion           DEPLOY');
    expect(text).toContain('trials               20 tried: 20 complete, 0 pruned, 0 failed; 0 without rows');
    expect(text).toContain(
      `compared with        incumbent, ${report.referenceScore!.toPrecision(5).replace(/0+$/, '')}`,
    );
    expect(text).toContain('on 60 rows no trial saw');
    for (const reason of report.reasons) expect(text).toContain(`  - ${reason}`);
    expect(text.split('\n').every((line) => line === line.trimEnd())).toBe(true);
  });

  it('leaves out what there is not', () => {
    const bare: StudyReport = {
      studyId: 's',
      modelType: 'm',
      metric: 'accuracy',
      direction: 'maximize',
      trials: { tried: 0, complete: 0, pruned: 0, failed: 0, missing: 0 },
      missing: [],
      against: 'no skill',
      suggest: 'do not deploy',
      reasons: ['no trial is complete'],
    };
    expect(formatStudyReport(bare)).toBe(
      [
        'Study s: m, accuracy (maximize)',
        '  suggestion           DO NOT DEPLOY',
        '  trials               0 tried: 0 complete, 0 pruned, 0 failed; 0 without rows',
        '  compared with        no skill',
        'Because',
        '  - no trial is complete',
      ].join('\n'),
    );
  });
});
