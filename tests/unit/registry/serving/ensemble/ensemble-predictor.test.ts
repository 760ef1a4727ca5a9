import { join } from 'node:path';
import {
  type JsonObject,
  ManualClock,
  type ModelFamily,
  PerformanceMonitor,
  type PerformanceStorage,
  type Prediction,
  type TrainedModel,
  type Weighting,
} from '@mlperf/core';
import {
  EnsemblePredictor,
  type EnsemblePredictorOptions,
  halfBrierLoss,
  type MembersChangedEvent,
  ModelRegistry,
  type RegisterModelRequest,
} from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../storage-sqlite/temporary-directory.ts';
import { disposals, type Rule, ruleFamily, serialized } from '../../rule-family.ts';

const modelName = 'BTC-USD/1h/ensemble';
const members = ['forest', 'boosting', 'lstm'];
const rising = { symbol: 'BTC-USD', features: { momentum: 1, volume: 5, rsi: 60 } };

/** w ← w · (1 − loss/2), scaled: easy to follow by hand. */
const halving: Weighting = {
  rule: { name: 'halving' },
  start: (count) => ({ weights: new Array<number>(count).fill(1 / count) }),
  update(state, losses) {
    const raw = weightsIn(state).map((weight, i) => weight * (1 - (losses[i] ?? 0) / 2));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { weights: raw.map((weight) => weight / total) };
  },
  weights: (state) => Float64Array.from(weightsIn(state)),
};

function weightsIn(state: JsonObject): readonly number[] {
  return Array.isArray(state.weights) ? state.weights.map(Number) : [];
}

describe('the ensemble predictor', () => {
  let clock: ManualClock;
  let storage: PerformanceStorage;
  let registry: ModelRegistry;
  let recorded: Prediction[];
  const recorder = {
    async recordPrediction(prediction: Prediction) {
      recorded.push(prediction);
    },
  };

  beforeEach(async () => {
    clock = new ManualClock(1_000);
    storage = openMemoryStorage({ clock });
    registry = await ModelRegistry.open({ storage, clock });
    recorded = [];
    disposals.length = 0;
  });

  async function promote(
    name: string,
    certainty: number,
    rule: Partial<Rule> = {},
    change: Partial<RegisterModelRequest> = {},
  ): Promise<string> {
    const model = serialized({ follow: true, certainty, featureNames: ['momentum'], ...rule });
    const figures = { flatBand: 0, hyperparameters: {}, trainingMetrics: {}, dataVersion: 'd' };
    const { versionId } = await registry.registerModel({ modelName: name, model, ...figures, ...change });
    const expectedActive = (await registry.getSlot(name))?.championVersionId;
    await registry.promoteToProduction(versionId, { expectedActive });
    return versionId;
  }

  const open = (change: Partial<EnsemblePredictorOptions> = {}) =>
    EnsemblePredictor.open({
      ...{ source: registry, storage, modelName, members, families: [ruleFamily], recorder, clock },
      ...change,
    });

  async function promoteThree(): Promise<readonly string[]> {
    return [
      await promote('forest', 0.9),
      await promote('boosting', 0.6, { featureNames: ['momentum', 'volume'] }),
      await promote('lstm', 0.7, { follow: false, featureNames: ['rsi'] }),
    ];
  }

  it('answers with the mean of its members and records them beside it', async () => {
    const versions = await promoteThree();
    const ensemble = await open();
    const result = await ensemble.ensemblePredict({ ...rising, id: 'p1', referencePrice: 100, dueAt: 2_000 });
    if (result.status !== 'predicted') throw new Error(result.message);
    // up: 0.9, 0.6 and 1 − 0.7
    expect(result.prediction).toMatchObject({
      id: 'p1',
      role: 'live',
      modelName,
      modelVersionId: ensemble.versionId,
      direction: 'up',
      referencePrice: 100,
      dueAt: 2_000,
    });
    expect(result.prediction.confidence).toBeCloseTo((0.9 + 0.6 + 0.3) / 3, 12);
    expect(result.prediction.features.forest).toBe(0.9);
    expect(result.members.map(({ memberName, weight }) => [memberName, weight])).toEqual(
      members.map((name) => [name, 1 / 3]),
    );
    expect(
      recorded.map(({ id, role, decisionId, modelVersionId, direction }) => [
        id,
        role,
        decisionId,
        modelVersionId,
        direction,
      ]),
    ).toEqual([
      ['p1', 'live', 'p1', ensemble.versionId, 'up'],
      ['p1|member|forest', 'member', 'p1', versions[0], 'up'],
      ['p1|member|boosting', 'member', 'p1', versions[1], 'up'],
      ['p1|member|lstm', 'member', 'p1', versions[2], 'down'],
    ]);
  });

  it('is one version of its name, whatever process asks, and another one when its recipe is another', async () => {
    const first = await open();
    const second = await EnsemblePredictor.open({
      ...{ source: await ModelRegistry.open({ storage }), storage, modelName, members, families: [], clock },
    });
    expect(second.versionId).toBe(first.versionId);
    expect(first.versionId).toMatch(/^ens-[0-9a-f]{32}$/);
    const weighted = await open({ weighting: halving });
    const fewer = await open({ members: members.slice(0, 2) });
    expect(new Set([first, weighted, fewer].map(({ versionId }) => versionId)).size).toBe(3);
    const history = await registry.getModelHistory(modelName);
    expect(history.map(({ modelType, version }) => [modelType, version]).sort()).toEqual([
      ['ensemble', 1],
      ['ensemble', 2],
      ['ensemble', 3],
    ]);
  });

  it('registered by two processes at one time is one version', async () => {
    const other = new ManualClock(9_000);
    const versions = await Promise.all([open(), open({ clock: other })]);
    expect(versions[0]!.versionId).toBe(versions[1]!.versionId);
    expect(await registry.getModelHistory(modelName)).toHaveLength(1);
  });

  it('leaves out members that have no answer, scales the weights of the others, and says so when that changes', async () => {
    await promote('forest', 0.9);
    await promote('boosting', 0.6, { featureNames: ['funding'] });
    const changes: MembersChangedEvent[] = [];
    const ensemble = await open();
    ensemble.on('members-changed', (event) => void changes.push(event));
    for (let i = 0; i < 2; i++) {
      const result = await ensemble.ensemblePredict({ ...rising, predictedAt: i });
      expect(result).toMatchObject({ status: 'predicted', prediction: { confidence: 0.9 } });
      expect(result.members.map(({ weight, unavailable }) => [weight, unavailable?.reason])).toEqual([
        [1, undefined],
        [0, 'failed'],
        [0, 'no-active-model'],
      ]);
    }
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({
      answering: ['forest'],
      unavailable: [{ memberName: 'boosting' }, { memberName: 'lstm' }],
    });
    expect(changes[0]!.unavailable[0]!.message).toContain('missing funding');
    await promote('boosting', 0.7);
    await promote('lstm', 0.8);
    await ensemble.refresh();
    const whole = await ensemble.ensemblePredict({ ...rising, predictedAt: 5 });
    expect(whole.members.every(({ answer }) => answer !== undefined)).toBe(true);
    expect(changes[1]).toMatchObject({ answering: members, unavailable: [] });
  });

  it.each<[string, (() => Promise<unknown>)[], string]>([
    ['nothing is promoted', [], 'no-active-model'],
    ['all are expired', [() => promoteThree(), async () => clock.advance(10_001)], 'expired'],
    [
      'one is expired and the others are not there',
      [() => promote('forest', 0.9), async () => clock.advance(10_001)],
      'failed',
    ],
  ])('gives a reason when %s', async (_what, steps, reason) => {
    for (const step of steps) await step();
    const ensemble = await open({ maxAgeMs: 10_000 });
    const result = await ensemble.ensemblePredict(rising);
    expect(result).toMatchObject({ status: 'unavailable', reason });
    expect(result.members).toHaveLength(3);
    expect(recorded).toEqual([]);
  });

  it('is suspended by its own slot, and a member by its own', async () => {
    await promoteThree();
    const ensemble = await open();
    await storage.slots.update('lstm', { suspended: true });
    await ensemble.refresh();
    const without = await ensemble.ensemblePredict(rising);
    expect(without.members.map(({ unavailable }) => unavailable?.reason)).toEqual([undefined, undefined, 'suspended']);
    await storage.slots.update(modelName, { suspended: true });
    await ensemble.refresh();
    expect(await ensemble.ensemblePredict(rising)).toMatchObject({ status: 'unavailable', reason: 'suspended' });
  });

  it('refuses a member of another flat band or with a class it does not know', async () => {
    await promote('forest', 0.9);
    await promote('boosting', 0.6, {}, { flatBand: 0.01 });
    const ensemble = await open();
    const result = await ensemble.ensemblePredict(rising);
    expect(result.members[1]!.unavailable).toMatchObject({
      reason: 'failed',
      message: expect.stringContaining("must be the ensemble's, 0; got 0.01"),
    });
  });

  it('waits for no member longer than it is given', async () => {
    await promoteThree();
    const hanging: ModelFamily = {
      ...ruleFamily,
      async load(bytes): Promise<TrainedModel> {
        const model = await ruleFamily.load(bytes);
        return model.featureNames[0] === 'rsi' ? { ...model, predict: () => new Promise(() => undefined) } : model;
      },
    };
    const ensemble = await open({ families: [hanging], memberTimeoutMs: 50 });
    const asked = ensemble.ensemblePredict(rising);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    clock.advance(50);
    const result = await asked;
    expect(result.status).toBe('predicted');
    expect(result.members[2]!.unavailable).toMatchObject({ reason: 'failed', error: { code: 'DEADLINE_EXCEEDED' } });
    const asking: Promise<unknown>[] = [];
    for (let i = 0; i < 63; i++) asking.push(ensemble.ensemblePredict({ ...rising, predictedAt: i }));
    await new Promise(setImmediate);
    // It owes 64 answers by now: nobody waits for it any more.
    const last = await ensemble.ensemblePredict({ ...rising, predictedAt: 100 });
    expect(last.members[2]!.unavailable).toMatchObject({ reason: 'failed', error: { code: 'PREDICTION_FAILED' } });
    await new Promise(setImmediate);
    clock.advance(50);
    await Promise.all(asking);
  });

  it.each([
    ['no number', { ...rising, features: { momentum: Number.NaN, volume: 1, rsi: 1 } }, 'NOT_FINITE'],
    ['a row without names', { ...rising, features: [1, 2, 3] as never }, 'INVALID_TYPE'],
    ['nothing', undefined as never, 'INVALID_TYPE'],
    ['an id too long for the predictions of its members', { ...rising, id: 'x'.repeat(505) }, 'INVALID_RECORD'],
    ['no rows before it but a text', { ...rising, precedingRows: 'none' as never }, 'INVALID_TYPE'],
  ])('refuses %s and records nothing', async (_what, request, code) => {
    await promoteThree();
    const ensemble = await open();
    await expect(ensemble.ensemblePredict(request)).rejects.toMatchObject({ code });
    expect(recorded).toEqual([]);
  });

  it('follows each member through promotions', async () => {
    await promoteThree();
    const ensemble = await open();
    const next = await promote('forest', 0.5);
    await ensemble.refresh();
    const result = await ensemble.ensemblePredict(rising);
    expect(result.members[0]).toMatchObject({ modelVersionId: next });
    expect(disposals).toEqual(['0.9']);
    await ensemble.close();
    expect(disposals).toHaveLength(4);
    await expect(ensemble.ensemblePredict(rising)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  describe('with outcomes', () => {
    const says = { forest: 0.9, boosting: 0.6, lstm: 0.3 };

    async function decide(
      ensemble: EnsemblePredictor,
      monitor: PerformanceMonitor,
      from: number,
      observed: readonly ('up' | 'down')[],
    ): Promise<void> {
      for (const [i, direction] of observed.entries()) {
        const result = await ensemble.ensemblePredict({ ...rising, predictedAt: 1_000 + from + i });
        if (result.status !== 'predicted') throw new Error(result.message);
        await monitor.recordOutcome(result.prediction.decisionId, { observedAt: 5_000, direction });
      }
    }

    const openMonitor = () => PerformanceMonitor.open({ storage, modelName, clock });

    function byHand(observed: readonly ('up' | 'down')[]): readonly number[] {
      let state = halving.start(3);
      for (const direction of observed) {
        const losses = Object.values(says).map((up) => halfBrierLoss({ up, down: 1 - up }, direction));
        state = halving.update(state, losses);
      }
      return weightsIn(state);
    }

    it('weighs by what members lost, each outcome once, whoever asks and however often', async () => {
      await promoteThree();
      const monitor = await openMonitor();
      const ensemble = await open({ recorder: monitor, weighting: halving });
      const events: number[] = [];
      ensemble.on('weights-adjusted', ({ outcomes }) => void events.push(outcomes));
      const observed = ['up', 'down', 'up'] as const;
      await decide(ensemble, monitor, 0, observed);
      const expected = byHand(observed);
      const close = (weights: Readonly<Record<string, number>>, expectations: readonly number[]) =>
        members.forEach((name, i) => {
          expect(weights[name]).toBeCloseTo(expectations[i]!, 12);
        });
      close(await ensemble.dynamicWeightAdjustment(), expected);
      close(await ensemble.dynamicWeightAdjustment(), expected);
      // The same outcome again, and a correction of it, are no new outcomes.
      const id = `${modelName}|BTC-USD|1000`;
      await monitor.recordOutcome(id, { observedAt: 5_000, direction: 'up' });
      await monitor.recordOutcome(id, { observedAt: 5_000, direction: 'down' }, { correct: true });
      close(await ensemble.dynamicWeightAdjustment(), expected);
      expect(events).toEqual([3]);

      const restarted = await open({ recorder: monitor, weighting: halving });
      close(restarted.weights, expected);
      await decide(restarted, monitor, 10, ['up', 'up']);
      const further = byHand([...observed, 'up', 'up']);
      const both = await Promise.all([restarted.dynamicWeightAdjustment(), ensemble.dynamicWeightAdjustment()]);
      for (const weights of both) close(weights, further);
      close((await open({ weighting: halving })).weights, further);
      expect(events).toEqual([3, 2]);
      await monitor.close();
    });

    it('finds its weights in the file after a restart', async () => {
      const path = join(temporaryDirectory(), 'store.db');
      const begin = async () => {
        storage = await openSqliteStorage(path);
        await storage.migrate();
        registry = await ModelRegistry.open({ storage, clock });
        return openMonitor();
      };
      let monitor = await begin();
      await promoteThree();
      const ensemble = await open({ recorder: monitor, weighting: halving });
      await decide(ensemble, monitor, 0, ['up', 'down']);
      const weights = await ensemble.dynamicWeightAdjustment();
      await decide(ensemble, monitor, 10, ['up']);
      await ensemble.close();
      await monitor.close();
      await storage.close();
      monitor = await begin();
      const restarted = await open({ recorder: monitor, weighting: halving });
      expect(restarted.versionId).toBe(ensemble.versionId);
      expect(restarted.weights).toEqual(weights);
      const after = await restarted.dynamicWeightAdjustment();
      byHand(['up', 'down', 'up']).forEach((weight, i) => {
        expect(after[members[i]!]).toBeCloseTo(weight, 12);
      });
      await monitor.close();
      await storage.close();
    });

    it('makes weights again from the outcomes when what is stored is of no use', async () => {
      await promoteThree();
      const monitor = await openMonitor();
      const ensemble = await open({ recorder: monitor, weighting: halving });
      await decide(ensemble, monitor, 0, ['up', 'up']);
      const weights = await ensemble.dynamicWeightAdjustment();
      await storage.monitorStates.put({
        modelVersionId: `${ensemble.versionId}/weights`,
        sequence: 99,
        state: { formatVersion: 1, rule: halving.rule, members, weighting: { weights: [1] } },
        updatedAt: 0,
      });
      const again = await open({ weighting: halving });
      expect(again.weights).toEqual({ forest: 1 / 3, boosting: 1 / 3, lstm: 1 / 3 });
      expect(await again.dynamicWeightAdjustment()).toEqual(weights);
      await monitor.close();
    });

    it('judges all of a decision by one outcome, the ensemble as the live one', async () => {
      await promoteThree();
      const monitor = await openMonitor();
      const ensemble = await open({ recorder: monitor });
      await decide(ensemble, monitor, 0, ['down']);
      const made = await storage.predictions.findByDecision(`${modelName}|BTC-USD|1000`);
      expect(made.map(({ role, outcome }) => [role, outcome?.correct]).sort()).toEqual([
        ['live', false],
        ['member', false],
        ['member', false],
        ['member', true],
      ]);
      expect(monitor.rollingAccuracy).toBe(0);
      await monitor.close();
    });

    it('says what each member adds, by leaving it out', async () => {
      await promoteThree();
      const monitor = await openMonitor();
      const ensemble = await open({ recorder: monitor });
      expect(await ensemble.getModelContributions()).toEqual(
        members.map((memberName) => ({ memberName, weight: 1 / 3, outcomes: 0 })),
      );
      await decide(ensemble, monitor, 0, ['up', 'up', 'down', 'up']);
      const contributions = await ensemble.getModelContributions();
      const { forest, boosting, lstm } = says;
      const loss = (...ups: number[]) => {
        const up = ups.reduce((sum, p) => sum + p, 0) / ups.length;
        // (1 − up)² three times, up² once
        return (3 * (1 - up) ** 2 + up ** 2) / 4;
      };
      const whole = loss(forest, boosting, lstm);
      expect(contributions.map(({ brierGain }) => brierGain)).toEqual([
        expect.closeTo(loss(boosting, lstm) - whole, 12),
        expect.closeTo(loss(forest, lstm) - whole, 12),
        expect.closeTo(loss(forest, boosting) - whole, 12),
      ]);
      // Without the forest the others say up 0.45 and are right once of four, instead of three times.
      expect(contributions.map(({ accuracyGain, outcomes }) => [accuracyGain, outcomes])).toEqual([
        [(3 - 1) / 4, 4],
        [0, 4],
        [0, 4],
      ]);
      await expect(ensemble.getModelContributions(0)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
      await monitor.close();
    });

    it('lets the best answer and records the others all the same, also after a restart', async () => {
      await promoteThree();
      const monitor = await openMonitor();
      const selection = { top: 1, minimumOutcomes: 3 };
      const ensemble = await open({ recorder: monitor, selection });
      await decide(ensemble, monitor, 0, ['down', 'down']);
      clock.advance(10_000);
      expect((await ensemble.selectMembers()).every(({ selected }) => selected)).toBe(true);
      await decide(ensemble, monitor, 10, ['down', 'up']);
      const standings = await ensemble.selectMembers();
      expect(
        standings.map(({ memberName, outcomes, accuracy, selected }) => [memberName, outcomes, accuracy, selected]),
      ).toEqual([
        ['forest', 4, 1 / 4, false],
        ['boosting', 4, 1 / 4, false],
        ['lstm', 4, 3 / 4, true],
      ]);
      const result = await ensemble.ensemblePredict({ ...rising, predictedAt: 50 });
      expect(result).toMatchObject({ prediction: { direction: 'down', confidence: 0.7 } });
      expect(result.members.map(({ weight, answer }) => [weight, answer !== undefined])).toEqual([
        [0, true],
        [0, true],
        [1, true],
      ]);
      // The ensemble is the lstm alone now: leaving out another changes nothing, leaving it out lets the others answer.
      const loss = (up: number) => (3 * up ** 2 + (1 - up) ** 2) / 4;
      const contributions = await ensemble.getModelContributions();
      expect(contributions.map(({ weight, outcomes }) => [weight, outcomes])).toEqual([
        [0, 4],
        [0, 4],
        [1, 4],
      ]);
      expect(contributions.map(({ brierGain }) => brierGain)).toEqual([
        expect.closeTo(0, 12),
        expect.closeTo(0, 12),
        expect.closeTo(loss((says.forest + says.boosting) / 2) - loss(says.lstm), 12),
      ]);
      expect(contributions.map(({ accuracyGain }) => accuracyGain)).toEqual([0, 0, (3 - 1) / 4]);
      const restarted = await open({ selection });
      expect(restarted.selectedMembers).toEqual(['lstm']);
      await storage.slots.update('lstm', { suspended: true });
      await restarted.refresh();
      // With none of the selected left the others answer.
      expect(await restarted.ensemblePredict({ ...rising, predictedAt: 60 })).toMatchObject({
        prediction: { direction: 'up', confidence: (0.9 + 0.6) / 2 },
      });
      await expect((await open()).selectMembers()).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
      await monitor.close();
    });
  });

  it.each<[string, Partial<EnsemblePredictorOptions>]>([
    ['one member', { members: ['forest'] }],
    ['a member twice', { members: ['forest', 'forest'] }],
    ['itself', { members: ['forest', modelName] }],
    ['classes without a side', { classes: ['up', 'flat'] }],
    ['a negative flat band', { flatBand: -1 }],
    ['no time for its members', { memberTimeoutMs: 0 }],
    ['a selection of none', { selection: { top: 0 } }],
    ['a selection by an unknown figure', { selection: { top: 1, metric: 'luck' as never } }],
    ['a selection that is none', { selection: null as never }],
    ['a class that is no direction', { classes: ['up', 'down', 'sideways' as never] }],
    ['classes in a text', { classes: 'up, down' as never }],
    ['members in a text', { members: 'forest, boosting' as never }],
    ['a member that is a number', { members: ['forest', 5 as never] }],
    ['an endless flat band', { flatBand: Number.POSITIVE_INFINITY }],
  ])('cannot be made of %s', async (_what, change) => {
    await expect(open(change)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect(await registry.getModelHistory(modelName)).toEqual([]);
  });
});
