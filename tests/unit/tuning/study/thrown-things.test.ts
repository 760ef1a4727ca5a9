import { ManualClock } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { defineSpace, float, RandomSampler, Study } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

const space = defineSpace({ x: float(0, 1) });

const UNREADABLE: readonly (readonly [string, unknown])[] = [
  ['an object without a prototype', Object.create(null)],
  ['a text of its own that throws', { toString: () => assertNever() }],
  ['an error whose message throws', Object.defineProperty(new Error('x'), 'message', { get: () => assertNever() })],
  ['an error with a symbol for its name', Object.assign(new Error('x'), { name: Symbol('n') })],
];

function assertNever(): never {
  throw new Error('no text');
}

function aStudy() {
  const clock = new ManualClock(1_000);
  return Study.open({
    storage: openMemoryStorage({ clock }),
    studyId: 's',
    searchSpace: space,
    direction: 'minimize',
    seed: 'a',
    clock,
    sampler: new RandomSampler(space),
    parallelism: 1,
  });
}

describe.each(UNREADABLE)('%s', (_what, thrown) => {
  it('fails the trial whose objective throws it, and the study goes on', async () => {
    const study = await aStudy();
    let trials = 0;
    const result = await study.optimize(
      () => {
        if (trials++ === 0) throw thrown;
        return 1;
      },
      { nTrials: 2 },
    );
    expect(result).toMatchObject({ completeTrials: 1, failedTrials: 1 });
    expect(result.experiments[0]!.notes).toMatch(/^thrown: a value of type object that cannot be shown$/);
  });

  it('may be told as the reason of a failure', async () => {
    const study = await aStudy();
    const experiment = await study.tell(await study.ask(), { state: 'failed', reason: thrown });
    expect(experiment).toMatchObject({ state: 'failed', notes: expect.stringContaining('cannot be shown') });
  });
});
