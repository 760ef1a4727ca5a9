import assert from 'node:assert/strict';
import type { PerformanceStorage, TrainingExperiment, TrialClaim, TrialClaimRequest } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { numbered, sampleExperiment, sampleStudy } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const ASK: TrialClaimRequest = { studyId: 's', owner: 'worker-1', ttlMs: 60_000, parallelism: 3, plannedTrials: 5 };

/** How trial `number` of the study ended. */
export function endedTrial(number: number, changes: Partial<TrainingExperiment> = {}): TrainingExperiment {
  return sampleExperiment(numbered('trial', number), { studyId: 's', trialNumber: number, ...changes });
}

async function claimed({ trials }: PerformanceStorage, changes: Partial<TrialClaimRequest> = {}): Promise<TrialClaim> {
  const answer = await trials.claim({ ...ASK, ...changes });
  return answer.state === 'claimed' ? answer.claim : assert.fail(`a trial must be given; got '${answer.state}'`);
}

async function claimNumbers(storage: PerformanceStorage, count: number): Promise<TrialClaim[]> {
  const claims: TrialClaim[] = [];
  for (let i = 0; i < count; i++) claims.push(await claimed(storage));
  return claims;
}

export const trialClaimChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'claims give the trials 0, 1, 2 …, each to one worker, also when many ask at once',
    async run({ storage }) {
      await storage.studies.create(sampleStudy('s'));
      const wide = { parallelism: 100, plannedTrials: 100 };
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_, i) => claimed(storage, { ...wide, owner: `worker-${i}` })),
      );
      assert.deepEqual(
        claims.map(({ trialNumber }) => trialNumber).sort((a, b) => a - b),
        [...Array(12).keys()],
      );
      assert.deepEqual(
        await storage.trials.claims('s'),
        [...claims].sort((a, b) => a.trialNumber - b.trialNumber),
      );
      for (const { studyId, token, losses } of claims) assert.deepEqual([studyId, token > 0, losses], ['s', true, 0]);
    },
  },
  {
    name: 'trial n is given when every trial up to n − W has ended, and not before',
    async run({ storage }) {
      const { trials, studies } = storage;
      await studies.create(sampleStudy('s'));
      const [first, second, third] = await claimNumbers(storage, 3);
      assert.deepEqual(await trials.claim(ASK), { state: 'waiting', unfinished: 3 });
      await trials.finish(endedTrial(1), second!);
      await trials.finish(endedTrial(2, { state: 'pruned' }), third!);
      assert.deepEqual(await trials.claim(ASK), { state: 'waiting', unfinished: 1 });
      await trials.finish(endedTrial(0, { state: 'failed' }), first!);
      assert.equal((await claimed(storage)).trialNumber, 3);
      assert.equal((await claimed(storage)).trialNumber, 4);
    },
  },
  {
    name: 'no trial beyond the planned number is given; when the last has ended, so has the study, until more are planned',
    async run({ storage }) {
      const { trials, studies } = storage;
      await studies.create(sampleStudy('s'));
      const ask = { ...ASK, plannedTrials: 2 };
      const claims = [await claimed(storage, ask), await claimed(storage, ask)];
      assert.deepEqual(await trials.claim(ask), { state: 'waiting', unfinished: 2 });
      for (const claim of claims) await trials.finish(endedTrial(claim.trialNumber), claim);
      assert.deepEqual(await trials.claim(ask), { state: 'ended' });
      assert.deepEqual(await trials.claims('s'), []);
      assert.equal((await claimed(storage, { plannedTrials: 3 })).trialNumber, 2);
      assert.deepEqual(
        await trials.claim(ask),
        { state: 'ended' },
        'what others have planned beyond is not waited for',
      );
    },
  },
  {
    name: 'a released trial is given again at once, before any new one, under a higher token and with no loss',
    async run({ storage }) {
      const { trials, studies } = storage;
      await studies.create(sampleStudy('s'));
      const [, second, third] = await claimNumbers(storage, 3);
      await trials.release(third!);
      await trials.release(second!);
      await trials.release(second!);
      const again = await claimed(storage, { owner: 'worker-2' });
      assert.deepEqual([again.trialNumber, again.owner, again.losses], [1, 'worker-2', 0]);
      assert.ok(again.token > second!.token);
      assert.equal((await claimed(storage)).trialNumber, 2);
    },
  },
  {
    name: 'a worker whose trial was taken over is FENCED: it writes nothing, renews nothing and frees nothing',
    async run({ storage }) {
      const { trials, studies } = storage;
      await studies.create(sampleStudy('s'));
      const late = await claimed(storage);
      await trials.release(late);
      await expectRefusal(trials.finish(endedTrial(0), late), 'FENCED');
      const held = await claimed(storage, { owner: 'worker-2' });
      await expectRefusal(trials.finish(endedTrial(0), late), 'FENCED');
      assert.deepEqual(await trials.renew([late], 1_000), []);
      await trials.release(late);
      assert.deepEqual(await trials.claims('s'), [held]);
      assert.equal(await trials.get(endedTrial(0).experimentId), undefined);
      const ended = endedTrial(0, { notes: 'by the second' });
      await trials.finish(ended, held);
      await expectRefusal(trials.finish(endedTrial(0), late), 'FENCED');
      await expectRefusal(trials.finish(ended, { ...held, token: held.token + 1 }), 'FENCED');
      await expectRefusal(trials.finish(endedTrial(4), { studyId: 's', trialNumber: 4, token: 1 }), 'FENCED');
      assert.deepEqual(await trials.finished({ studyId: 's', limit: 10 }), [ended]);
    },
  },
  {
    name: 'a trial ends once: the same end again is left alone, another is CONFLICT',
    async run({ storage }) {
      const { trials, studies } = storage;
      await studies.create(sampleStudy('s'));
      const claim = await claimed(storage);
      await trials.finish(endedTrial(0), claim);
      await trials.finish(endedTrial(0), claim);
      await expectRefusal(trials.finish(endedTrial(0, { meanCvScore: 0.99 }), claim), 'CONFLICT');
      assert.deepEqual(await trials.get(endedTrial(0).experimentId), endedTrial(0));
      assert.deepEqual(await trials.renew([claim], 1_000), []);
      assert.equal(
        (await trials.best({ studyId: 's', metric: 'accuracy', direction: 'maximize', limit: 5 })).length,
        1,
      );
    },
  },
  {
    name: 'a trial that a dead worker left running is given again, and ends as the new worker says',
    async run({ storage }) {
      const { trials, studies } = storage;
      await studies.create(sampleStudy('s'));
      const { meanCvScore: _mean, stdCvScore: _std, ...rest } = endedTrial(0);
      await trials.save({ ...rest, state: 'running', cvScores: [], testMetrics: {}, trainingTimeSeconds: 0 });
      const claim = await claimed(storage);
      assert.equal(claim.trialNumber, 0);
      const ended = endedTrial(0, { createdAt: rest.createdAt + 5, hyperparameters: { trees: 7 } });
      await trials.finish(ended, claim);
      assert.deepEqual(await trials.get(ended.experimentId), ended);
      assert.equal((await trials.list({ state: 'running' })).items.length, 0);
    },
  },
  {
    name: 'trials saved without a claim are passed over, and end the claim on their number',
    async run({ storage }) {
      const { trials, studies } = storage;
      await studies.create(sampleStudy('s'));
      for (const number of [0, 1, 3]) await trials.save(endedTrial(number));
      const claim = await claimed(storage);
      assert.equal(claim.trialNumber, 2);
      assert.equal((await claimed(storage)).trialNumber, 4);
      await trials.save(endedTrial(2));
      assert.deepEqual(
        (await trials.claims('s')).map(({ trialNumber }) => trialNumber),
        [4],
      );
      await expectRefusal(trials.finish(endedTrial(2, { notes: 'late' }), claim), 'CONFLICT');
      assert.deepEqual(await trials.claim(ASK), { state: 'waiting', unfinished: 1 });
    },
  },
  {
    name: 'finished trials of a study are read by number, in ranges and up to a limit',
    async run({ storage: { trials } }) {
      for (const number of [4, 0, 2, 1_000]) await trials.save(endedTrial(number));
      await trials.save(sampleExperiment('other', { studyId: 'other', trialNumber: 1 }));
      await trials.save(sampleExperiment('none', { studyId: 's' }));
      await trials.save(endedTrial(1, { state: 'running' }));
      const numbers = async (query: object) =>
        (await trials.finished({ studyId: 's', limit: 10, ...query })).map(({ trialNumber }) => trialNumber);
      assert.deepEqual(await numbers({}), [0, 2, 4, 1_000]);
      assert.deepEqual(await numbers({ from: 1, to: 4 }), [2, 4]);
      assert.deepEqual(await numbers({ from: 3 }), [4, 1_000]);
      assert.deepEqual(await numbers({ from: 5, to: 4 }), []);
      assert.deepEqual(await numbers({ limit: 2 }), [0, 2]);
      for (const change of [{ limit: 0 }, { limit: 1_001 }, { from: -1 }, { to: 0.5 }, { number: 1 }]) {
        await expectRefusal(trials.finished({ studyId: 's', limit: 5, ...change } as never), 'INVALID_QUERY');
      }
    },
  },
  {
    name: 'a claim of an unknown study is NOT_FOUND; bad requests and ends are refused before anything is written',
    async run({ storage }) {
      const { trials, studies } = storage;
      await expectRefusal(trials.claim(ASK), 'NOT_FOUND');
      await studies.create(sampleStudy('s'));
      for (const change of [
        { owner: '' },
        { ttlMs: 0 },
        { ttlMs: 86_400_001 },
        { parallelism: 0 },
        { plannedTrials: 0 },
      ]) {
        await expectRefusal(trials.claim({ ...ASK, ...change }), 'INVALID_RECORD');
      }
      const claim = await claimed(storage);
      assert.equal(claim.trialNumber, 0);
      await expectRefusal(trials.finish(endedTrial(0, { state: 'running' }), claim), 'INVALID_RECORD');
      await expectRefusal(trials.finish(endedTrial(1), claim), 'INVALID_RECORD');
      await expectRefusal(trials.finish(endedTrial(0, { studyId: 'other' }), claim), 'INVALID_RECORD');
      await expectRefusal(trials.renew([claim], 0), 'INVALID_RECORD');
      assert.deepEqual(await trials.claims('s'), [claim]);
    },
  },
  {
    name: 'a claim that has run out is given on and counts as a loss; until then, and when renewed, it is not',
    needs: ['steered-clock'],
    async run({ storage, clock }) {
      const { trials, studies } = storage;
      await studies.create(sampleStudy('s'));
      const [first, second] = await claimNumbers(storage, 2);
      clock.advance(ASK.ttlMs - 1);
      const [renewed] = await trials.renew([first!], ASK.ttlMs);
      assert.deepEqual(renewed, { ...first!, expiresAt: clock.now() + ASK.ttlMs });
      clock.advance(1);
      const taken = await claimed(storage, { owner: 'worker-2' });
      assert.deepEqual([taken.trialNumber, taken.losses], [1, 1]);
      await expectRefusal(trials.finish(endedTrial(1), second!), 'FENCED');
      clock.advance(ASK.ttlMs);
      const again = await claimNumbers(storage, 2);
      assert.deepEqual(
        again.map(({ trialNumber, losses }) => [trialNumber, losses]),
        [
          [0, 1],
          [1, 2],
        ],
      );
      await trials.finish(endedTrial(1), again[1]!);
      assert.deepEqual(await trials.claims('s'), [again[0]]);
    },
  },
  {
    name: 'a claim that has run out still counts while nobody has taken the trial over',
    needs: ['steered-clock'],
    async run({ storage, clock }) {
      const { trials, studies } = storage;
      await studies.create(sampleStudy('s'));
      const [first, second] = await claimNumbers(storage, 2);
      clock.advance(10 * ASK.ttlMs);
      assert.deepEqual(await trials.claims('s'), [first, second]);
      const held = await trials.renew([second!], ASK.ttlMs);
      assert.deepEqual(
        held.map(({ trialNumber, expiresAt }) => [trialNumber, expiresAt > clock.now()]),
        [[1, true]],
      );
      await trials.finish(endedTrial(0), first!);
      assert.equal((await claimed(storage)).trialNumber, 2);
    },
  },
  {
    name: 'claims and ends are part of the transaction they are made in',
    async run({ storage }) {
      await storage.studies.create(sampleStudy('s'));
      const claim = await claimed(storage);
      const broken = storage.transaction(async (tx) => {
        await tx.trials.finish(endedTrial(0), claim);
        assert.equal((await tx.trials.claim(ASK)).state, 'claimed');
        throw new Error('taken back');
      });
      await assert.rejects(broken, /taken back/);
      assert.deepEqual(await storage.trials.claims('s'), [claim]);
      assert.deepEqual(await storage.trials.finished({ studyId: 's', limit: 5 }), []);
      assert.equal((await claimed(storage)).trialNumber, 1);
    },
  },
  {
    name: 'trials that two processes claim at once are all given, each to one, and what each ends is kept once',
    needs: ['processes'],
    async run({ storage, startProcesses }) {
      await storage.studies.create(sampleStudy('s'));
      const processes = await startProcesses(2, 'same');
      await Promise.all(processes.map((process) => process.run('open', null)));
      const plannedTrials = 30;
      const given = await Promise.all(
        processes.map((process, i) =>
          process.run('claimTrials', { ...ASK, owner: `p${i}`, parallelism: 4, plannedTrials }),
        ),
      );
      assert.deepEqual(
        given.flat().sort((a, b) => a - b),
        [...Array(plannedTrials).keys()],
      );
      assert.deepEqual(await storage.trials.claim({ ...ASK, plannedTrials }), { state: 'ended' });
      const ended = await storage.trials.finished({ studyId: 's', limit: 100 });
      assert.deepEqual(
        ended.map(({ trialNumber }) => trialNumber),
        [...Array(plannedTrials).keys()],
      );
    },
  },
];
