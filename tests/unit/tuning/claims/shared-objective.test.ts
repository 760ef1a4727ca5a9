import { type InferParameters, Study, TpeSampler } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { aPlace, LEASE_MS, SPACE, steppingClock, withoutTimes } from './a-worker.ts';

describe('an objective of the host', () => {
  const options = {
    studyId: 'own',
    searchSpace: SPACE,
    direction: 'minimize',
    seed: 'shared',
    parallelism: 4,
  } as const;
  const cost = async ({ column, threshold, inverted }: InferParameters<typeof SPACE>, turns: number) => {
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
    return (threshold - 0.3) ** 2 + column + (inverted ? 0.5 : 0);
  };

  it('is optimised by several processes as by one', async () => {
    const { storage: ownStorage, clock: ownClock } = aPlace();
    const alone = await Study.open({
      ...options,
      storage: ownStorage,
      clock: ownClock,
      sampler: new TpeSampler(SPACE),
    });
    const expected = await alone.optimize((parameters) => cost(parameters, 1), { nTrials: 25 });
    const { storage, manual } = aPlace();
    const clock = steppingClock(manual, false);
    const studies = await Promise.all(
      [1, 2, 3].map((i) =>
        Study.open({ ...options, storage, clock, sampler: new TpeSampler(SPACE), worker: { name: `w${i}` } }),
      ),
    );
    const found = await Promise.all(
      studies.map((study, i) => study.optimize((parameters) => cost(parameters, 1 + 3 * i), { nTrials: 25 })),
    );
    for (const { experiments, best } of found) {
      expect(withoutTimes(experiments)).toEqual(withoutTimes(expected.experiments));
      expect(best?.score).toBe(expected.best?.score);
    }
  });

  it('has trials that no other process has, and is refused one that another has taken over', async () => {
    const { storage, clock, manual } = aPlace();
    const worker = { leaseMs: LEASE_MS };
    const [one, other] = await Promise.all([1, 2].map(() => Study.open({ ...options, storage, clock, worker })));
    const first = await one!.ask();
    const second = await other!.ask();
    expect([first.trialNumber, second.trialNumber]).toEqual([0, 1]);
    manual.advance(LEASE_MS + 1);
    const request = { studyId: 'own', owner: 'third', ttlMs: LEASE_MS, parallelism: 4, plannedTrials: 9 };
    expect(await storage.trials.claim(request)).toMatchObject({ claim: { trialNumber: 0, losses: 1 } });
    for (let i = 0; i < 2; i++) await expect(one!.tell(first, 1)).rejects.toMatchObject({ code: 'FENCED' });
    // Nobody was quicker: that its lease has run out is no reason to drop a result.
    expect((await other!.tell(second, 2)).state).toBe('complete');
    const stored = await storage.trials.finished({ studyId: 'own', limit: 9 });
    expect(stored.map(({ trialNumber }) => trialNumber)).toEqual([1]);
  });
});
