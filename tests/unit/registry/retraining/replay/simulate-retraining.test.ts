import { createDataset, ManualClock, PerformanceMonitor, type PerformanceStorage, selectRows } from '@mlperf/core';
import {
  ModelPredictor,
  ModelRegistry,
  type ReplayPolicy,
  type ReplaySetting,
  RetrainingManager,
  simulateRetraining,
} from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { inlineExecutor } from '@mlperf/workers';
import { describe, expect, it } from 'vitest';
import { serveFirstModel } from '../../../../../packages/registry/src/retraining/replay/first-model.ts';
import { replayMoments } from '../../../../../packages/registry/src/retraining/replay/replay-moments.ts';
import { ruleFamily, ruleModel } from '../../rule-family.ts';
import { settle } from '../retraining-world.ts';
import { HOUR, regimes } from './replay-history.ts';

const families = [ruleFamily];
const executor = inlineExecutor({ families });
const setting = (change: Partial<ReplaySetting> = {}): ReplaySetting => ({
  storage: openMemoryStorage(),
  executor,
  families,
  warmUpRows: 300,
  ...change,
});
const policy: ReplayPolicy = {
  modelType: 'rule',
  hyperparameters: { certainty: 0.7 },
  seed: 'replay',
  retraining: { holdoutRows: 100, minTrainingRows: 60, bootstrapReplicates: 200, maxAgeDays: 20 },
  monitoring: { degradationThreshold: 0.55 },
  gatherRows: 500,
  tickEveryMs: 6 * HOUR,
};

/** What a host does that serves and watches a model and lets the manager tick by itself, on a clock that a test moves. */
async function live(storage: PerformanceStorage, history: ReturnType<typeof regimes>) {
  const modelName = 'replay';
  const clock = new ManualClock(300 * HOUR);
  const registry = await ModelRegistry.open({ storage, clock });
  const known = () => {
    const rows = [...history.labelEndsAt.keys()].filter((row) => history.labelEndsAt[row]! <= clock.now());
    return selectRows(history, rows.slice(-500));
  };
  const warmUp = selectRows(
    history,
    Array.from({ length: 300 }, (_, row) => row),
  );
  await serveFirstModel(registry, modelName, warmUp, policy, { executor });
  const monitor = await PerformanceMonitor.open({ storage, modelName, clock, config: policy.monitoring! });
  const predictor = await ModelPredictor.open({ source: registry, modelName, families, recorder: monitor, clock });
  const manager = await RetrainingManager.open({
    registry,
    storage,
    executor,
    monitor,
    modelName,
    clock,
    deadlineClock: clock,
    modelType: policy.modelType,
    hyperparameters: policy.hyperparameters,
    config: policy.retraining!,
    flatBand: 0,
    seed: policy.seed,
    gather: async () => known(),
    checkEveryMs: 6 * HOUR,
  });
  const quiet = async () => {
    await settle();
    await manager.whenIdle();
    await settle();
  };
  await quiet();
  const served: string[] = [];
  for (let row = 300; row < history.timestamps.length; row++) {
    clock.setTime(row * HOUR);
    if (row > 300) {
      const direction = history.targets[row - 1] === 1 ? 'up' : 'down';
      await monitor.recordOutcome(`live ${row - 1}`, { observedAt: row * HOUR, direction });
    }
    await quiet();
    await predictor.refresh();
    const [momentum, noise] = history.features.values.subarray(row * 2, row * 2 + 2);
    const made = await predictor.predictNext({
      id: `live ${row}`,
      symbol: 'series 0',
      features: { momentum: momentum!, noise: noise! },
      dueAt: (row + 1) * HOUR,
    });
    if (made.status !== 'predicted') throw new Error(made.message);
    served.push(made.prediction.modelVersionId);
  }
  clock.setTime(history.timestamps.length * HOUR);
  const last = history.timestamps.length - 1;
  const direction = history.targets[last] === 1 ? 'up' : 'down';
  await monitor.recordOutcome(`live ${last}`, { observedAt: (last + 1) * HOUR, direction });
  await quiet();
  await manager.close();
  await predictor.close();
  await monitor.close();
  return {
    served,
    retrainings: (await storage.retrainings.history({ modelName })).items.toReversed(),
    promotions: (await storage.promotions.list(modelName)).items.toReversed(),
  };
}

describe('the replay of a policy', () => {
  it('decides exactly as the same policy decided live, on another storage', async () => {
    const history = regimes(1_100, [600]);
    const storage = await openSqliteStorage(':memory:');
    const lived = await live(storage, history);
    await storage.close();
    const replayed = await simulateRetraining(history, policy, setting());
    // Something was decided at all: a change was noticed, retrained for and survived, and age asked too.
    expect(lived.retrainings.length).toBeGreaterThan(3);
    expect(replayed.counts.promoted).toBeGreaterThan(0);
    expect(replayed.retrainings).toEqual(lived.retrainings);
    expect(replayed.promotions).toEqual(lived.promotions);
    const servedBy = [...replayed.servedBy.subarray(300)].map((version) => replayed.versions[version]);
    expect(servedBy).toEqual(lived.served);
  });

  it('is the same twice, and another with another policy', async () => {
    const history = regimes(1_500, [700]);
    const first = await simulateRetraining(history, policy, setting());
    expect(await simulateRetraining(history, policy, setting())).toEqual(first);
    const never = await simulateRetraining(history, { ...policy, retraining: { enabled: false } }, setting());
    expect(never.counts).toEqual({ promoted: 0, rejected: 0, failed: 0, unfinished: 0, rollbacks: 0 });
    expect(never.versions).toHaveLength(1);
    // The rule is followed at 65 %, so the old model is right 35 % of the time after the change.
    expect(never.accuracy).toBeLessThan(0.53);
    expect(first.accuracy).toBeGreaterThan(never.accuracy! + 0.05);
    expect(first.rows).toBe(1_200);
    expect(first.predictions).toBe(1_200);
    expect(first.hits.subarray(300).reduce((sum, hit) => sum + hit, 0) / 1_200).toBe(first.accuracy);
    expect([...first.servedBy.subarray(0, 300)].every((version) => version === -1)).toBe(true);
  });

  it('lets nothing of the future reach a decision', async () => {
    const whole = regimes(1_200, [600]);
    const cut = 900;
    const other = regimes(1_200, [600, 901], { seed: 'another future' });
    const future = createDataset({
      ...whole,
      features: {
        ...whole.features,
        values: whole.features.values.map((value, i) => (i < cut * 2 ? value : other.features.values[i]!)),
      },
      targets: Array.from(whole.targets, (label, row) => (row < cut ? label : other.targets[row]!)),
    });
    const [one, two] = [
      await simulateRetraining(whole, policy, setting()),
      await simulateRetraining(future, policy, setting()),
    ];
    const decided = (report: typeof one) => report.retrainings.filter(({ requestedAt }) => requestedAt <= cut * HOUR);
    expect(decided(one).length).toBeGreaterThan(0);
    expect(decided(two)).toEqual(decided(one));
    expect(two.hits.subarray(0, cut)).toEqual(one.hits.subarray(0, cut));
  });

  it.each([
    ['in shadow', 'shadow'],
    ['on rows held out and then in shadow', 'both'],
  ] as const)(
    'judges challengers %s, of several symbols and of labels that overlap, the same twice',
    async (_how, gate) => {
      const whole = regimes(1_300, [600], { horizon: 3 });
      const history = createDataset({
        ...whole,
        features: whole.features,
        groups: Int32Array.from(whole.targets, (_, row) => row % 2),
        groupNames: ['A', 'B'],
      });
      const shadowed: ReplayPolicy = {
        ...policy,
        retraining: { ...policy.retraining, maxAgeDays: 1_000, gate, minShadowRows: 50 },
        monitoring: { degradationThreshold: 0.55, labelOverlap: 3 },
      };
      const [one, two] = [
        await simulateRetraining(history, shadowed, setting()),
        await simulateRetraining(history, shadowed, setting()),
      ];
      expect(two).toEqual(one);
      const promoted = one.retrainings.find(({ stage }) => stage === 'promoted');
      expect(promoted!.finishedAt! - promoted!.requestedAt).toBeGreaterThanOrEqual(50 * HOUR);
    },
  );

  it('hands a model that looks back the rows before each', async () => {
    const looking: typeof ruleFamily = {
      ...ruleFamily,
      async fit(train, params, context) {
        const { follow } = JSON.parse(
          new TextDecoder().decode((await ruleFamily.fit(train, params, context)).serialize()),
        );
        return ruleModel({ follow, certainty: 0.7, featureNames: train.featureNames, lookBack: 2 });
      },
    };
    const history = regimes(900, []);
    const asked = setting({ families: [looking], executor: inlineExecutor({ families: [looking] }) });
    const report = await simulateRetraining(history, policy, asked);
    expect(report.predictions).toBe(600);
    expect(report.accuracy).toBe((await simulateRetraining(history, policy, setting())).accuracy);
  });

  it('follows schedules on the virtual clock', async () => {
    const report = await simulateRetraining(
      regimes(900, []),
      {
        ...policy,
        retraining: { ...policy.retraining, maxAgeDays: 1_000 },
        schedules: [{ schedule: 'weekly', timezone: 'Europe/Berlin' }],
      },
      setting(),
    );
    // Mondays at 00:00 in Berlin are Sundays at 23:00 UTC: 18 and 25 January and 1 February of 1970.
    expect(report.retrainings.map(({ requestedAt }) => requestedAt)).toEqual(
      [17, 24, 31].map((day) => day * 24 * HOUR + 23 * HOUR),
    );
  });

  it('watches the features of what serves, and of what serves next', async () => {
    const whole = regimes(1_400, []);
    // Noise moves from [0, 1) to [1, 2) at row 700 and back at row 1,100; the rule stays as it is.
    const values = whole.features.values.map((value, i) =>
      i % 2 === 1 && i >= 1_400 && i < 2_200 ? value + 1 : value,
    );
    const history = createDataset({ ...whole, features: { ...whole.features, values } });
    const watching: ReplayPolicy = {
      ...policy,
      retraining: { ...policy.retraining, maxAgeDays: 1_000 },
      monitoring: { degradationThreshold: 0.01 },
      dataDrift: { falseAlarmEvery: 10_000 },
    };
    const report = await simulateRetraining(history, watching, setting());
    const [first] = report.retrainings;
    expect(first!.trigger).toMatchObject({
      triggerType: 'data_drift',
      name: 'noise',
      thresholdValue: expect.any(Number),
    });
    // Soon after the move, at the very row that decided.
    expect(first!.requestedAt / HOUR).toBeGreaterThan(700);
    expect(first!.requestedAt / HOUR).toBeLessThan(760);
    const blind = await simulateRetraining(
      history,
      { ...watching, retraining: { ...watching.retraining, enabled: false } },
      setting(),
    );
    expect(blind.retrainings).toEqual([]);
  });

  it('judges by price where the history has returns', async () => {
    const whole = regimes(800, []);
    const history = createDataset({
      ...whole,
      features: whole.features,
      returns: Array.from(whole.targets, (label) => (label === 1 ? 0.01 : -0.01)),
    });
    const report = await simulateRetraining(history, policy, setting());
    expect(report.accuracy).toBe((await simulateRetraining(whole, policy, setting())).accuracy);
  });

  it('can be ended, and says how far it is', async () => {
    const seen: number[] = [];
    const end = new AbortController();
    const running = simulateRetraining(
      regimes(1_500, []),
      policy,
      setting({
        signal: end.signal,
        onProgress: (fraction) => {
          seen.push(fraction);
          end.abort(new Error('enough'));
        },
      }),
    );
    await expect(running).rejects.toThrow('enough');
    expect(seen).toEqual([250 / 1_200]);
  });

  it('refuses what it cannot replay, before anything is written', async () => {
    const history = regimes(400, []);
    const run = (change: object, where: Partial<ReplaySetting> = {}) =>
      simulateRetraining({ ...history, ...change } as typeof history, policy, setting(where));
    await expect(run({ classes: ['bad', 'good'] })).rejects.toMatchObject({ code: 'INVALID_TYPE' });
    await expect(run({}, { warmUpRows: 400 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    await expect(run({}, { warmUpRows: 2 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    await expect(simulateRetraining(history, { ...policy, tickEveryMs: 0 }, setting())).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
    });
    const storage = openMemoryStorage();
    await simulateRetraining(history, policy, setting({ storage }));
    await expect(simulateRetraining(history, policy, setting({ storage }))).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('the moments of a history', () => {
  it('come in the order of time: what is known before what is asked, a row before its label', () => {
    const history = createDataset({
      features: [[0], [0], [0], [0]],
      featureNames: ['f'],
      targets: [0, 1, 0, 1],
      classes: ['down', 'up'],
      timestamps: [0, 1, 2, 2],
      labelEndsAt: [2, 2, 2, 5],
    });
    const told = (from: number) => [...replayMoments(history, from)].map(({ at, kind, row }) => `${at} ${kind} ${row}`);
    expect(told(0)).toEqual([
      '0 row 0',
      '1 row 1',
      '2 label 0',
      '2 label 1',
      '2 row 2',
      '2 row 3',
      '2 label 2',
      '5 label 3',
    ]);
    expect(told(2)).toEqual(['2 row 2', '2 row 3', '2 label 2', '5 label 3']);
  });
});
