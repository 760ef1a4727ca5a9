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
import { describe, expect, it } from 'vitest';
import { type StumpFamily, stumpFamily, stumpSpace } from '../a-family.ts';
import { aSeries } from '../a-series.ts';

const data = aSeries(260);
const LEASE_MS = 10_000;
const SPACE = { ...stumpSpace };

/** Time stands still for the trials; a sleep takes a turn of the loop and moves time on by what was slept. */
function steppingClock(manual: ManualClock, moves = true): Clock {
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
function aWorker(options: Worker) {
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
const search = (tuner: Search, nTrials: number, duplicates: DuplicatePolicy = 'replicate') =>
  tuner.bayesianOptimization(data, {
    nTrials,
    duplicates,
    enqueue: [{ column: 1, threshold: 0, inverted: true }],
  });

/** What is the same whoever ran it and when. */
function withoutTimes(experiments: readonly TrainingExperiment[]) {
  return experiments.map(({ createdAt: _at, trainingTimeSeconds: _seconds, worker: _who, ...rest }) =>
    canonicalRecord(rest, 'trial'),
  );
}

function aPlace() {
  const manual = new ManualClock(1_000_000);
  return { manual, storage: openMemoryStorage({ clock: manual }), clock: steppingClock(manual) };
}

async function undisturbed(nTrials: number, parallelism = 3) {
  const { storage, clock } = aPlace();
  return search(aWorker({ storage, clock, parallelism }), nTrials);
}

async function storedOf(storage: PerformanceStorage, { studyId }: StudyResult<typeof SPACE>) {
  return storage.trials.finished({ studyId, limit: 1_000 });
}

describe('several workers of one study', () => {
  it.each([1, 2, 3, 5])('find what one alone finds, bit for bit, with a lag of %i', async (parallelism) => {
    const alone = await undisturbed(24, parallelism);
    expect(alone.experiments.length).toBe(24);
    expect(alone.experiments.some(({ state }) => state === 'pruned')).toBe(true);
    const { storage, manual } = aPlace();
    // Time must not run while a worker waits for another: no claim is lost here.
    const clock = steppingClock(manual, false);
    const families = [stumpFamily(), stumpFamily(), stumpFamily()];
    const workers = families.map((family, i) =>
      aWorker({ storage, clock, parallelism, family, name: `w${i}`, turns: [1, 4, 9][i]! }),
    );
    const results = await Promise.all(workers.map((worker) => search(worker, 24)));
    for (const result of results) {
      expect(withoutTimes(result.experiments)).toEqual(withoutTimes(alone.experiments));
      expect(result.best?.experiment.trialNumber).toBe(alone.best?.experiment.trialNumber);
      expect(result).toMatchObject({ completeTrials: alone.completeTrials, prunedTrials: alone.prunedTrials });
    }
    expect(withoutTimes(await storedOf(storage, alone))).toEqual(withoutTimes(alone.experiments));
    // Each trial was run by one of them: what the others have of it, they have read.
    const run = results.map(({ resumedTrials }) => 24 - resumedTrials);
    expect(run.reduce((sum, count) => sum + count)).toBe(24);
    const names = new Set(results[0]!.experiments.map(({ worker }) => worker));
    expect(names.size).toBe(run.filter((count) => count > 0).length);
    // Where there is room for all of them, all of them have a share.
    if (parallelism >= 3) for (const count of run) expect(count).toBeGreaterThan(0);
    expect(await storage.trials.claims(alone.studyId)).toEqual([]);
  });

  it.each(['reuse', 'skip'] as const)('do so too where a point that comes again is to %s', async (duplicates) => {
    const place = aPlace();
    const alone = await search(aWorker({ ...place, parallelism: 4 }), 24, duplicates);
    const again = alone.experiments.filter(({ notes }) => notes?.includes('not evaluated again'));
    // The space has 20 points.
    if (duplicates === 'reuse') expect(again.length).toBeGreaterThan(0);
    else expect(alone).toMatchObject({ stoppedBy: 'space-exhausted', completeTrials: 20 - alone.prunedTrials });
    const { storage, manual } = aPlace();
    const clock = steppingClock(manual, false);
    const families = [stumpFamily(), stumpFamily(), stumpFamily()];
    const results = await Promise.all(
      families.map((family, i) =>
        search(aWorker({ storage, clock, parallelism: 4, family, name: `w${i}`, turns: 1 + 3 * i }), 24, duplicates),
      ),
    );
    for (const { experiments, stoppedBy } of results) {
      expect(withoutTimes(experiments)).toEqual(withoutTimes(alone.experiments));
      expect(stoppedBy).toBe(alone.stoppedBy);
    }
  });

  it('leave each other the trials they have no room for', async () => {
    const { storage, manual } = aPlace();
    const clock = steppingClock(manual, false);
    // Both may have as many trials under way as they like, and run one fit at a time.
    const workers = [1, 2].map((i) => aWorker({ storage, clock, parallelism: 20, name: `w${i}`, turns: 3 }));
    const results = await Promise.all(workers.map((worker) => search(worker, 20)));
    for (const { resumedTrials } of results) expect(resumedTrials).toBeGreaterThanOrEqual(6);
  });

  it('read of others only what is new, and ask a few times for each trial', async () => {
    const { storage, manual } = aPlace();
    const clock = steppingClock(manual, false);
    const calls: Record<string, number> = {};
    let read = 0;
    const trials = new Proxy(storage.trials, {
      get(target, method: keyof typeof storage.trials) {
        return async (...args: never[]) => {
          calls[method] = (calls[method] ?? 0) + 1;
          const result = await Reflect.apply(target[method] as (...given: never[]) => Promise<unknown>, target, args);
          if (method === 'finished') read += (result as unknown[]).length;
          return result;
        };
      },
    });
    const nTrials = 60;
    const first = aWorker({
      storage: { ...storage, studies: storage.studies, trials } as never,
      clock,
      parallelism: 4,
    });
    const [result] = await Promise.all([
      search(first, nTrials),
      search(aWorker({ storage, clock, parallelism: 4 }), nTrials),
    ]);
    const others = result!.resumedTrials;
    expect(others).toBeGreaterThan(10);
    // Within the lag a trial may be read again; trials of long ago never are.
    expect(read).toBeLessThanOrEqual(4 * others);
    expect(calls.finished).toBeLessThanOrEqual(nTrials + 1);
    expect(calls.finish).toBe(nTrials - others);
    expect(calls.list).toBe(1);
  });
});

describe('a worker that is gone', () => {
  it('leaves its trial to another once its lease has run out, and the study is the undisturbed one', async () => {
    const alone = await undisturbed(10);
    const { storage, clock, manual } = aPlace();
    const { studyId } = await search(aWorker({ storage, clock }), 4);
    const claim = { studyId, owner: 'gone', ttlMs: LEASE_MS, parallelism: 3, plannedTrials: 10 };
    expect(await storage.trials.claim(claim)).toMatchObject({ state: 'claimed', claim: { trialNumber: 4 } });
    const before = manual.now();
    const result = await search(aWorker({ storage, clock }), 10);
    expect(withoutTimes(result.experiments)).toEqual(withoutTimes(alone.experiments));
    // The others went on as far as the lag lets them; then it had to be waited for.
    expect(manual.now() - before).toBeGreaterThanOrEqual(LEASE_MS);
    expect(await storage.trials.claims(studyId)).toEqual([]);
  });

  it('fails its trial with the reason when it was not the first that the trial has cost', async () => {
    const { storage, clock, manual } = aPlace();
    const { studyId } = await search(aWorker({ storage, clock }), 4);
    const claim = { studyId, owner: 'gone', ttlMs: LEASE_MS, parallelism: 3, plannedTrials: 10 };
    for (let i = 0; i < 2; i++) {
      await storage.trials.claim(claim);
      manual.advance(LEASE_MS);
    }
    const family = stumpFamily();
    const result = await search(aWorker({ storage, clock, family, maxLosses: 2 }), 6);
    expect(result.experiments[4]).toMatchObject({
      state: 'failed',
      notes: 'WORKER_FAILURE: 2 workers were lost over it',
      cvScores: [],
    });
    expect(result).toMatchObject({ completeTrials: 5, failedTrials: 1 });
    // Three folds of trial 5 alone were fitted.
    expect(family.fits.length).toBe(3);
  });

  it('is refused when it comes back late: what the other says counts, once', async () => {
    const aloneByOne = await undisturbed(5, 1);
    const { storage, clock, manual } = aPlace();
    const family = stumpFamily();
    let overtaken: TrainingExperiment | undefined;
    const fit: StumpFamily['fit'] = async (train, params, context) => {
      const studyId = (await storage.studies.list({})).items[0]!.studyId;
      if (overtaken === undefined && (await storage.trials.finished({ studyId, limit: 9 })).length === 2) {
        // The machine sleeps; meanwhile another worker does the trial.
        manual.advance(LEASE_MS + 1);
        const taken = await storage.trials.claim({
          studyId,
          owner: 'other',
          ttlMs: LEASE_MS,
          parallelism: 1,
          plannedTrials: 5,
        });
        if (taken.state !== 'claimed') throw new Error('the lease must have run out');
        const { trialNumber } = taken.claim;
        overtaken = { ...aloneByOne.experiments[trialNumber]!, notes: 'by the other' };
        await storage.trials.finish(overtaken, taken.claim);
      }
      return family.fit(train, params, context);
    };
    const told: number[] = [];
    const tuner = aWorker({ storage, clock, parallelism: 1, family: { ...family, fit } });
    tuner.on('trial-completed', ({ trialNumber }) => told.push(trialNumber));
    const result = await search(tuner, 5);
    expect(overtaken).toMatchObject({ trialNumber: 2, notes: 'by the other' });
    expect(result.experiments.length).toBe(5);
    expect(result.experiments[2]).toMatchObject({ notes: 'by the other' });
    expect(told).not.toContain(2);
    expect(withoutTimes(result.experiments.slice(0, 2))).toEqual(withoutTimes(aloneByOne.experiments.slice(0, 2)));
    expect(await storage.trials.claims(result.studyId)).toEqual([]);
  });

  it('is not one whose fits hold the thread for longer than its lease', async () => {
    const alone = await undisturbed(8);
    const { storage, clock, manual } = aPlace();
    const family = stumpFamily();
    const slow: StumpFamily = {
      ...family,
      async fit(...args) {
        manual.advance(3 * LEASE_MS);
        return family.fit(...args);
      },
    };
    const result = await search(aWorker({ storage, clock, family: slow }), 8);
    expect(withoutTimes(result.experiments)).toEqual(withoutTimes(alone.experiments));
    expect(result.resumedTrials).toBe(0);
  });
});

describe('a search that ends early', () => {
  it('gives its trials back, so that nobody waits for a lease', async () => {
    const { storage, clock, manual } = aPlace();
    const stop = new AbortController();
    const tuner = aWorker({ storage, clock });
    tuner.on('trial-completed', ({ trialNumber }) => {
      if (trialNumber === 3) stop.abort();
    });
    const ended = tuner.randomSearch(data, { nTrials: 12, studyId: 's', signal: stop.signal });
    await expect(ended).rejects.toMatchObject({ code: 'ABORTED' });
    for (const claim of await storage.trials.claims('s')) expect(claim.expiresAt).toBe(0);
    const before = manual.now();
    const result = await aWorker({ storage, clock }).randomSearch(data, { nTrials: 12, studyId: 's' });
    expect(result.experiments.length).toBe(12);
    expect(manual.now()).toBe(before);
  });

  it('waits for the trials before its end that others run', async () => {
    const { storage, manual } = aPlace();
    const clock = steppingClock(manual, false);
    const options = { nTrials: 30, studyId: 's', patience: 5 };
    const alone = await aWorker(aPlace()).randomSearch(data, options);
    expect(alone.stoppedBy).toBe('patience');
    const workers = [1, 2].map((i) => aWorker({ storage, clock, name: `w${i}`, turns: i * 3 }));
    for (const result of await Promise.all(workers.map((worker) => worker.randomSearch(data, options)))) {
      expect(result.stoppedBy).toBe('patience');
      expect(withoutTimes(result.experiments)).toEqual(withoutTimes(alone.experiments));
    }
  });
});

describe('a worker’s options', () => {
  it('are refused where they make no sense', () => {
    const { storage, clock } = aPlace();
    const family = stumpFamily();
    for (const worker of [
      { leaseMs: 999 },
      { leaseMs: 86_400_001 },
      { leaseMs: 1_000.5 },
      { maxLosses: 0 },
      { name: '' },
    ]) {
      expect(() => new HyperparameterTuner({ family, storage, clock, seed: 's', worker })).toThrowError(
        expect.objectContaining({ code: 'OUT_OF_RANGE' }),
      );
    }
  });
});
