import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { CombinatorialPurged, KFold, MedianPruner, readStudyReport, readTrialAnswers } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { stumpFamily } from '../a-family.ts';
import { aSeries } from '../a-series.ts';
import { aSearch, stumpAnswer } from './a-search.ts';

const data = aSeries(200);

describe('the answers of trials to rows they were not trained on', () => {
  it('are kept for every complete trial, on the same rows, as the models gave them', async () => {
    const { tuner, storage } = aSearch();
    const { experiments } = await tuner.randomSearch(data, { nTrials: 5 });
    expect(new Set(experiments.map(({ outOfSample }) => outOfSample?.rows)).size).toBe(1);
    for (const experiment of experiments) {
      const { rows, predictions, scores } = (await readTrialAnswers(storage, experiment))!;
      expect(rows.classes).toEqual(['down', 'up']);
      expect(rows.rowMetric).toEqual({ name: 'accuracy', substitute: false });
      expect(rows.row.length).toBe(160);
      rows.row.forEach((row, entry) => {
        const up = stumpAnswer(data, row, experiment.hyperparameters);
        expect(rows.target[entry]).toBe(data.targets[row]);
        expect(rows.timestamp[entry]).toBe(data.timestamps[row]);
        expect(rows.labelEndsAt[entry]).toBe(data.labelEndsAt[row]);
        expect(predictions[2 * entry + 1]).toBe(up);
        expect(scores[entry]).toBe(up > 0.5 === (data.targets[row] === 1) ? 1 : 0);
      });
      // Folds of one size: the mean of their accuracies is that of the rows.
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      expect(mean).toBeCloseTo(experiment.meanCvScore!, 12);
    }
  });

  it('are keyed by path where folds share rows: each path holds every row once', async () => {
    const splitter = new CombinatorialPurged({ nFolds: 5, nTestFolds: 2 });
    const { tuner, storage } = aSearch({ splitter });
    const { experiments } = await tuner.randomSearch(data, { nTrials: 1 });
    const { rows } = (await readTrialAnswers(storage, experiments[0]!))!;
    expect(splitter.pathCount).toBe(4);
    for (let path = 0; path < 4; path++) {
      const onPath = [...rows.row].filter((_, entry) => rows.path[entry] === path);
      expect(onPath.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, row) => row));
    }
    splitter.paths(data).forEach((segments, path) => {
      for (const { split, rows: tested } of segments) {
        for (const row of tested) {
          const entry = rows.row.findIndex((r, e) => r === row && rows.fold[e] === split);
          expect(rows.path[entry]).toBe(path);
        }
      }
    });
  });

  it('are one artifact for equal answers, however often they are stored, and no orphans', async () => {
    const clock = new ManualClock(0);
    const storage = openMemoryStorage({ clock });
    const first = await aSearch({ storage }).tuner.randomSearch(data, { nTrials: 3 });
    const stored = (await storage.artifacts.list()).items.length;
    await aSearch({ storage }).tuner.randomSearch(data, { nTrials: 3 });
    expect((await storage.artifacts.list()).items.length).toBe(stored);
    clock.advance(1e9);
    expect(await storage.artifacts.removeOrphans({ olderThanMs: 1 })).toEqual([]);
    expect((await readStudyReport(storage, first.studyId)).trials.missing).toBe(0);
  });

  it('outlive the process: a study that goes on from its file has the report of one that never stopped', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'answers-'));
    try {
      const path = join(folder, 'studies.db');
      const clock = new ManualClock(1_000_000);
      const before = await openSqliteStorage(path, { clock });
      await aSearch({ storage: before }).tuner.randomSearch(data, { nTrials: 3 });
      await before.close();
      const after = await openSqliteStorage(path, { clock });
      const resumed = await aSearch({ storage: after }).tuner.randomSearch(data, { nTrials: 8 });
      const whole = await aSearch().tuner.randomSearch(data, { nTrials: 8 });
      expect(resumed.resumedTrials).toBe(3);
      expect(resumed.report).toEqual(whole.report);
      expect(await readStudyReport(after, resumed.studyId)).toEqual(whole.report);
      await after.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('are missing for pruned and failed trials, which count all the same', async () => {
    const { tuner } = aSearch({
      splitter: new KFold({ nSplits: 4 }),
      pruner: new MedianPruner({ startupTrials: 2, warmupSteps: 0 }),
    });
    const { report } = await tuner.randomSearch(data, { nTrials: 30 });
    expect(report.trials.pruned).toBeGreaterThan(0);
    expect(report.trials).toMatchObject({ tried: 30, failed: 0, missing: report.trials.pruned });
    expect(report.missing.map(({ state }) => state)).toEqual(Array(report.trials.pruned).fill('pruned'));
    expect(report.reasons.some((reason) => reason.includes('the luck of 30 trials'))).toBe(true);

    const failing = aSearch({ baseParams: { failFrom: 150 } });
    const failed = await failing.tuner.randomSearch(data, { nTrials: 4 });
    expect(failed.report.trials).toEqual({ tried: 4, complete: 0, pruned: 0, failed: 4, missing: 4 });
    expect(failed.report.missing[0]).toMatchObject({ trialNumber: 0, state: 'failed' });
    expect(failed.report.missing[0]?.reason).toContain('cannot take');
    expect(failed.report).toMatchObject({ suggest: 'do not deploy', reasons: ['no trial is complete'] });
  });

  it('that are damaged or gone are told from a study that has none', async () => {
    const { tuner, storage } = aSearch();
    const { studyId, experiments } = await tuner.randomSearch(data, { nTrials: 2 });
    const { predictions } = experiments[1]!.outOfSample!;
    const get = async (sha256: string) =>
      sha256 === predictions ? Uint8Array.of(1, 2, 3) : storage.artifacts.get(sha256);
    const damaged = { ...storage, artifacts: { ...storage.artifacts, get } };
    await expect(readStudyReport(damaged, studyId)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    const gone = { ...storage, artifacts: { ...storage.artifacts, get: async () => undefined } };
    await expect(readStudyReport(gone, studyId)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    await expect(readStudyReport(storage, 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('fail the trial whose rows the metric cannot score, and not the study', async () => {
    const family = stumpFamily();
    const { tuner } = aSearch({
      family,
      metric: {
        name: 'picky',
        direction: 'maximize',
        score: () => 0.5,
        rowScores: (yTrue, probabilities) =>
          yTrue.map((_, row) =>
            probabilities[2 * row] === 0.25 && probabilities[2 * row + 2] === 0.75 ? Number.NaN : 1,
          ),
      },
    });
    const { experiments } = await tuner.randomSearch(data, { nTrials: 2 });
    expect(experiments.map(({ state }) => state)).toEqual(['failed', 'failed']);
    expect(experiments[0]?.notes).toContain("rowScores of metric 'picky' must be 160 finite values");
  });
});
