import type { PerformanceStorage } from '@mlperf/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { serialized } from '../rule-family.ts';
import { DAY, modelName, RetrainingWorld } from './retraining-world.ts';

/** The storage, with a look after every write that is durable by itself: what a process killed there leaves behind. */
function watched(storage: PerformanceStorage, look: () => Promise<void>): PerformanceStorage {
  const durable = <Arguments extends unknown[], Result>(write: (...given: Arguments) => Promise<Result>) => {
    return async (...given: Arguments): Promise<Result> => {
      const result = await write(...given);
      await look();
      return result;
    };
  };
  const { artifacts, models, transaction } = storage;
  return Object.assign(Object.create(storage), {
    artifacts: {
      put: durable(artifacts.put.bind(artifacts)),
      get: artifacts.get.bind(artifacts),
      list: artifacts.list.bind(artifacts),
      remove: durable(artifacts.remove.bind(artifacts)),
      removeOrphans: durable(artifacts.removeOrphans.bind(artifacts)),
    },
    models: Object.assign(Object.create(models), { remove: durable(models.remove.bind(models)) }),
    transaction: durable(transaction.bind(storage)),
  });
}

/** Bundles that no version has, and versions without their bundle. */
async function loose(storage: PerformanceStorage): Promise<readonly string[]> {
  const bundles = (await storage.artifacts.list()).items.map(({ sha256 }) => sha256);
  const needed = (await storage.models.list({ modelName })).items.map(({ artifact }) => artifact.sha256);
  return [
    ...bundles.filter((sha256) => !needed.includes(sha256)),
    ...needed.filter((sha256) => !bundles.includes(sha256)),
  ];
}

describe('a kill at any moment leaves no bundle without a version, and no version without a bundle', () => {
  let world: RetrainingWorld;
  let left: (readonly string[])[];
  let storage: PerformanceStorage;

  beforeEach(async () => {
    world = await RetrainingWorld.open();
    left = [];
    storage = watched(world.storage, async () => void left.push(await loose(world.storage)));
  });

  it('while a retraining trains, registers and promotes', async () => {
    await world.serve();
    const manager = await world.manage({ storage });
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'promoted' });
    // requested, gathering, training, evaluating, besides the lease's own
    expect(left.length).toBeGreaterThanOrEqual(4);
    expect(left.flat()).toEqual([]);
  });

  it('when the challenger cannot be registered', async () => {
    await world.serve();
    const broken: PerformanceStorage = Object.assign(Object.create(storage), {
      transaction: ((change, options) =>
        storage.transaction((tx) => {
          const models = Object.assign(Object.create(tx.models), {
            register: () => Promise.reject(new Error('the disk is full')),
          });
          return change({ ...tx, models });
        }, options)) as PerformanceStorage['transaction'],
    });
    const manager = await world.manage({ storage: broken });
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'failed' });
    expect(await loose(world.storage)).toEqual([]);
    expect((await world.storage.artifacts.list()).items).toHaveLength(1);
  });

  it('while a clean-up removes old versions', async () => {
    for (const accuracy of [0.9, 0.5, 0.4]) {
      await world.registry.registerModel({
        modelName,
        model: serialized({ follow: true, certainty: accuracy, featureNames: ['momentum'] }),
        flatBand: 0.002,
        hyperparameters: {},
        trainingMetrics: { accuracy },
        dataVersion: 'd',
      });
    }
    const manager = await world.manage({ storage });
    expect((await manager.cleanupOldVersions(1)).removed).toHaveLength(2);
    expect(left.length).toBeGreaterThanOrEqual(2);
    expect(left.flat()).toEqual([]);
    expect((await world.storage.artifacts.list()).items).toHaveLength(1);
  });

  it('and one that something else left behind is swept later, while the old version serves', async () => {
    const old = await world.serve();
    const orphan = await world.storage.artifacts.put(new TextEncoder().encode('written, and never promoted'));
    const manager = await world.manage();
    world.clock.advance(3_600_000);
    world.data = undefined;
    expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'waiting' });
    expect(await loose(world.storage)).toEqual([orphan.sha256]);
    expect(await world.storage.artifacts.removeOrphans({ olderThanMs: 60_000 })).toEqual([orphan]);
    expect(await loose(world.storage)).toEqual([]);
    expect(await world.champion()).toBe(old);
    expect(await world.registry.loadArtifact((await world.registry.getActiveModel(modelName))!)).toBeInstanceOf(
      Uint8Array,
    );
  });

  it('and a clean-up sweeps what is older than a day, unless it is asked what it would do', async () => {
    await world.serve();
    const orphan = await world.storage.artifacts.put(new TextEncoder().encode('written, and never promoted'));
    const manager = await world.manage();
    world.clock.advance(DAY);
    const fresh = await world.storage.artifacts.put(new TextEncoder().encode('about to be registered'));
    await manager.cleanupOldVersions(1);
    world.clock.advance(1);
    await manager.cleanupOldVersions(1, { dryRun: true });
    expect((await loose(world.storage)).toSorted()).toEqual([orphan.sha256, fresh.sha256].toSorted());
    await manager.cleanupOldVersions(1);
    expect(await loose(world.storage)).toEqual([fresh.sha256]);
  });
});
