import { describe, expect, it } from 'vitest';
import { stumpFamily } from '../a-family.ts';
import { aPlace, aWorker, search, steppingClock, storedOf, undisturbed, withoutTimes } from './a-worker.ts';

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

  it('leave to one that comes later the trials they have no room for', async () => {
    const { storage, manual } = aPlace();
    const clock = steppingClock(manual, false);
    // Each may have as many trials under way as it likes, and runs one fit at a time.
    const [early, late] = [1, 2].map((i) => aWorker({ storage, clock, parallelism: 20, name: `w${i}`, turns: 5 }));
    const first = search(early!, 20);
    for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
    const results = await Promise.all([first, search(late!, 20)]);
    expect((await storage.trials.finished({ studyId: results[0].studyId, limit: 1_000 })).length).toBe(20);
    for (const { resumedTrials } of results) expect(resumedTrials).toBeGreaterThanOrEqual(5);
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
