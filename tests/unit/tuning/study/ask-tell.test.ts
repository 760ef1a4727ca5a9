import { ManualClock, type PerformanceStorage, type TrainingExperiment } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  boolean,
  defineSpace,
  float,
  type InferParameters,
  int,
  MedianPruner,
  type ObjectiveTrial,
  RandomSampler,
  Study,
  type StudyOptions,
} from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';

const space = defineSpace({ x: float(-2, 2), n: int(1, 5), on: boolean() });
type Space = typeof space;
let storage: PerformanceStorage;
let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock(1_000);
  storage = openMemoryStorage({ clock });
});

function open(changes: Partial<StudyOptions<Space>> = {}): Promise<Study<Space>> {
  return Study.open({ storage, studyId: 's', searchSpace: space, direction: 'minimize', seed: 'a', clock, ...changes });
}

const cost = ({ x, n, on }: InferParameters<Space>) => (x - 0.5) ** 2 + (n - 2) ** 2 / 10 + (on ? 0.3 : 0);

async function askAndTell(study: Study<Space>, trials: number): Promise<void> {
  for (let i = 0; i < trials; i++) {
    const trial = await study.ask();
    await study.tell(trial, cost(trial.parameters));
  }
}

const pointsOf = (experiments: readonly TrainingExperiment[]) => experiments.map((trial) => trial.hyperparameters);

describe('ask and tell', () => {
  it('find a minimum, and store each trial as it is told', async () => {
    const study = await open();
    await askAndTell(study, 60);
    expect(study.experiments.map(({ trialNumber }) => trialNumber)).toEqual(Array.from({ length: 60 }, (_, n) => n));
    const scores = study.experiments.map(({ meanCvScore }) => meanCvScore!);
    expect(study.best!.score).toBe(Math.min(...scores));
    expect(study.best!.score).toBeLessThan(0.02);
    expect(cost(study.best!.params)).toBe(study.best!.score);
    const { items } = await storage.trials.list({ studyId: 's' });
    expect(items).toEqual(study.experiments);
    expect(await storage.studies.get('s')).toMatchObject({
      metric: 'objective',
      direction: 'minimize',
      parallelism: 4,
    });
  });

  it('give the same study in whatever order the open trials are told', async () => {
    const one = await open({ studyId: 'one' });
    const other = await open({ studyId: 'other' });
    for (let round = 0; round < 8; round++) {
      for (const [study, order] of [
        [one, [0, 1, 2, 3]],
        [other, [3, 1, 0, 2]],
      ] as const) {
        const trials = [];
        for (let i = 0; i < 4; i++) trials.push(await study.ask());
        for (const i of order) await study.tell(trials[i]!, cost(trials[i]!.parameters));
      }
    }
    expect(pointsOf(other.experiments)).toEqual(pointsOf(one.experiments));
    // One at a time: the same, since trial n sees the trials up to n − W either way.
    const alone = await open({ studyId: 'alone' });
    await askAndTell(alone, 32);
    expect(pointsOf(alone.experiments)).toEqual(pointsOf(one.experiments));
  });

  it('refuse a trial that must see one still open, instead of waiting for ever', async () => {
    const study = await open({ parallelism: 2 });
    const first = await study.ask();
    const second = await study.ask();
    await study.tell(second, 1);
    await expect(study.ask()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('trial 2 must see trial 0'),
    });
    await study.tell(first, 2);
    expect((await study.ask()).trialNumber).toBe(2);
  });

  it('go on with a stored study, the trials that were open given to the next who asks', async () => {
    const whole = await open({ studyId: 'whole' });
    await askAndTell(whole, 25);
    const begun = await open();
    await askAndTell(begun, 11);
    await begun.ask();
    await begun.close();
    const resumed = await open();
    expect(resumed.experiments.length).toBe(11);
    await askAndTell(resumed, 14);
    expect(pointsOf(resumed.experiments)).toEqual(pointsOf(whole.experiments));
    expect(resumed.result).toMatchObject({ completeTrials: 25, resumedTrials: 11 });
  });

  const bad: readonly (readonly [string, unknown, RegExp])[] = [
    ['NaN', Number.NaN, /^NOT_FINITE: the value of a trial must be finite; got NaN$/],
    ['infinity', Number.NEGATIVE_INFINITY, /^NOT_FINITE: .*got -Infinity$/],
    ['a text', '0.3', /^INVALID_TYPE: the value of a trial must be a number; got the text '0\.3'$/],
    ['nothing', undefined, /^INVALID_TYPE: .*got undefined$/],
    ['a failure', { state: 'failed', reason: new TypeError('no quotes') }, /^TypeError: no quotes$/],
  ];
  for (const [what, told, notes] of bad) {
    it(`end a trial as failed that is told ${what}, and the study goes on`, async () => {
      const study = await open();
      const trial = await study.ask();
      const told0 = await study.tell(trial, told as number);
      expect(told0).toMatchObject({ state: 'failed', cvScores: [], notes: expect.stringMatching(notes) });
      expect(await storage.trials.get(told0.experimentId)).toEqual(told0);
      await askAndTell(study, 3);
      expect(study.result).toMatchObject({ completeTrials: 3, failedTrials: 1 });
      expect(study.best!.experiment.trialNumber).toBeGreaterThan(0);
    });
  }

  it('refuse to be told twice, or of a trial nobody asked for', async () => {
    const study = await open();
    const trial = await study.ask();
    await study.tell(trial.trialNumber, 1);
    await expect(study.tell(trial, 0)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(study.tell(7, 0)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(study.best!.score).toBe(1);
  });

  it('do not mix with a run: a trial that is open would hold it up for ever', async () => {
    const study = await open();
    const trial = await study.ask();
    await expect(study.optimize(cost, { nTrials: 9 })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('trial 0 must be told'),
    });
    await study.tell(trial, 1);
    const run = study.optimize(cost, { nTrials: 9 });
    await expect(study.ask()).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await run).completeTrials).toBe(9);
  });

  it('may be repeated when the storage failed', async () => {
    let fails = true;
    const { finish } = storage.trials;
    const trials = {
      ...Object.fromEntries(Object.entries(storage.trials)),
      finish: (...told: Parameters<typeof finish>) =>
        fails ? Promise.reject(new Error('disk full')) : finish.apply(storage.trials, told),
    } as PerformanceStorage['trials'];
    const study = await open({ storage: { studies: storage.studies, trials } });
    const trial = await study.ask();
    await expect(study.tell(trial, 1)).rejects.toThrow('disk full');
    fails = false;
    expect(await study.tell(trial, 1)).toMatchObject({ state: 'complete', meanCvScore: 1 });
  });
});

describe('enqueue', () => {
  const point = { x: 0.5, n: 2, on: false };

  it('has points evaluated first, in order, each once', async () => {
    const study = await open({ enqueue: [point, { ...point, n: 3 }] });
    await study.enqueue({ ...point, n: 4 });
    await study.enqueue(point);
    await askAndTell(study, 5);
    expect(
      pointsOf(study.experiments)
        .slice(0, 3)
        .map(({ n }) => n),
    ).toEqual([2, 3, 4]);
    const random = await open({ studyId: 'r', sampler: new RandomSampler(space) });
    await askAndTell(random, 5);
    expect(pointsOf(study.experiments).slice(3)).toEqual(pointsOf(random.experiments).slice(3));
  });

  it('gives a point to the next trial in the middle of a study, and it is known when the study goes on', async () => {
    const study = await open({ sampler: new RandomSampler(space) });
    await askAndTell(study, 2);
    await study.enqueue(point);
    await askAndTell(study, 1);
    expect(pointsOf(study.experiments)[2]).toEqual(point);
    const resumed = await open({ sampler: new RandomSampler(space) });
    expect(pointsOf(resumed.experiments)[2]).toEqual(point);
  });

  it.each([
    [{ x: 9, n: 2, on: false }, 'OUT_OF_RANGE'],
    [{ x: Number.NaN, n: 2, on: false }, 'NOT_FINITE'],
    [{ n: 2, on: false }, 'INVALID_RECORD'],
    [{ ...point, y: 1 }, 'INVALID_RECORD'],
    [{ ...point, on: 'yes' }, 'INVALID_TYPE'],
  ])('refuses %o', async (wrong, code) => {
    const study = await open();
    await expect(study.enqueue(wrong as InferParameters<Space>)).rejects.toMatchObject({ code });
    await expect(open({ studyId: 'at-once', enqueue: [wrong as InferParameters<Space>] })).rejects.toMatchObject({
      code,
    });
    expect(await storage.studies.get('at-once')).toBeUndefined();
    expect((await study.ask()).trialNumber).toBe(0);
  });
});

describe('optimize', () => {
  it('is asking and telling, and the same with several trials at once', async () => {
    const told = await open({ studyId: 'told' });
    await askAndTell(told, 30);
    for (const concurrency of [1, 3, 8]) {
      const study = await open({ studyId: `run-${concurrency}` });
      let running = 0;
      let peak = 0;
      const result = await study.optimize(
        async (parameters, { trialNumber }) => {
          peak = Math.max(peak, ++running);
          for (let i = 0; i < (trialNumber * 7) % 5; i++) await new Promise((resolve) => setImmediate(resolve));
          running--;
          return cost(parameters);
        },
        { nTrials: 30, concurrency },
      );
      expect(pointsOf(result.experiments)).toEqual(pointsOf(told.experiments));
      expect(peak).toBe(Math.min(concurrency, 4));
    }
  });

  it('fails the trials of an objective that throws, gives no number or never ends, and goes on', async () => {
    const study = await open({ parallelism: 1 });
    const objective = (
      _: InferParameters<Space>,
      { trialNumber, signal }: ObjectiveTrial<Space>,
    ): Promise<number> | number => {
      if (trialNumber === 1) throw new Error('no market data');
      if (trialNumber === 2) return Number.POSITIVE_INFINITY;
      if (trialNumber === 3) return 'cheap' as unknown as number;
      if (trialNumber === 4) {
        setImmediate(() => clock.advance(5_000));
        signal.addEventListener('abort', () => undefined);
        return new Promise(() => undefined);
      }
      if (trialNumber === 5) return Promise.reject(undefined);
      return trialNumber;
    };
    const result = await study.optimize(objective, { nTrials: 8, trialDeadlineMs: 5_000 });
    expect(result).toMatchObject({ completeTrials: 3, failedTrials: 5 });
    expect(result.experiments.map(({ notes }) => notes)).toEqual([
      undefined,
      'Error: no market data',
      'NOT_FINITE: the value of a trial must be finite; got Infinity',
      "INVALID_TYPE: the value of a trial must be a number; got the text 'cheap'",
      'DEADLINE_EXCEEDED: a trial must end within 5000 ms; it was ended',
      'thrown: undefined',
      undefined,
      undefined,
    ]);
    expect(result.best!.experiment.trialNumber).toBe(0);
  });

  it('prunes by what the objective reports, and keeps the reports', async () => {
    const study = await open({ pruner: new MedianPruner({ startupTrials: 3 }), parallelism: 2 });
    const result = await study.optimize(
      (parameters, trial) => {
        for (let step = 0; step < 10; step++) {
          if (trial.report(step, cost(parameters) + 1 / (step + 1)) === 'stop') return Number.NaN;
        }
        return cost(parameters);
      },
      { nTrials: 40 },
    );
    expect(result.prunedTrials).toBeGreaterThan(5);
    expect(result.failedTrials).toBe(0);
    const pruned = result.experiments.find(({ state }) => state === 'pruned')!;
    expect(pruned).toMatchObject({ cvScores: [], testMetrics: {} });
    expect(Object.keys(pruned.intermediateValues!)[0]).toBe('0');
    const complete = result.experiments[0]!;
    expect(Object.values(complete.intermediateValues!)[9]).toBeCloseTo(complete.meanCvScore! + 1 / 10, 12);
    // A study of the same id without that pruner is another.
    await expect(open({ parallelism: 2 })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('fails a trial that reports steps that are none', async () => {
    const study = await open();
    const result = await study.optimize(
      (_, trial) => {
        trial.report(3, 1);
        trial.report(2, 1);
        return 1;
      },
      { nTrials: 1 },
    );
    expect(result.experiments[0]!.notes).toMatch(/^UNSORTED: steps must be strictly ascending; got 2/);
  });

  it('ends with its signal, and what was told before stays', async () => {
    const study = await open();
    const controller = new AbortController();
    const run = study.optimize(
      (_, { trialNumber }) => {
        if (trialNumber === 3) controller.abort();
        return trialNumber;
      },
      { nTrials: 9, signal: controller.signal },
    );
    await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
    const before = study.experiments.length;
    expect(before).toBeGreaterThanOrEqual(1);
    const resumed = await open();
    expect(resumed.experiments).toEqual(study.experiments);
    expect((await resumed.optimize(({ x }) => x, { nTrials: 9 })).experiments.length).toBe(9);
  });

  it.each([
    [{ nTrials: 0 }],
    [{ nTrials: 2.5 }],
    [{ nTrials: 3, concurrency: 0 }],
    [{ nTrials: 3, trialDeadlineMs: 0 }],
    [{ nTrials: 3, timeoutMs: -1 }],
    [{ nTrials: 3, patience: 0 }],
    [{ nTrials: 3, target: Number.NaN }],
  ])('refuses %o', async (options) => {
    const study = await open();
    await expect(study.optimize(() => 1, options)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    expect(study.experiments).toEqual([]);
  });
});

describe('a study', () => {
  it.each([
    ['another seed', { seed: 'b' }, /seed \(stored "a", now "b"\)/],
    ['other data', { dataVersion: 'v2' }, /dataVersion \(stored "none", now "v2"\)/],
    ['another direction', { direction: 'maximize' as const }, /direction/],
    ['another lag', { parallelism: 3 }, /parallelism/],
    ['another sampler', { sampler: new RandomSampler(space) }, /sampler \(stored "auto", now "random"\)/],
  ])('does not go on with %s', async (_, changes, message) => {
    await askAndTell(await open(), 2);
    await expect(open(changes)).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(message) });
    expect((await storage.trials.list({ studyId: 's' })).items.length).toBe(2);
  });

  it.each([0, 1.5, 1_025])('refuses a lag of %d', async (parallelism) => {
    await expect(open({ parallelism })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    expect(await storage.studies.get('s')).toBeUndefined();
  });

  it('refuses a sampler of another space', async () => {
    const sampler = new RandomSampler(defineSpace({ ...space }));
    await expect(open({ sampler })).rejects.toMatchObject({ code: 'INVALID_RECORD' });
  });
});
