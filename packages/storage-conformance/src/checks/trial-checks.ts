import assert from 'node:assert/strict';
import type { TrainingExperiment } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { START, sampleExperiment } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const full = sampleExperiment('full', {
  studyId: 's',
  trialNumber: 0,
  featureImportance: { rsi: 0.75, atr: 0.25 },
  intermediateValues: { '1': 0.5, '2': 0.55 },
  notes: '',
});

function running(experimentId: string, changes: Partial<TrainingExperiment> = {}): TrainingExperiment {
  const { meanCvScore: _mean, stdCvScore: _std, ...rest } = sampleExperiment(experimentId, changes);
  return { ...rest, state: 'running', cvScores: [], testMetrics: {}, trainingTimeSeconds: 0 };
}

export const trialChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'an experiment comes back as it was saved; saved again it is left alone',
    async run({ storage: { trials } }) {
      await trials.save(full);
      await trials.save(full);
      await trials.save(running('bare'));
      assert.deepEqual(await trials.get('full'), full);
      assert.deepEqual(await trials.get('bare'), running('bare'));
      assert.equal(await trials.get('none'), undefined);
    },
  },
  {
    name: 'a running experiment is replaced by its finished form, once',
    async run({ storage: { trials } }) {
      for (const state of ['complete', 'pruned', 'failed'] as const) {
        const finished = sampleExperiment(state, { state, studyId: 's' });
        await trials.save(running(state, { studyId: 's' }));
        await trials.save(finished);
        await trials.save(finished);
        assert.deepEqual(await trials.get(state), finished);
        await expectRefusal(trials.save(running(state, { studyId: 's' })), 'CONFLICT');
        await expectRefusal(trials.save({ ...finished, meanCvScore: 0.99 }), 'CONFLICT');
        assert.deepEqual(await trials.get(state), finished);
      }
      assert.equal((await trials.list({ state: 'running' })).items.length, 0);
    },
  },
  {
    name: 'a finished form of another study, number, type, set of hyperparameters or time is CONFLICT',
    async run({ storage: { trials } }) {
      const started = running('t', { studyId: 's', trialNumber: 3 });
      const finished = sampleExperiment('t', { studyId: 's', trialNumber: 3 });
      await trials.save(started);
      const changed: readonly Partial<TrainingExperiment>[] = [
        { studyId: 'other' },
        { trialNumber: 4 },
        { modelType: 'lstm' },
        { hyperparameters: { trees: 101 } },
        { createdAt: START + 1 },
      ];
      for (const change of changed) await expectRefusal(trials.save({ ...finished, ...change }), 'CONFLICT');
      assert.deepEqual(await trials.get('t'), started);
      await trials.save(finished);
      assert.deepEqual(await trials.get('t'), finished);
    },
  },
  {
    name: 'a study has one trial of each number, also when two are saved at once',
    async run({ storage: { trials } }) {
      await trials.save(sampleExperiment('a', { studyId: 's', trialNumber: 0 }));
      await expectRefusal(trials.save(sampleExperiment('b', { studyId: 's', trialNumber: 0 })), 'CONFLICT');
      assert.equal(await trials.get('b'), undefined);
      await trials.save(sampleExperiment('c', { studyId: 's', trialNumber: 1 }));
      await trials.save(sampleExperiment('d', { studyId: 'other', trialNumber: 0 }));
      await trials.save(sampleExperiment('e', { studyId: 's' }));
      await trials.save(sampleExperiment('f', { studyId: 's' }));
      const claims = ['g', 'h', 'i'].map((id) => trials.save(sampleExperiment(id, { studyId: 's', trialNumber: 9 })));
      const results = await Promise.allSettled(claims);
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    },
  },
  {
    name: 'best ranks complete experiments by a metric in its direction, ties to the older, then by id',
    async run({ storage: { trials } }) {
      const save = (id: string, changes: Partial<TrainingExperiment>) => trials.save(sampleExperiment(id, changes));
      await save('mid', { meanCvScore: 0.6, createdAt: START + 3 });
      await save('tie-b', { meanCvScore: 0.7, createdAt: START + 1 });
      await save('tie-a', { meanCvScore: 0.7, createdAt: START + 1 });
      await save('older', { meanCvScore: 0.7, createdAt: START });
      await save('low', { meanCvScore: -0.1, createdAt: START });
      await save('pruned', { meanCvScore: 0.99, state: 'pruned' });
      await trials.save(running('running'));
      const { meanCvScore: _none, ...unscored } = sampleExperiment('unscored');
      await trials.save(unscored);
      const ids = async (direction: 'maximize' | 'minimize', limit: number) =>
        (await trials.best({ metric: 'meanCvScore', direction, limit })).map((trial) => trial.experimentId);
      assert.deepEqual(await ids('maximize', 10), ['older', 'tie-a', 'tie-b', 'mid', 'low']);
      assert.deepEqual(await ids('maximize', 2), ['older', 'tie-a']);
      assert.deepEqual(await ids('minimize', 10), ['low', 'mid', 'older', 'tie-a', 'tie-b']);
    },
  },
  {
    name: 'best takes any test metric by its exact name, and filters by study and model type',
    async run({ storage: { trials } }) {
      const odd = `log'loss "1%_"`;
      await trials.save(sampleExperiment('a', { testMetrics: { [odd]: 0.3 }, studyId: 's1' }));
      await trials.save(sampleExperiment('b', { testMetrics: { [odd]: 0.2 }, studyId: 's2', modelType: 'lstm' }));
      await trials.save(sampleExperiment('c', { testMetrics: { meanCvScore: 9 }, meanCvScore: 0.1 }));
      const ask = async (query: object) =>
        (await trials.best({ metric: odd, direction: 'minimize', limit: 5, ...query })).map((t) => t.experimentId);
      assert.deepEqual(await ask({}), ['b', 'a']);
      assert.deepEqual(await ask({ studyId: 's1' }), ['a']);
      assert.deepEqual(await ask({ modelType: 'lstm' }), ['b']);
      assert.deepEqual(await ask({ studyId: 's1', modelType: 'lstm' }), []);
      assert.deepEqual(await ask({ metric: 'constructor' }), []);
      assert.deepEqual(await ask({ metric: 'meanCvScore', direction: 'minimize', limit: 1 }), ['c']);
    },
  },
  {
    name: 'a query for the best refuses a bad limit, metric or direction and an unknown key',
    async run({ storage: { trials } }) {
      const good = { metric: 'meanCvScore', direction: 'maximize', limit: 5 } as const;
      for (const change of [
        { limit: 0 },
        { limit: 1_001 },
        { metric: '' },
        { direction: 'up' },
        { state: 'complete' },
      ]) {
        await expectRefusal(trials.best({ ...good, ...change } as never), 'INVALID_QUERY');
      }
    },
  },
  {
    name: 'experiments are listed by creation, then id, and found by study, model type and state',
    async run({ storage: { trials } }) {
      await trials.save(sampleExperiment('b', { createdAt: START + 1, studyId: 's' }));
      await trials.save(sampleExperiment('a', { createdAt: START + 1, modelType: 'lstm' }));
      await trials.save(sampleExperiment('c', { createdAt: START, state: 'failed' }));
      const ids = async (filter: object) => (await trials.list(filter)).items.map((trial) => trial.experimentId);
      assert.deepEqual(await ids({}), ['c', 'a', 'b']);
      assert.deepEqual(await ids({ studyId: 's' }), ['b']);
      assert.deepEqual(await ids({ modelType: 'lstm' }), ['a']);
      assert.deepEqual(await ids({ state: 'failed' }), ['c']);
      assert.deepEqual(await ids({ state: 'complete', modelType: 'random-forest' }), ['b']);
    },
  },
];
