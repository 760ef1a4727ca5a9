import type { RetrainingLogEntry, RetrainingTriggerType } from '@mlperf/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { failureBackoffMs, refusalOf } from '../../../../packages/registry/src/retraining/admission.ts';
import { DAY, hooked, modelName, RetrainingWorld, rows, START } from './retraining-world.ts';

const HOUR = 3_600_000;
const RULES = { enabled: true, cooldownMs: HOUR, maxPerDay: 1000, circuitFailures: 1000, circuitLosses: 1000 };
const NONE: ReadonlySet<string> = new Set();

/** An entry that ended at `at`. */
function ended(
  at: number,
  stage: 'rejected' | 'promoted' | 'failed',
  triggerType: RetrainingTriggerType,
  reason = 'not-better',
): RetrainingLogEntry {
  return {
    retrainingId: `r${at}`,
    modelName,
    trigger: { triggerType, triggeredAt: at, reason: 'r' },
    stage,
    requestedAt: at,
    updatedAt: at,
    finishedAt: at,
    success: stage !== 'failed',
    evidence: { reason },
  };
}

const asked = (triggerType: RetrainingTriggerType, askedBy: 'reason' | 'schedule' | 'hand' = 'reason') => ({
  askedBy,
  trigger: { triggerType, triggeredAt: 0, reason: 'r' },
});

describe('how long a cause that lost waits', () => {
  const losses = (count: number) =>
    Array.from({ length: count }, (_, i) => ended(100 - i, 'rejected', 'accuracy_drop'));

  it.each([
    [1, 1],
    [2, 1.5],
    [3, 2.25],
    [4, 3.375],
    [10, 32],
    [100, 32],
  ])('after %i losses: %d cooldowns', (count, cooldowns) => {
    const refusal = refusalOf(losses(count), asked('accuracy_drop'), RULES, Number.NEGATIVE_INFINITY, 101, NONE);
    expect(refusal).toEqual({ reason: 'cooling-down', retryAt: 100 + cooldowns * HOUR });
  });

  it('is the plain cooldown for another cause, and after a verdict that was no loss', () => {
    const plain = { reason: 'cooling-down', retryAt: 100 + HOUR };
    expect(refusalOf(losses(5), asked('data_drift'), RULES, Number.NEGATIVE_INFINITY, 101, NONE)).toEqual(plain);
    const pinned = [ended(100, 'rejected', 'accuracy_drop', 'pinned'), ...losses(5).slice(1)];
    expect(refusalOf(pinned, asked('accuracy_drop'), RULES, Number.NEGATIVE_INFINITY, 101, NONE)).toEqual(plain);
    const won = [ended(100, 'promoted', 'accuracy_drop'), ...losses(5).slice(1)];
    expect(refusalOf(won, asked('accuracy_drop'), RULES, Number.NEGATIVE_INFINITY, 101, NONE)).toEqual(plain);
  });

  it('counts a challenger that was promoted and taken back as lost', () => {
    const back = { ...ended(100, 'promoted', 'accuracy_drop'), newVersionId: 'poisoned' };
    const history = [back, ...losses(2).slice(1)];
    const refusal = refusalOf(
      history,
      asked('accuracy_drop'),
      RULES,
      Number.NEGATIVE_INFINITY,
      101,
      new Set(['poisoned']),
    );
    expect(refusal).toEqual({ reason: 'cooling-down', retryAt: 100 + 1.5 * HOUR });
  });

  it('is the plain cooldown again for trouble that had gone meanwhile', () => {
    const later = [ended(90 * DAY, 'rejected', 'accuracy_drop'), ...losses(5)];
    const refusal = refusalOf(later, asked('accuracy_drop'), RULES, Number.NEGATIVE_INFINITY, 90 * DAY + 1, NONE);
    expect(refusal).toEqual({ reason: 'cooling-down', retryAt: 90 * DAY + HOUR });
  });

  it('is nothing for a schedule and by hand', () => {
    expect(
      refusalOf(losses(5), asked('time_based', 'schedule'), RULES, Number.NEGATIVE_INFINITY, 101, NONE),
    ).toBeUndefined();
    expect(refusalOf(losses(5), asked('manual', 'hand'), RULES, Number.NEGATIVE_INFINITY, 101, NONE)).toBeUndefined();
  });

  it('is at most a day after failures', () => {
    expect([1, 2, 11, 12, 40].map(failureBackoffMs)).toEqual([60_000, 120_000, 1_024 * 60_000, DAY, DAY]);
  });
});

describe('several reasons at once', () => {
  let world: RetrainingWorld;

  beforeEach(async () => {
    world = await RetrainingWorld.open();
    world.data = rows(400, 400);
    await world.serve();
  });

  it('do not wait for one that lost too often', async () => {
    let rolled = false;
    const manager = await world.manage({
      triggers: [
        { name: 'always', check: () => ({ reason: 'always' }) },
        { name: 'rolled', check: () => (rolled ? { reason: 'the contract rolled' } : undefined) },
      ],
    });
    for (const wait of [0, HOUR]) {
      world.clock.advance(wait);
      expect(await manager.tick()).toMatchObject({ status: 'rejected', entry: { trigger: { name: 'always' } } });
    }
    world.clock.advance(HOUR);
    expect(await manager.tick()).toMatchObject({
      status: 'skipped',
      reason: 'cooling-down',
      retryAt: START + 2.5 * HOUR,
    });
    rolled = true;
    expect(await manager.tick()).toMatchObject({ status: 'rejected', entry: { trigger: { name: 'rolled' } } });
  });

  it('count age from when the champion last won', async () => {
    const manager = await world.manage({ config: { maxAgeDays: 2 } });
    world.clock.advance(2 * DAY);
    expect(await manager.tick()).toMatchObject({
      status: 'rejected',
      entry: { trigger: { triggerType: 'time_based' } },
    });
    world.clock.advance(2 * DAY - 1);
    expect(await manager.tick()).toBeUndefined();
    world.clock.advance(1);
    expect(await manager.checkRetrainingTriggers()).toMatchObject([
      { currentValue: 2, reason: 'the champion last won against a challenger 2.0 days ago; its age may reach 2' },
    ]);
  });

  it('count no challenger that shows nothing of the champion: the age goes on, and the circuit opens', async () => {
    // The model it trains says the same of every row.
    const executor = hooked(world.executor, {
      fit: async (request, options) => world.executor.fit({ ...request, hyperparameters: { certainty: 0.5 } }, options),
    });
    const manager = await world.manage({ executor, config: { maxAgeDays: 2, cooldownMs: 0, circuitFailures: 3 } });
    world.clock.advance(2 * DAY);
    for (let i = 0; i < 3; i++) {
      expect(await manager.tick()).toMatchObject({ status: 'rejected', reason: 'constant' });
      expect(await manager.checkRetrainingTriggers()).toMatchObject([{ triggerType: 'time_based' }]);
      world.clock.advance(60_000);
    }
    expect(await manager.tick()).toMatchObject({ status: 'skipped', reason: 'circuit-open' });
  });
});
