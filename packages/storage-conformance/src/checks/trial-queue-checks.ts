import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { sampleStudy } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';
import { endedTrial } from './trial-claim-checks.ts';

const ASK = { studyId: 's', owner: 'worker-1', ttlMs: 60_000, parallelism: 3, plannedTrials: 9 };
const points = [{ trees: 10 }, { trees: 20, depth: 3 }, { trees: 30 }];

/** Points that a study is to evaluate. */
export const trialQueueChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'queued points are the next trials in order, and every claim says how far the queue goes',
    async run({ storage: { studies, trials } }) {
      await studies.create(sampleStudy('s'));
      await studies.create(sampleStudy('other', { seed: 'other' }));
      const placed = points.map((parameters, trialNumber) => ({ studyId: 's', trialNumber, parameters }));
      assert.deepEqual(await studies.enqueue('s', points.slice(0, 2)), placed.slice(0, 2));
      assert.deepEqual(await studies.enqueue('s', points.slice(2)), placed.slice(2));
      assert.deepEqual(await studies.queued({ studyId: 's', limit: 10 }), placed);
      assert.deepEqual(await studies.queued({ studyId: 's', from: 1, limit: 1 }), [placed[1]]);
      assert.deepEqual(await studies.queued({ studyId: 'other', limit: 10 }), []);
      const answer = await trials.claim(ASK);
      assert.equal(answer.state === 'claimed' && answer.lastQueued, 2);
      const other = await trials.claim({ ...ASK, studyId: 'other' });
      assert.equal('lastQueued' in other, false);
    },
  },
  {
    name: 'a point queued again keeps its number, however its keys are ordered and however many queue it at once',
    async run({ storage: { studies } }) {
      await studies.create(sampleStudy('s'));
      await Promise.all(Array.from({ length: 4 }, () => studies.enqueue('s', points)));
      assert.deepEqual(await studies.enqueue('s', [{ depth: 3, trees: 20 }, { trees: 40 }]), [
        { studyId: 's', trialNumber: 1, parameters: { trees: 20, depth: 3 } },
        { studyId: 's', trialNumber: 3, parameters: { trees: 40 } },
      ]);
      assert.equal((await studies.queued({ studyId: 's', limit: 10 })).length, 4);
    },
  },
  {
    name: 'a point queued while the study runs is a trial that nobody has had',
    async run({ storage: { studies, trials } }) {
      await studies.create(sampleStudy('s'));
      await trials.save(endedTrial(2));
      const first = await trials.claim(ASK);
      await trials.claim(ASK);
      // 0 and 1 are under way, 2 has ended.
      const [queued] = await studies.enqueue('s', [points[0]!]);
      assert.equal(queued?.trialNumber, 3);
      assert.equal(first.state, 'claimed');
      if (first.state !== 'claimed') return;
      // A lost trial is given again; what is queued for it does not change.
      await trials.release(first.claim);
      assert.equal((await studies.enqueue('s', [points[1]!]))[0]?.trialNumber, 4);
    },
  },
  {
    name: 'points for an unknown study are NOT_FOUND, what is no point is refused whole',
    async run({ storage: { studies } }) {
      await expectRefusal(studies.enqueue('s', points), 'NOT_FOUND');
      await studies.create(sampleStudy('s'));
      for (const bad of [{ trees: Number.NaN }, [1], 'x', null]) {
        await expectRefusal(studies.enqueue('s', [points[0]!, bad as never]), 'INVALID_RECORD');
      }
      await expectRefusal(studies.queued({ studyId: 's', limit: 0 }), 'INVALID_QUERY');
      assert.deepEqual(await studies.enqueue('s', []), []);
      assert.deepEqual(await studies.queued({ studyId: 's', limit: 10 }), []);
    },
  },
];
