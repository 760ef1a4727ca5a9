import {
  boolean,
  defineSpace,
  float,
  int,
  linearConstraint,
  ManualClock,
  type TuningRequest,
  when,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { retrainingTuner } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { pointFrom } from '../../../packages/tuning/src/optimizer/point-from.ts';
import { stumpFamily } from './a-family.ts';
import { aSeries } from './a-series.ts';

const request = (change: Partial<TuningRequest> = {}): TuningRequest => ({
  ...{ data: aSeries(200), modelType: 'stump', enqueue: [], seed: 's' },
  ...{ maxTrials: 12, deadlineMs: 60_000, signal: new AbortController().signal },
  ...change,
});

describe('the tuner of a retraining', () => {
  const tunerOn = (storage = openMemoryStorage({ clock: new ManualClock(1_000) })) => ({
    storage,
    tuner: retrainingTuner({ families: [stumpFamily()], storage, clock: new ManualClock(1_000) }),
  });

  it('tries the champion first, keeps what is not searched, and gives the best of all', async () => {
    const { storage, tuner } = tunerOn();
    const champion = { column: 1, threshold: 0.4, inverted: false, jitter: 0 };
    const found = await tuner.tune(request({ enqueue: [champion, { column: 0, threshold: 99 }] }));
    const { items } = await storage.trials.list({ studyId: found.studyId }, { limit: 100 });
    const [first, second] = items.toSorted((a, b) => a.trialNumber! - b.trialNumber!);
    expect(first!.hyperparameters).toEqual(champion);
    // What the space does not allow is the family's default.
    expect(second!.hyperparameters).toEqual({ column: 0, threshold: 0, inverted: false, jitter: 0 });
    expect(items).toHaveLength(12);
    expect(found.hyperparameters).toMatchObject({ column: 0, inverted: false, jitter: 0 });
    expect(found).toMatchObject({ completeTrials: 12, evidence: { against: 'incumbent', tried: 12 } });
    expect(found.score).toBeGreaterThan(first!.meanCvScore!);
    expect(found.suggestions!.length).toBeGreaterThan(0);
  });

  it('compares with the champion as it is, also where it lies outside of the space', async () => {
    const storage = openMemoryStorage({ clock: new ManualClock(1_000) });
    const searchSpaces = { stump: defineSpace({ threshold: float(0.1, 0.8) }) };
    const tuner = retrainingTuner({ families: [stumpFamily()], storage, searchSpaces, clock: new ManualClock(1_000) });
    const champion = { column: 0, threshold: -0.5, inverted: false, jitter: 0 };
    const found = await tuner.tune(request({ enqueue: [champion], maxTrials: 3 }));
    expect(found.evidence).toMatchObject({ against: 'incumbent' });
    const study = await storage.studies.get(found.studyId);
    expect(study!.settings).toMatchObject({ incumbent: champion });
    expect(found.hyperparameters).toMatchObject({ column: 0, inverted: false, jitter: 0 });
  });

  it('begins with earlier studies that are of the same kind, and passes over the others', async () => {
    const { storage, tuner } = tunerOn();
    const first = await tuner.tune(request());
    const second = await tuner.tune(request({ seed: 't', warmStartStudies: [first.studyId, 'gone'], maxTrials: 3 }));
    const study = await storage.studies.get(second.studyId);
    expect(JSON.stringify(study!.settings)).toContain(first.studyId);
    expect(second.completeTrials).toBe(3);
  });

  it('ends when it is told to, refuses a type it does not know, and says when nothing could be trained', async () => {
    const { tuner } = tunerOn();
    await expect(tuner.tune(request({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(tuner.tune(request({ modelType: 'lstm' }))).rejects.toMatchObject({ code: 'UNKNOWN_MODEL_TYPE' });
    const failing = request({ enqueue: [{ failFrom: 0 }], maxTrials: 2 });
    await expect(tuner.tune(failing)).rejects.toMatchObject({ code: 'TRAINING_FAILED' });
  });
});

describe('a point from hyperparameters', () => {
  const space = defineSpace({ bagging: boolean(), share: when('bagging', true, float(0.1, 0.9)), depth: int(1, 5) });

  it('takes what is allowed, and the fallback in place of the rest', () => {
    const fallback = { bagging: false, depth: 2 };
    expect(pointFrom(space, { bagging: true, share: 0.3, depth: 9, other: 1 }, fallback)).toEqual({
      bagging: true,
      share: 0.3,
      depth: 2,
    });
    expect(pointFrom(space, { share: 0.3 }, fallback)).toEqual({ bagging: false, depth: 2 });
  });

  it('is none where a value is missing or a constraint broken', () => {
    expect(pointFrom(space, { bagging: true }, { depth: 2 })).toBeUndefined();
    const bounded = defineSpace({ a: int(0, 9), b: int(0, 9) }, [linearConstraint({ a: 1, b: 1 }, { atMost: 10 })]);
    expect(pointFrom(bounded, { a: 9, b: 9 }, {})).toBeUndefined();
    expect(pointFrom(bounded, { a: 1, b: 9 }, {})).toEqual({ a: 1, b: 9 });
  });
});
