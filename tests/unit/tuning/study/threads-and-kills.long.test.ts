import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainingExperiment } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { HyperparameterTuner, logLossScoring, PurgedWalkForward } from '@mlperf/tuning';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startChild } from '../../storage-sqlite/child-process.ts';
import { aSeries } from '../a-series.ts';
import { learnerFamily } from './a-learner.ts';
import { searchInThreads, TRIALS, threads } from './search-in-threads.ts';

const CHILD = '../../tuning/study/search-in-threads-child.ts';

function aFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'study-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'study.db');
}

async function runIn(path: string, count: number): Promise<readonly TrainingExperiment[]> {
  const executor = threads(count);
  try {
    return await searchInThreads(path, executor);
  } finally {
    await executor.close();
  }
}

/** All but when it ran, and in which process. */
const withoutTimes = (experiments: readonly TrainingExperiment[]) =>
  experiments.map(({ createdAt: _at, trainingTimeSeconds: _seconds, worker: _process, ...rest }) => rest);

describe('a search in worker threads that learns, and prunes by rounds of boosting', () => {
  it('is the same, bit for bit, with 1, 2 or 4 threads, and over two kills', async () => {
    const alone = withoutTimes(await runIn(aFile(), 1));
    expect(alone.length).toBe(TRIALS);
    const states = alone.map(({ state }) => state);
    expect(states.filter((state) => state === 'pruned').length).toBeGreaterThanOrEqual(3);
    expect(states.filter((state) => state === 'complete').length).toBeGreaterThan(8);
    for (const count of [2, 4]) expect(withoutTimes(await runIn(aFile(), count))).toEqual(alone);

    const path = aFile();
    for (const [count, stored] of [
      [2, 6],
      [3, 8],
    ] as const) {
      const child = startChild(CHILD, [path, String(count)]);
      for (let i = 0; i < stored; i++) await child.line('stored ');
      child.process.kill('SIGKILL');
      expect(await child.exit).toBeNull();
    }
    expect(withoutTimes(await runIn(path, 2))).toEqual(alone);
  });
});

describe('a fit that never ends and never yields', () => {
  it('has its thread ended at the deadline; its trial is stored as failed and the study goes on', async () => {
    const executor = threads(2);
    onTestFinished(() => executor.close());
    const storage = openMemoryStorage();
    const tuner = new HyperparameterTuner({
      family: learnerFamily(),
      splitter: new PurgedWalkForward({ nSplits: 2 }),
      metric: logLossScoring,
      storage,
      seed: 'hung',
      executor,
    });
    const result = await tuner.randomSearch(aSeries(90), {
      nTrials: 10,
      trialDeadlineMs: 3_000,
      enqueue: [{ pull: 0.125, depth: 2, mirrored: false }],
    });
    expect(result).toMatchObject({ completeTrials: 9, failedTrials: 1 });
    expect(result.experiments[0]!.notes).toMatch(/^fold 1 of 2: DEADLINE_EXCEEDED/);
  });
});
