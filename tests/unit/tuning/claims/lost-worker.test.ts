import type { TrainingExperiment } from '@mlperf/core';
import { HyperparameterTuner } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { type StumpFamily, stumpFamily } from '../a-family.ts';
import { aPlace, aWorker, data, LEASE_MS, search, steppingClock, undisturbed, withoutTimes } from './a-worker.ts';

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
    const quick = stumpFamily();
    const place = aPlace();
    const alone = await search(aWorker({ storage: place.storage, clock: place.clock, family: quick }), 8);
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
    // None was taken for lost and run a second time.
    expect(family.fits.length).toBe(quick.fits.length);
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
