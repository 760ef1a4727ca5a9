import { ManualClock, type PerformanceStorage, type StorageStores } from '@mlperf/core';
import { describeConformance, runConformance, sharingChecks, storageChecks } from '@mlperf/storage-conformance';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';

type Calls = { [method: string]: (...args: never[]) => unknown };

/** A storage like `inner` but for some methods of some stores, inside transactions too. */
function withFault(
  inner: PerformanceStorage,
  fault: (stores: StorageStores) => Partial<Record<keyof StorageStores, object>>,
) {
  const spoil = <T extends StorageStores>(stores: T): T => {
    const changed = fault(stores);
    const wrapped = Object.entries(changed).map(([store, methods]) => [
      store,
      { value: { ...(stores[store as keyof StorageStores] as object), ...methods } },
    ]);
    return Object.create(stores, Object.fromEntries(wrapped));
  };
  const outer = spoil(inner);
  const bound: Calls = {
    transaction: (fn: (tx: StorageStores) => Promise<unknown>, options: never) =>
      inner.transaction((tx) => fn(spoil(tx)), options),
    onOutboxAppended: (listener: () => void) => inner.onOutboxAppended(listener),
    migrate: () => inner.migrate(),
    close: () => inner.close(),
  };
  return Object.assign(outer, bound) as PerformanceStorage;
}

/** Names of the checks that fail on a storage, of all whose name matches. */
async function failuresOn(open: (clock: ManualClock) => PerformanceStorage, named = /./): Promise<readonly string[]> {
  const runs: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  const checks = storageChecks.filter(({ name }) => named.test(name));
  describeConformance((name, run) => runs.push({ name, run: () => run({ skip: () => {} }) }), checks, {
    open() {
      const clock = new ManualClock(1_704_067_200_000);
      return { storage: open(clock), clock };
    },
    skip: { reopening: 'not in memory', sharing: 'not in memory', processes: 'not in memory' },
  });
  const failed: string[] = [];
  for (const { name, run } of runs) await run().catch(() => failed.push(name));
  return failed;
}

interface Fault {
  readonly name: string;
  readonly plant: (stores: StorageStores) => Partial<Record<keyof StorageStores, object>>;
  /** Some check whose name says this must fail. */
  readonly caughtBy: RegExp;
}

const faults: readonly Fault[] = [
  {
    name: 'appends one by one, so that a refused batch is half written',
    plant: ({ predictions }) => ({
      predictions: {
        async append(batch: readonly never[]) {
          const isNew: boolean[] = [];
          for (const prediction of batch) isNew.push(...(await predictions.append([prediction])));
          return isNew;
        },
      },
    }),
    caughtBy: /nothing of the batch is stored/,
  },
  {
    name: 'takes a known id for a repeat without comparing',
    plant: ({ predictions }) => ({
      predictions: { append: (batch: never) => predictions.append(batch).catch(() => [false]) },
    }),
    caughtBy: /other content is CONFLICT/,
  },
  {
    name: 'treats every other outcome as a correction',
    plant: ({ predictions }) => ({
      predictions: {
        resolve: (batch: readonly object[]) =>
          predictions.resolve(batch.map((resolution) => ({ ...resolution, correction: true })) as never),
      },
    }),
    caughtBy: /another outcome is CONFLICT without correction/,
  },
  {
    name: 'ends a replay one outcome early',
    plant: ({ predictions }) => ({
      predictions: { outcomesAfter: async (query: never) => (await predictions.outcomesAfter(query)).slice(0, -1) },
    }),
    caughtBy: /recentOutcomes gives the newest/,
  },
  {
    name: 'drops the last row of a page that is full',
    plant: ({ studies }) => ({
      studies: {
        async list(filter: never, page: never) {
          const { items, nextCursor } = await studies.list(filter, page);
          return nextCursor === undefined ? { items } : { items: [...items.slice(0, -1), items[0]], nextCursor };
        },
      },
    }),
    caughtBy: /studies: fifty rows/,
  },
  {
    name: 'gives a trial without waiting for those it must see',
    plant: ({ trials }) => ({
      trials: { claim: (request: object) => trials.claim({ ...request, parallelism: 1_000 } as never) },
    }),
    caughtBy: /every trial up to n − W has ended/,
  },
  {
    name: 'takes the end of a trial from a worker that has lost it',
    plant: ({ trials }) => ({
      trials: {
        async finish(experiment: never, fence: never) {
          await trials.finish(experiment, fence).catch(() => trials.save(experiment));
        },
      },
    }),
    caughtBy: /whose trial was taken over is FENCED/,
  },
  {
    name: 'keeps a claim alive by the word of a worker that has lost it',
    plant: () => ({
      trials: { renew: async (fences: readonly never[]) => fences },
    }),
    caughtBy: /whose trial was taken over is FENCED/,
  },
  {
    name: 'gives new trials while a lost one waits',
    plant: ({ trials }) => ({
      trials: {
        async claim(request: never) {
          const first = await trials.claim(request);
          if (first.state !== 'claimed' || first.claim.token === 1) return first;
          const second = await trials.claim(request);
          await trials.release(first.claim);
          return second.state === 'claimed' ? second : first;
        },
      },
    }),
    caughtBy: /before any new one/,
  },
  {
    name: 'queues a point once more each time it is asked to',
    plant: ({ studies }) => {
      let asked = 0;
      return {
        studies: {
          enqueue: (studyId: string, points: readonly object[]) =>
            studies.enqueue(
              studyId,
              points.map((point) => ({ ...point, asked: asked++ })),
            ),
        },
      };
    },
    caughtBy: /queued again keeps its number/,
  },
  {
    name: 'promotes without looking at the expected champion',
    plant: ({ slots }) => ({
      slots: {
        async promote(request: { modelName: string }) {
          const slot = await slots.get(request.modelName);
          return slots.promote({ ...request, expectedChampionVersionId: slot?.championVersionId } as never);
        },
      },
    }),
    caughtBy: /expects another champion is CONFLICT/,
  },
  {
    name: 'tries a lost promotion again over the new champion',
    plant: ({ slots }) => ({
      slots: {
        promote: (request: { modelName: string }) =>
          slots.promote(request as never).catch(async () => {
            const slot = await slots.get(request.modelName);
            return slots.promote({ ...request, expectedChampionVersionId: slot?.championVersionId } as never);
          }),
      },
    }),
    caughtBy: /expect the same champion exactly one wins/,
  },
  {
    name: 'lets a lease be renewed by whoever knows its name',
    plant: ({ leases }) => ({
      leases: {
        async renew(fence: { lease: string; token: number }, ttlMs: number) {
          const held = await leases.get(fence.lease);
          return leases.renew(held ?? fence, ttlMs);
        },
      },
    }),
    caughtBy: /a late owner neither renews nor frees/,
  },
  {
    name: 'moves an outbox cursor to whatever is acknowledged last',
    plant: ({ outbox }) => {
      const cursors = new Map<string, number>();
      return {
        outbox: {
          ack: async (consumer: string, sequence: number) => {
            await outbox.ack(consumer, sequence);
            cursors.set(consumer, sequence);
          },
          read: (query: { consumer: string; after?: number; limit: number }) =>
            outbox.read({ after: cursors.get(query.consumer) ?? 0, ...query }),
        },
      };
    },
    caughtBy: /what is not acknowledged is read again/,
  },
  {
    name: 'forgets in a roll-up what a correction replaced',
    plant: ({ rollups }) => ({
      rollups: {
        async range(query: never) {
          const found = await rollups.range(query);
          return found.map((rollup) => ({
            ...rollup,
            outcomes: { ...rollup.outcomes, correct: rollup.outcomes.count },
          }));
        },
      },
    }),
    caughtBy: /roll-ups equal a recomputation/,
  },
  {
    name: 'keeps the object it was given',
    plant: ({ monitorStates }) => {
      const kept = new Map<string, unknown>();
      return {
        monitorStates: {
          async put(record: { modelVersionId: string }) {
            kept.set(record.modelVersionId, record);
            await monitorStates.put(record as never);
          },
          get: async (id: string) => kept.get(id) ?? (await monitorStates.get(id)),
        },
      };
    },
    caughtBy: /a monitor state is copied in and out/,
  },
  {
    name: 'stores what is not finite as null',
    plant: ({ references }) => ({
      references: { put: (record: object) => references.put(JSON.parse(JSON.stringify(record))) },
    }),
    caughtBy: /a bad drift reference is INVALID_RECORD/,
  },
  {
    name: 'takes a step from any stage',
    plant: ({ retrainings }) => ({
      retrainings: {
        async advance(entry: { retrainingId: string }, from: never) {
          const stored = await retrainings.get(entry.retrainingId);
          return retrainings.advance(entry as never, stored?.stage ?? from);
        },
      },
    }),
    caughtBy: /a step from a stage the entry is no longer in is CONFLICT/,
  },
  {
    name: 'ranks the best experiments without their ties',
    plant: ({ trials }) => ({
      trials: {
        best: async (query: never) =>
          [...(await trials.best(query))].sort((a, b) => (b.meanCvScore ?? 0) - (a.meanCvScore ?? 0)).reverse(),
      },
    }),
    caughtBy: /best ranks complete experiments/,
  },
  {
    name: 'lets an artifact go while a version refers to it',
    plant: ({ artifacts }) => ({
      artifacts: { remove: (sha256: string) => artifacts.remove(sha256).catch(() => undefined) },
    }),
    caughtBy: /an artifact a version refers to cannot be removed/,
  },
];

describe('the conformance suite', () => {
  it('passes a storage that is wrapped but whole', async () => {
    expect(await failuresOn((clock) => withFault(openMemoryStorage({ clock }), () => ({})))).toEqual([]);
  });

  it.each(faults)('catches a storage that $name', async ({ plant, caughtBy }) => {
    const failed = await failuresOn((clock) => withFault(openMemoryStorage({ clock }), plant), caughtBy);
    expect(failed).not.toEqual([]);
  });

  it('catches a storage whose transactions do not roll back', async () => {
    const failed = await failuresOn((clock) => {
      const inner = openMemoryStorage({ clock });
      const transaction = async (fn: (tx: StorageStores) => Promise<unknown>) => fn(inner);
      return Object.assign(Object.create(inner), bound(inner), { transaction });
    }, /transaction/);
    expect(failed).toContain('a transaction that throws leaves no trace in any store, and its very error comes out');
    expect(failed).toContain('a transaction under a lease it no longer holds is FENCED and writes nothing');
    expect(failed).toContain('concurrent transactions are serial: of many that read, count on and write none is lost');
  });

  it('catches a storage whose events are numbered when appended and seen when committed', async () => {
    const events: { readonly sequence: number }[] = [];
    const cursors = new Map<string, number>();
    let last = 0;
    const numbered = (drafts: readonly object[]) => drafts.map((draft) => ({ ...draft, sequence: ++last }));
    const open = () => {
      const inner = openMemoryStorage();
      const outbox = {
        async append(drafts: readonly object[]) {
          const made = numbered(drafts);
          events.push(...made);
          return made;
        },
        read: async ({ consumer, limit }: { readonly consumer: string; readonly limit: number }) =>
          events
            .filter(({ sequence }) => sequence > (cursors.get(consumer) ?? 0))
            .sort((a, b) => a.sequence - b.sequence)
            .slice(0, limit),
        ack: async (consumer: string, sequence: number) => void cursors.set(consumer, sequence),
      };
      const transaction = async (fn: (tx: object) => Promise<unknown>) => {
        const staged: { readonly sequence: number }[] = [];
        const append = async (drafts: readonly object[]) => staged.push(...numbered(drafts));
        const result = await fn({ outbox: { ...outbox, append } });
        events.push(...staged);
        return result;
      };
      return Object.assign(Object.create(inner), bound(inner), { outbox, transaction }) as PerformanceStorage;
    };
    const check = sharingChecks.filter(({ name }) => name.includes('commits late'));
    const { failed } = await runConformance(check, {
      open: () => ({ storage: open(), openAgain: async () => open() }),
    });
    expect(failed.map(({ name }) => name)).toEqual(check.map(({ name }) => name));
    expect(check).toHaveLength(1);
  });

  it('catches a storage that goes on after close', async () => {
    const failed = await failuresOn((clock) => {
      const inner = openMemoryStorage({ clock });
      return Object.assign(Object.create(inner), bound(inner), { close: async () => {} });
    }, /after close/);
    expect(failed).toContain('after close every call is refused with CLOSED, and close again is fine');
  });
});

/** The storage's own methods, callable on an object made from it. */
function bound(inner: PerformanceStorage): Calls {
  return {
    transaction: (fn: never, options: never) => inner.transaction(fn, options),
    onOutboxAppended: (listener: () => void) => inner.onOutboxAppended(listener),
    migrate: () => inner.migrate(),
    close: () => inner.close(),
  };
}
