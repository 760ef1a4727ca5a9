import type { Executor, RetrainingLogEntry, RetrainingStage, RetrainingTriggerType } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { workerThreadExecutor } from '@mlperf/workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { openCircuitOf } from '../../../../packages/registry/src/retraining/circuit.ts';
import {
  changePolicyMarks,
  policyMarksKey,
  readPolicyMarks,
} from '../../../../packages/registry/src/retraining/policy-marks.ts';
import { decide } from './decisions.ts';
import { DAY, hooked, modelName, RetrainingWorld, rows, START, settle } from './retraining-world.ts';

const RULES = { circuitFailures: 3, circuitLosses: 2, cooldownMs: DAY };

const NONE: ReadonlySet<string> = new Set();

type End =
  | RetrainingStage
  | { readonly rejected: string; readonly by?: RetrainingTriggerType; readonly against?: string };

/** A log, newest first, whose entries ended one after another. */
function log(...ends: readonly End[]): RetrainingLogEntry[] {
  return ends.map((end, i) => {
    const stage = typeof end === 'string' ? end : 'rejected';
    const at = 100 - i;
    const finished = stage !== 'gathering';
    return {
      retrainingId: `r${at}`,
      modelName,
      trigger: {
        triggerType: (typeof end === 'string' ? undefined : end.by) ?? 'accuracy_drop',
        triggeredAt: at,
        reason: 'r',
      },
      oldVersionId: (typeof end === 'string' ? undefined : end.against) ?? 'champion',
      stage,
      requestedAt: at,
      updatedAt: at,
      ...(finished ? { finishedAt: at, success: stage !== 'failed' } : {}),
      ...(typeof end === 'string' ? {} : { evidence: { reason: end.rejected } }),
      ...(stage === 'failed' ? { error: { code: 'TRAINING_FAILED', message: 'no memory' } } : {}),
    };
  });
}

describe('the circuit, from the log', () => {
  it.each<[string, RetrainingLogEntry[], object | undefined]>([
    ['is closed without a log', [], undefined],
    ['is closed after fewer failures', log('failed', 'failed', 'promoted', 'failed'), undefined],
    [
      'opens with the failure that makes the row full',
      log('failed', 'failed', 'failed', 'promoted'),
      { cause: 'failures', count: 3, openedAt: 100, reason: 'the last 3 retrainings failed; the last: no memory' },
    ],
    ['does not count what is under way', log('gathering', 'failed', 'failed'), undefined],
    [
      'ends a row of failures with any verdict',
      log('failed', 'failed', { rejected: 'not-better' }, 'failed'),
      undefined,
    ],
    [
      'counts challengers that no sound pipeline makes as failures, whatever they were for',
      log({ rejected: 'constant', by: 'time_based' }, 'failed', { rejected: 'implausible', by: 'manual' }),
      { cause: 'failures', count: 3, openedAt: 100, reason: 'the last 3 retrainings failed; the last: constant' },
    ],
    [
      'opens with lost challenges, failures between them left out',
      log({ rejected: 'not-better' }, 'failed', { rejected: 'too-few-rows' }, 'promoted'),
      {
        cause: 'lost-challenges',
        count: 2,
        openedAt: 100,
        reason: 'the last 2 challengers did not win; the last: not-better',
      },
    ],
    [
      'ends a row of losses with a promotion',
      log({ rejected: 'not-better' }, 'promoted', { rejected: 'not-better' }),
      undefined,
    ],
    [
      'counts no challenge that was to cure nothing: the champion is in order',
      log(
        { rejected: 'not-better', by: 'time_based' },
        { rejected: 'not-better', by: 'manual' },
        { rejected: 'not-better', by: 'data_drift' },
      ),
      undefined,
    ],
    [
      'looks past them for those that were',
      log(
        { rejected: 'not-better', by: 'custom' },
        { rejected: 'not-better', by: 'time_based' },
        { rejected: 'not-better', by: 'data_drift' },
      ),
      {
        cause: 'lost-challenges',
        count: 2,
        openedAt: 100,
        reason: 'the last 2 challengers did not win; the last: not-better',
      },
    ],
    [
      'ends a row of losses when another champion came, by a rollback for one',
      log({ rejected: 'not-better', against: 'old' }, { rejected: 'not-better' }, { rejected: 'not-better' }),
      undefined,
    ],
    [
      'counts no challenge that was not judged on its worth',
      log({ rejected: 'pinned' }, { rejected: 'champion-changed' }, { rejected: 'not-better' }, { rejected: 'frozen' }),
      undefined,
    ],
  ])('%s', (_name, history, expected) => {
    const circuit = openCircuitOf(history, Number.NEGATIVE_INFINITY, RULES, NONE);
    if (expected === undefined) expect(circuit).toBeUndefined();
    else expect(circuit).toEqual(expected);
  });

  it('counts anew after a pause in which the trouble must have gone', () => {
    const [newest, older] = log({ rejected: 'not-better' }, { rejected: 'not-better' });
    const apart = (pause: number) => [{ ...newest!, requestedAt: older!.requestedAt + pause }, older!];
    expect(openCircuitOf(apart(64 * DAY), Number.NEGATIVE_INFINITY, RULES, NONE)).toMatchObject({ count: 2 });
    expect(openCircuitOf(apart(64 * DAY + 1), Number.NEGATIVE_INFINITY, RULES, NONE)).toBeUndefined();
    const noCooldown = { ...RULES, cooldownMs: 0 };
    expect(openCircuitOf(apart(7 * DAY), Number.NEGATIVE_INFINITY, noCooldown, NONE)).toMatchObject({ count: 2 });
    expect(openCircuitOf(apart(7 * DAY + 1), Number.NEGATIVE_INFINITY, noCooldown, NONE)).toBeUndefined();
  });

  it('counts a challenger that was promoted and taken back as one that lost, whatever it was for', () => {
    const [newest, middle, oldest] = log('promoted', { rejected: 'not-better' }, 'promoted').map((entry, i) => ({
      ...entry,
      newVersionId: `v${i}`,
      trigger: { ...entry.trigger, triggerType: i === 0 ? ('time_based' as const) : ('accuracy_drop' as const) },
    }));
    const history = [newest!, middle!, oldest!];
    const of = (...ids: string[]) => openCircuitOf(history, Number.NEGATIVE_INFINITY, RULES, new Set(ids));
    expect(of()).toBeUndefined();
    expect(of('v2')).toBeUndefined();
    expect(of('v0')).toMatchObject({
      cause: 'lost-challenges',
      count: 2,
      reason: 'the last 2 challengers did not win; the last: promoted and taken back',
    });
    expect(of('v0', 'v2')).toMatchObject({ count: 3 });
  });

  it('counts only what ended after a human closed it', () => {
    const history = log('failed', 'failed', 'failed', 'failed');
    expect(openCircuitOf(history, 97, RULES, NONE)).toMatchObject({ count: 3 });
    expect(openCircuitOf(history, 98, RULES, NONE)).toBeUndefined();
  });
});

describe('the marks of retraining', () => {
  it('keep what was not changed, and are refused when a later release wrote them', async () => {
    const storage = openMemoryStorage();
    expect(await readPolicyMarks(storage, modelName)).toEqual({ schedules: {} });
    await changePolicyMarks(storage, modelName, 5.5, (marks) => ({ ...marks, circuitClosedAt: 3 }));
    await changePolicyMarks(storage, modelName, 6, (marks) => ({ ...marks, schedules: { a: 1 } }));
    expect(await readPolicyMarks(storage, modelName)).toEqual({ circuitClosedAt: 3, schedules: { a: 1 } });
    const key = policyMarksKey(modelName);
    await storage.monitorStates.put({ modelVersionId: key, sequence: 9, state: { formatVersion: 2 }, updatedAt: 7 });
    await expect(readPolicyMarks(storage, modelName)).rejects.toMatchObject({ code: 'INVALID_RECORD' });
  });

  it('fit any model name', async () => {
    const storage = openMemoryStorage();
    const longest = '💹'.repeat(100);
    await changePolicyMarks(storage, longest, 5, () => ({ schedules: {}, circuitClosedAt: 1 }));
    expect(await readPolicyMarks(storage, longest)).toEqual({ schedules: {}, circuitClosedAt: 1 });
    expect(await readPolicyMarks(storage, modelName)).toEqual({ schedules: {} });
  });
});

describe('a manager whose circuit opens', () => {
  let world: RetrainingWorld;

  beforeEach(async () => {
    world = await RetrainingWorld.open();
  });

  const opened = () => world.heard.filter(({ name }) => name === 'circuit-opened');

  it('when the trainer throws five times: the champion serves throughout, the gaps grow, the circuit opens', async () => {
    const old = await world.serve();
    const executor = hooked(world.executor, { fit: () => Promise.reject(new Error('no memory')) });
    const manager = await world.manage({ executor, config: { maxPerDay: 100 } });
    world.degrade(old);
    await manager.whenIdle();
    const gaps: number[] = [];
    for (let failures = 1; failures < 5; failures++) {
      expect(opened()).toEqual([]);
      expect(await world.champion()).toBe(old);
      const refused = await manager.tick();
      if (refused?.status !== 'skipped' || refused.retryAt === undefined) throw new Error('must back off');
      gaps.push(refused.retryAt - world.clock.now());
      world.clock.setTime(refused.retryAt);
      expect(await manager.tick()).toMatchObject({ status: 'failed' });
    }
    expect(gaps).toEqual([60_000, 120_000, 240_000, 480_000]);
    const circuit = {
      cause: 'failures',
      count: 5,
      openedAt: world.clock.now(),
      reason: expect.stringContaining('no memory'),
    };
    expect(opened()).toEqual([{ name: 'circuit-opened', modelName, at: world.clock.now(), ...circuit }]);
    // However long it waits, nothing starts by itself, also not after a restart, which asks the human again.
    world.clock.advance(30 * DAY);
    expect(await manager.tick()).toEqual({ status: 'skipped', reason: 'circuit-open', circuit });
    const next = await world.manage({ config: { maxPerDay: 100 } });
    world.degrade(old);
    await next.whenIdle();
    expect(opened()).toHaveLength(2);
    expect(await next.tick()).toMatchObject({ status: 'skipped', reason: 'circuit-open' });
    expect(opened()).toHaveLength(2);
    expect(await world.entries()).toHaveLength(5);
    expect(await world.champion()).toBe(old);
  });

  it('after challenges lost in a row', async () => {
    const old = await world.serve();
    world.data = rows(400, 400);
    const manager = await world.manage({ config: { circuitLosses: 2, whenDegraded: 'better-challenger' } });
    world.degrade(old);
    await manager.whenIdle();
    world.clock.advance(3_600_000);
    expect(await manager.tick()).toMatchObject({ status: 'rejected', reason: 'not-better' });
    expect(opened()).toMatchObject([{ cause: 'lost-challenges', count: 2 }]);
    expect(await manager.openCircuit()).toMatchObject({ cause: 'lost-challenges' });
  });

  it('after challengers that look well where they are judged and had to be taken back', async () => {
    const old = await world.serve();
    const gather = async () => {
      const data = rows(400, 0);
      const shift = world.clock.now() - START;
      return {
        ...data,
        timestamps: data.timestamps.map((at) => at + shift),
        labelEndsAt: data.labelEndsAt.map((at) => at + shift),
      };
    };
    // No two of the same bytes: the very bundle that was taken back would not be promoted again.
    const fit: Executor['fit'] = async (request, options) => {
      const fitted = await world.executor.fit(request, options);
      const padding = Buffer.from(' '.repeat(world.clock.now() % 9_973));
      return fitted.model === undefined ? fitted : { ...fitted, model: Buffer.concat([fitted.model, padding]) };
    };
    const executor = hooked(world.executor, { fit });
    const manager = await world.manage({ gather, executor, config: { circuitLosses: 3, cooldownMs: DAY } });
    let promotions = 0;
    for (let day = 0; day < 30; day++) {
      world.clock.advance(DAY + 3_600_000);
      world.degrade(old);
      await settle();
      await manager.whenIdle();
      const served = await world.champion();
      if (served === old) continue;
      promotions++;
      for (let i = 0; i < 120; i++) {
        const decision = {
          live: served!,
          shadow: old,
          at: world.clock.now(),
          liveRight: i % 10 < 2,
          shadowRight: i % 10 < 6,
        };
        await decide(world.storage, [decision]);
        world.clock.advance(2_000);
      }
      await manager.tick();
      expect(await world.champion()).toBe(old);
    }
    expect(promotions).toBe(3);
    expect(await manager.openCircuit()).toMatchObject({ cause: 'lost-challenges', count: 3 });
    expect(opened()).toHaveLength(1);
  });

  it('closes it when a human says so, for every manager, and counts anew', async () => {
    const old = await world.serve();
    const broken = { fit: () => Promise.reject(new Error('no memory')) };
    const manager = await world.manage({ executor: hooked(world.executor, broken), config: { circuitFailures: 1 } });
    world.degrade(old);
    await manager.whenIdle();
    expect(await manager.tick()).toMatchObject({ reason: 'circuit-open' });
    await (await world.manage()).closeCircuit();
    expect(await manager.openCircuit()).toBeUndefined();
    expect(await manager.tick()).toMatchObject({ status: 'skipped', reason: 'backing-off' });
    world.clock.advance(60_000);
    expect(await manager.tick()).toMatchObject({ status: 'failed' });
    expect(await manager.openCircuit()).toMatchObject({ count: 1 });
    expect(opened()).toHaveLength(2);
  });

  it('closes it with a retraining by hand that comes to a verdict', async () => {
    const old = await world.serve();
    let broken = true;
    const executor = hooked(world.executor, {
      fit: (request, options) =>
        broken ? Promise.reject(new Error('no memory')) : world.executor.fit(request, options),
    });
    const manager = await world.manage({ executor, config: { circuitFailures: 1, cooldownMs: 0 } });
    world.degrade(old);
    await manager.whenIdle();
    expect(await manager.executeRetraining('time_based')).toMatchObject({ reason: 'circuit-open' });
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'failed' });
    broken = false;
    world.clock.advance(1);
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'promoted' });
    expect(await manager.openCircuit()).toBeUndefined();
    world.clock.advance(1);
    world.degrade((await world.champion())!);
    await manager.whenIdle();
    expect((await world.entries())[0]?.trigger.triggerType).toBe('accuracy_drop');
  });

  it('works where the storage is a database', async () => {
    const { openSqliteStorage } = await import('@mlperf/storage-sqlite');
    const storage = await openSqliteStorage(':memory:');
    await changePolicyMarks(storage, modelName, 5, () => ({ schedules: { daily: 4 }, circuitClosedAt: 1 }));
    expect(await readPolicyMarks(storage, modelName)).toEqual({ schedules: { daily: 4 }, circuitClosedAt: 1 });
    await storage.close();
  });
});

describe('a trainer that never returns', () => {
  it('is ended at the deadline with its worker, the lease is free, and the next name trains', async () => {
    const world = await RetrainingWorld.open();
    const old = await world.serve();
    const executor = workerThreadExecutor({
      familiesModule: new URL('./hanging-families.ts', import.meta.url),
      threads: 1,
    });
    const config = { deadlineMs: 1_500, holdoutRows: 100, minTrainingRows: 50 };
    const { systemClock } = await import('@mlperf/core');
    const shared = { executor, deadlineClock: systemClock, config };
    const hanging = await world.manage({ ...shared, modelType: 'hanging' });
    const next = await world.manage({
      ...shared,
      modelName: 'ETH-USD/1h/direction',
      flatBand: 0,
      gather: async () => rows(400, 0),
    });
    const first = hanging.executeRetraining('manual');
    expect(await first).toMatchObject({
      status: 'failed',
      entry: { failedStage: 'training', error: { code: 'DEADLINE_EXCEEDED' } },
    });
    expect(await world.storage.leases.get(`retraining:${modelName}`)).toBeUndefined();
    expect(await world.champion()).toBe(old);
    expect(await next.executeRetraining('manual')).toMatchObject({ status: 'promoted' });
    await executor.close();
    expect(START).toBe(world.clock.now());
  });
});
