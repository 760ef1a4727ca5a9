import { ManualClock, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { defineSpace, float, HyperparameterTuner, RandomSampler, Study, type StudyOptions } from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';
import { stumpFamily } from '../a-family.ts';

const space = defineSpace({ x: float(0, 1) });
let storage: PerformanceStorage;
let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock(1_000);
  storage = openMemoryStorage({ clock });
});

/** As from JavaScript: nothing has looked at the types. */
function open(changes: Readonly<Record<string, unknown>> = {}): Promise<Study<typeof space>> {
  const options: StudyOptions<typeof space> = {
    ...{ storage, studyId: 's', searchSpace: space, direction: 'minimize', seed: 'a', clock },
    sampler: new RandomSampler(space),
  };
  return Study.open(Object.assign(options, changes));
}

describe('a study of an objective', () => {
  it.each([
    [{ duplicates: 'Skip' }, 'OUT_OF_RANGE', /duplicates must be 'reuse', 'replicate' or 'skip'; got Skip/],
    [{ pruner: {} }, 'INVALID_TYPE', /pruner must have a name/],
    [{ pruner: { name: 'p', settings: {} } }, 'INVALID_TYPE', /pruner must have a name/],
  ])('with %o is refused before anything is written', async (changes, code, message) => {
    await expect(open(changes)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect((await storage.studies.list({})).items).toEqual([]);
  });

  it.each(['trialDeadlineMs', 'timeoutMs'])('is not run with a text for %s', async (name) => {
    const study = await open();
    const options = Object.assign({ nTrials: 1 }, Object.fromEntries([[name, '5']]));
    await expect(study.optimize(({ x }) => x, options)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    expect(study.experiments).toEqual([]);
  });

  it('takes no report that is none, and keeps the others', async () => {
    const study = await open();
    const trial = await study.ask();
    const report: (step: unknown, value: unknown) => string = Object.assign(trial.report);
    expect(report(1, 3)).toBe('continue');
    expect(() => report(2, '3')).toThrowError(expect.objectContaining({ code: 'INVALID_TYPE' }));
    expect(() => report('2', 3)).toThrowError(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => report(1, 4)).toThrowError(expect.objectContaining({ code: 'UNSORTED' }));
    expect(report(2, Number.NaN)).toBe('continue');
    expect(report(3, 2)).toBe('continue');
    expect((await study.tell(trial, 1)).intermediateValues).toEqual({ 1: 3, 3: 2 });
  });
});

it('a tuner refuses a pruner that is none', () => {
  const pruner = Object.assign({ name: 'p', settings: {}, shouldPrune: () => false }, { shouldPrune: 'yes' });
  expect(
    () =>
      new HyperparameterTuner(
        Object.assign({ family: stumpFamily(), storage, seed: 's' }, { pruner: Object.create(pruner) }),
      ),
  ).toThrowError(expect.objectContaining({ code: 'INVALID_TYPE' }));
});
