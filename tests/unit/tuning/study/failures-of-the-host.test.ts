import { ManualClock, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { defineSpace, float, RandomSampler, Study, type StudyOptions } from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';

const space = defineSpace({ x: float(0, 1) });
let storage: PerformanceStorage;
let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock(1_000);
  storage = openMemoryStorage({ clock });
});

function open(changes: Partial<StudyOptions<typeof space>> = {}): Promise<Study<typeof space>> {
  return Study.open({
    storage,
    studyId: 's',
    searchSpace: space,
    direction: 'minimize',
    seed: 'a',
    clock,
    sampler: new RandomSampler(space),
    parallelism: 1,
    ...changes,
  });
}

describe('a study whose trial was taken over by another process', () => {
  it('is asked and run as before, the other result seen', async () => {
    const leaseMs = 1_000;
    const one = await open({ worker: { name: 'one', leaseMs } });
    const other = await open({ worker: { name: 'other', leaseMs: 60_000 } });
    const late = await one.ask();
    clock.advance(leaseMs + 1);
    const taken = await other.ask();
    expect(taken.trialNumber).toBe(late.trialNumber);
    await expect(one.tell(late, 2)).rejects.toMatchObject({ code: 'FENCED' });
    await other.tell(taken, 1);
    await expect(one.tell(late, 2)).rejects.toMatchObject({ code: 'FENCED' });
    const next = await one.ask();
    expect(next.trialNumber).toBe(1);
    await one.tell(next, 3);
    const { experiments } = await one.optimize(({ x }) => x, { nTrials: 4 });
    expect(experiments.map(({ meanCvScore }) => meanCvScore).slice(0, 2)).toEqual([1, 3]);
    expect(experiments.length).toBe(4);
  });
});

describe('a sampler that throws', () => {
  const failingOnce = (at: number) => {
    const sampler = new RandomSampler(space);
    let left = 1;
    const suggest: typeof sampler.suggest = (request) => {
      if (request.trialNumber === at && left-- > 0) throw new Error('no connection');
      return sampler.suggest(request);
    };
    return { name: sampler.name, settings: sampler.settings, space, learns: false, suggest };
  };

  it('ends a run, gives its trial back, and the same study goes on', async () => {
    const study = await open({ sampler: failingOnce(2) });
    await expect(study.optimize(({ x }) => x, { nTrials: 5 })).rejects.toThrow('no connection');
    expect(await storage.trials.claims('s')).toMatchObject([{ trialNumber: 2, expiresAt: 0 }]);
    expect((await study.optimize(({ x }) => x, { nTrials: 5 })).completeTrials).toBe(5);
  });

  it('is told to who asks, and the trial is the next one again', async () => {
    const study = await open({ sampler: failingOnce(1) });
    await study.tell(await study.ask(), 1);
    await expect(study.ask()).rejects.toThrow('no connection');
    expect(await storage.trials.claims('s')).toMatchObject([{ trialNumber: 1, expiresAt: 0 }]);
    expect((await study.ask()).trialNumber).toBe(1);
  });
});

describe('a study that was closed', () => {
  it('begins no trial, and tells what it found', async () => {
    const study = await open({ parallelism: 2 });
    await study.tell(await study.ask(), 1);
    const asked = await study.ask();
    await study.close();
    await study.close();
    await expect(study.ask()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(study.optimize(({ x }) => x, { nTrials: 4 })).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(study.tell(asked, 1)).rejects.toMatchObject({ code: 'CLOSED' });
    expect(study.best?.score).toBe(1);
    expect(await storage.trials.claims('s')).toMatchObject([{ trialNumber: 1, expiresAt: 0 }]);
  });

  it('while it waits for a trial of another process, or runs, ends that', async () => {
    const [one, other] = [await open(), await open()];
    await one.ask();
    const asking = other.ask();
    const refused = expect(asking).rejects.toMatchObject({ code: 'CLOSED' });
    await other.close();
    await refused;
    await one.close();
    const study = await open();
    const run = study.optimize(
      async () => {
        await study.close();
        return 1;
      },
      { nTrials: 4 },
    );
    await expect(run).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await storage.trials.claims('s')).toMatchObject([{ trialNumber: 0, expiresAt: 0 }]);
  });
});

describe('a callback', () => {
  it('that throws ends the run; its trial is stored, and the same study is run or asked on', async () => {
    const study = await open();
    let calls = 0;
    const callbacks = [
      () => {
        if (calls++ === 1) throw new Error('no screen');
      },
    ];
    await expect(study.optimize(({ x }) => x, { nTrials: 4, callbacks })).rejects.toThrow('no screen');
    expect(study.experiments.length).toBe(2);
    expect((await study.optimize(({ x }) => x, { nTrials: 4, callbacks })).completeTrials).toBe(4);
    expect((await study.ask()).trialNumber).toBe(4);
  });

  it('that is no function is refused, and nothing is run', async () => {
    const study = await open();
    for (const callbacks of [[3], [() => undefined, null], 'stop']) {
      const options = { nTrials: 4, callbacks: callbacks as [] };
      await expect(study.optimize(({ x }) => x, options)).rejects.toMatchObject({ code: 'INVALID_TYPE' });
    }
    expect(await storage.trials.claims('s')).toEqual([]);
    expect(study.experiments).toEqual([]);
  });
});
