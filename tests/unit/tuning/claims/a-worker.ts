import {
  type Clock,
  canonicalRecord,
  ManualClock,
  type PerformanceStorage,
  type TrainingExperiment,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  type DuplicatePolicy,
  HyperparameterTuner,
  PercentilePruner,
  PurgedWalkForward,
  type StudyResult,
} from '@mlperf/tuning';
import { type StumpFamily, stumpFamily, stumpSpace } from '../a-family.ts';
import { aSeries } from '../a-series.ts';

export const data = aSeries(260);
export const LEASE_MS = 10_000;
export const SPACE = { ...stumpSpace };

/** Time stands still for the trials; a sleep takes a turn of the loop and moves time on by what was slept. */
export function steppingClock(manual: ManualClock, moves = true): Clock {
  return {
    now: () => manual.now(),
    sleep: (ms, signal, options) =>
      new Promise((resolve, reject) => {
        const leave = () => reject(new Error('woken'));
        if (signal?.aborted) return leave();
        signal?.addEventListener('abort', leave, { once: true });
        // Heartbeats never come: the storage's clock stands still between two sleeps.
        if (options?.background || ms === Number.POSITIVE_INFINITY) return;
        setImmediate(() => {
          if (moves) manual.advance(ms);
          signal?.removeEventListener('abort', leave);
          resolve();
        });
      }),
  };
}

interface Worker {
  readonly storage: PerformanceStorage;
  readonly clock: Clock;
  readonly family?: StumpFamily;
  readonly parallelism?: number;
  readonly name?: string;
  readonly maxLosses?: number;
  readonly turns?: number;
}

/** A tuner as a process of its own would have it; its fits take some turns of the loop. */
export function aWorker(options: Worker) {
  const {
    storage,
    clock,
    family = stumpFamily(),
    parallelism = 3,
    name = 'worker',
    maxLosses = 3,
    turns = 1,
  } = options;
  const fit: StumpFamily['fit'] = async (train, params, context) => {
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
    return family.fit(train, params, context);
  };
  return new HyperparameterTuner({
    family: { ...family, fit },
    searchSpace: SPACE,
    splitter: new PurgedWalkForward({ nSplits: 3 }),
    baseParams: { jitter: 0.01 },
    pruner: new PercentilePruner({ percentile: 40, startupTrials: 4, warmupSteps: 0 }),
    storage,
    seed: 'shared',
    clock,
    config: { parallelism },
    worker: { name, leaseMs: LEASE_MS, maxLosses },
  });
}

type Search = ReturnType<typeof aWorker>;
export const search = (tuner: Search, nTrials: number, duplicates: DuplicatePolicy = 'replicate') =>
  tuner.bayesianOptimization(data, {
    nTrials,
    duplicates,
    enqueue: [{ column: 1, threshold: 0, inverted: true }],
  });

/** What is the same whoever ran it and when. */
export function withoutTimes(experiments: readonly TrainingExperiment[]) {
  return experiments.map(({ createdAt: _at, trainingTimeSeconds: _seconds, worker: _who, ...rest }) =>
    canonicalRecord(rest, 'trial'),
  );
}

export function aPlace() {
  const manual = new ManualClock(1_000_000);
  return { manual, storage: openMemoryStorage({ clock: manual }), clock: steppingClock(manual) };
}

export async function undisturbed(nTrials: number, parallelism = 3) {
  const { storage, clock } = aPlace();
  return search(aWorker({ storage, clock, parallelism }), nTrials);
}

export async function storedOf(storage: PerformanceStorage, { studyId }: StudyResult<typeof SPACE>) {
  return storage.trials.finished({ studyId, limit: 1_000 });
}
